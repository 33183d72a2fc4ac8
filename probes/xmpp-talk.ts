import { createXmppReader, type XmppEvent } from '../wire/xmpp-stream.ts';
import type { Channel } from './channel.ts';
import { type Talk, talkOver } from './talk.ts';

/** One XML stream over a channel. After STARTTLS another begins, with a reader of its own. */
export type XmppTalk = Talk<XmppEvent>;

/** An event of the stream, or what came instead of one. */
export type Heard = Awaited<ReturnType<XmppTalk['next']>>;

/** Begins to read a stream. */
export const xmppTalk = (channel: Channel): XmppTalk =>
  talkOver<XmppEvent>(channel, createXmppReader(), (reason) => ({ kind: 'bad', reason }));
