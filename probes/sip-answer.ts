import { hex } from '../wire/printable.ts';
import { encodeAnswer } from '../wire/sip-encode.ts';
import type { Channel } from './channel.ts';
import type { AnswerOptions } from './probe.ts';
import { sipTalk } from './sip-talk.ts';
import { acceptTls } from './tls-answer.ts';
import type { World } from './world.ts';

/** Seconds that the answering half waits for the next word of a client. */
const patience = 30;

/** Requests answered on one connection. */
const requestsPerTalk = 64;

const product = 'edgeprobe';

/**
 * Answers SIP over TLS: OPTIONS with 200, everything else with 405, ACK with nothing (RFC 3261 section 17). Ends when
 * the client leaves, falls silent, or speaks no SIP.
 */
export const answer = async (channel: Channel, options: AnswerOptions, world: World): Promise<void> => {
  const how = {
    material: options.tls ?? {},
    requestCertificate: options.requestCertificate ?? options.security === 'mtls',
  };
  const encrypted = await acceptTls(channel, how, world.clock.monotonic() + patience, world);
  if (!encrypted) return;
  const talk = sipTalk(encrypted);
  for (let answered = 0; answered < requestsPerTalk; ) {
    const heard = await talk.next(world.clock.monotonic() + patience);
    if (heard.kind === 'response') continue;
    if (heard.kind !== 'request') break;
    answered++;
    if (heard.method === 'ACK') continue;
    const [status, reason] = heard.method === 'OPTIONS' ? [200, 'OK'] : [405, 'Method Not Allowed'];
    const toTag = hex(world.random(8));
    encrypted.send(encodeAnswer(heard, { status, reason, toTag, server: product, also: [['Allow', 'OPTIONS']] }));
  }
  encrypted.close('politely');
};
