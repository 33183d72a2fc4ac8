import { createSipReader, type SipEvent } from '../wire/sip-reader.ts';
import type { Channel } from './channel.ts';
import { type Talk, talkOver } from './talk.ts';

/** SIP over a channel, message by message. */
export type SipTalk = Talk<SipEvent>;

/** A message of the conversation, or what came instead of one. */
export type SipHeard = Awaited<ReturnType<SipTalk['next']>>;

/** Begins to read SIP. */
export const sipTalk = (channel: Channel): SipTalk =>
  talkOver<SipEvent>(channel, createSipReader(), (reason) => ({ kind: 'bad', spoken: 'sip', reason }));
