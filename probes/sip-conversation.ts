import { cappedString, hex } from '../wire/printable.ts';
import {
  belongsTo,
  branchCookie,
  type SipResponse,
  type SipTransaction,
  sipHeader,
  viaParameter,
} from '../wire/sip.ts';
import { encodeOptions, sipHost } from '../wire/sip-encode.ts';
import type { Spoken } from '../wire/sip-reader.ts';
import type { Channel } from './channel.ts';
import { firstBytesFact } from './first-bytes.ts';
import type { Facts, Failure } from './observation.ts';
import type { Asking, ProbeOptions } from './probe.ts';
import { type SipHeard, type SipTalk, sipTalk } from './sip-talk.ts';

/** Seconds that a SIP server gets for its answer: the handshake has judged the row already, so nobody waits long. */
const secondsForAnswer = 3;

/** The domain that we say we are where nobody told us: reserved by RFC 2606, so it is nobody's. */
const nobodysDomain = 'edgeprobe.invalid';

const headerCap = 256;

/** What was said in SIP. It never decides the row: the handshake has. */
export interface SipSaid {
  readonly facts: Facts;
  readonly failure: Failure | null;
}

const failed = (code: string, message: string): Failure => ({ step: 'sip', code, message });

const header = (response: SipResponse, name: string): string | null => {
  const value = sipHeader(response, name);
  return value === null ? null : cappedString(value, headerCap);
};

/** A fact that is left out where the answer does not say it. */
const said = (name: string, value: string | null): Facts => (value === null ? {} : { [name]: value });

const responseFacts = (response: SipResponse): Facts => ({
  sipAnswered: true,
  status: response.status,
  reason: response.reason,
  server: header(response, 'server') ?? header(response, 'user-agent'),
  ...said('msDiagnostics', header(response, 'ms-diagnostics') ?? header(response, 'ms-diagnostics-public')),
  ...said('viaReceived', viaParameter(response, 'received')),
  ...said('contact', header(response, 'contact')),
});

/** The facts of a conversation in which no answer came; `sipAnswered` is null where SIP could not be asked at all. */
export const noSipFacts = (asked: boolean): Facts => ({
  sipAnswered: asked ? false : null,
  status: null,
  reason: null,
  server: null,
});

const spokenWords: Readonly<Record<Spoken, string>> = {
  sip: 'SIP that breaks its own rules',
  http: 'HTTP',
  tls: 'TLS inside TLS',
  xml: 'XML',
  other: 'something else',
};

/** Why there is no answer, in words; `seconds` is how long we listened. */
const withoutAnswer = (heard: SipHeard, talk: SipTalk, seconds: number): SipSaid => {
  const { bytes, first } = talk.heard();
  const facts = { ...noSipFacts(true), ...(bytes > 0 ? { firstBytes: firstBytesFact(first) } : {}) };
  const after = bytes === 0 ? 'without a byte' : `after ${bytes} bytes, our answer not among them`;
  const within = `within ${seconds.toFixed(1)} s`;
  switch (heard.kind) {
    case 'silence': {
      if (bytes === 0)
        return { facts, failure: failed('sip-silent', `TLS is up, but nothing was heard to our OPTIONS ${within}`) };
      const message = `TLS is up; ${bytes} bytes were heard ${within}, no answer to our OPTIONS among them`;
      return { facts, failure: failed('sip-silent', message) };
    }
    case 'bad': {
      const message = `TLS is up, but the peer answered our OPTIONS with ${spokenWords[heard.spoken]}: ${heard.reason}`;
      return { facts: { ...facts, spoken: heard.spoken }, failure: failed('not-sip', message) };
    }
    case 'request': {
      const message = 'the peer sent our own request back (an echo service)';
      return { facts: { ...facts, spoken: 'echo' }, failure: failed('not-sip', message) };
    }
    case 'failed':
      if (heard.outcome === 'unasked') return { facts, failure: heard.failure };
      return {
        facts,
        failure: failed('sip-closed', `TLS was up, but the connection was broken after our OPTIONS, ${after}`),
      };
    default:
      return {
        facts,
        failure: failed('sip-closed', `TLS was up, but the connection was closed after our OPTIONS, ${after}`),
      };
  }
};

/**
 * Asks OPTIONS over an open channel (TLS already), reads the answer and closes the channel. Provisional answers and
 * messages that are none of ours are passed over. It ends with the answer; silence is accepted after three seconds,
 * or at `until`. Never rejects.
 */
export const converse = async (
  channel: Channel,
  options: ProbeOptions,
  until: number,
  asking: Asking,
): Promise<SipSaid> => {
  const began = asking.clock.monotonic();
  const patience = Math.min(until, began + secondsForAnswer);
  const random = (bytes: number): string => hex(asking.random(bytes));
  const transaction: SipTransaction = { branch: branchCookie + random(12), callId: random(16), cseq: '1 OPTIONS' };
  const to = options.to ?? channel.remote.address;
  const from = options.from ?? nobodysDomain;
  if (sipHost(to) === null || sipHost(from) === null) {
    channel.close('politely');
    const message = 'this name cannot stand in a SIP address, so only TLS was asked';
    return { facts: noSipFacts(false), failure: failed('sip-name', message) };
  }
  const { local } = channel;
  channel.send(
    encodeOptions({ ...transaction, to, from, local, tag: random(8), epid: random(5), userAgent: 'edgeprobe' }),
  );
  const talk = sipTalk(channel);
  let provisional: SipResponse | null = null;
  for (;;) {
    const heard = await talk.next(patience);
    const message = heard.kind === 'response' || heard.kind === 'request';
    const ours = message && belongsTo(heard, transaction);
    if (heard.kind === 'response' && heard.status >= 200 && ours) {
      channel.close('politely');
      return { facts: responseFacts(heard), failure: null };
    }
    if (heard.kind === 'response' && ours) provisional = heard;
    if (message && (heard.kind === 'response' || !ours)) continue;
    channel.close(heard.kind === 'end' ? 'politely' : 'reset');
    if (provisional && heard.kind === 'silence') {
      const failure = failed('sip-unfinished', `the server said ${provisional.status} and no more`);
      return { facts: responseFacts(provisional), failure };
    }
    return withoutAnswer(heard, talk, asking.clock.monotonic() - began);
  }
};
