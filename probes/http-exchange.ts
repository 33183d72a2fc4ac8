import { readCrl } from '../wire/crl.ts';
import { createHttpReader, type HttpProblem, type HttpReading } from '../wire/http.ts';
import { encodeRequest } from '../wire/http-request.ts';
import { hex } from '../wire/printable.ts';
import { isProofOfNonce } from '../wire/proof.ts';
import type { Channel, Received } from './channel.ts';
import { firstBytesFact, firstBytesKept } from './first-bytes.ts';
import type { Facts, Failure, Outcome } from './observation.ts';
import type { TurnCredential } from './probe.ts';
import { nonceHeader, proofHeader } from './proof-places.ts';
import type { World } from './world.ts';

/** How we name ourselves in requests and responses. */
export const ourName = 'edgeprobe';

/** What a conversation told. */
export interface Conversed {
  readonly outcome: Outcome;
  readonly facts: Facts;
  readonly failure: Failure | null;
}

const problems: Readonly<Record<HttpProblem, string>> = {
  'not-http': 'the peer answered our request with something else',
  'head-too-long': 'its headers go on beyond 32 KiB',
  'bad-header': 'its headers break off in something that is no header',
  'bad-length': 'it gives no one length for its body',
  'bad-chunk': 'its body is in chunks, one of which is none',
  'too-long': 'its body goes on beyond what is read (2 MiB)',
  'cut-off': 'the connection was closed before its end',
};

/** What a list of revoked certificates told; where one was asked for by name or type, also why it is none. */
const crlFacts = ({ head, body, complete }: HttpReading, url: URL): Facts => {
  if (head?.status !== 200 || body.length === 0) return {};
  const reading = readCrl(body);
  if (reading.ok) {
    const { issuer, thisUpdate, nextUpdate, entries, serials } = reading.crl;
    return {
      ...{ crlIssuer: issuer, crlThisUpdate: thisUpdate, crlNextUpdate: nextUpdate, crlEntries: entries },
      ...(serials.length > 0 ? { crlSerials: serials } : {}),
    };
  }
  const meant = url.pathname.toLowerCase().endsWith('.crl') || /crl/.test(head.headers.get('content-type') ?? '');
  return meant ? { crlProblem: complete ? reading.reason : 'it did not come whole' } : {};
};

const responseFacts = (reading: HttpReading, url: URL): Facts => {
  const { head, body, complete } = reading;
  if (!head) return {};
  const named = (fact: string, header: string): Facts => {
    const value = head.headers.get(header);
    return value === undefined ? {} : { [fact]: value };
  };
  return {
    status: head.status,
    reason: head.reason,
    version: head.version,
    ...named('server', 'server'),
    ...named('contentType', 'content-type'),
    ...named('location', 'location'),
    bytes: body.length,
    complete,
    ...crlFacts(reading, url),
  };
};

/** Why there is no status line. */
const withoutStatus = (reading: HttpReading, last: Received, bytes: number): Pick<Conversed, 'outcome' | 'failure'> => {
  const open = (code: string, message: string): Pick<Conversed, 'outcome' | 'failure'> => ({
    outcome: 'open',
    failure: { step: 'http', code, message },
  });
  if (reading.problem === 'not-http' || reading.problem === 'head-too-long') {
    return open('not-http', problems['not-http']);
  }
  if (last.kind === 'failed' && last.outcome === 'unasked') return { outcome: 'unasked', failure: last.failure };
  if (bytes > 0) return open('incomplete-answer', `our request was answered by ${bytes} bytes only, no status line`);
  if (last.kind === 'end') return open('closed-by-peer', 'the connection was closed after our request, without a byte');
  if (last.kind === 'silence') return open('mute', 'nothing was heard to our request');
  return open('reset-by-peer', 'the connection was broken after our request, without a byte');
};

/** Why the response did not come whole; null if it did. */
const incomplete = (reading: HttpReading, last: Received): Failure | null => {
  if (reading.complete) return null;
  const broken = last.kind === 'failed' ? 'the connection was broken before its end' : 'its end did not come in time';
  const why = reading.problem === null ? broken : problems[reading.problem];
  const code = reading.problem === 'too-long' ? 'body-too-long' : 'incomplete-response';
  return { step: 'http', code, message: `the response is not whole: ${why}` };
};

/**
 * Fetches one URL over an open channel (plain, or TLS already), and closes it. A status line is the answer, however
 * the rest ends; a revocation list in the body is read. Never rejects.
 */
export const converse = async (
  channel: Channel,
  url: URL,
  until: number,
  world: World,
  secret: TurnCredential | null = null,
): Promise<Conversed> => {
  const nonce = secret === null ? null : hex(world.random(16));
  const reader = createHttpReader();
  let bytes = 0;
  let first = new Uint8Array(0);
  channel.send(encodeRequest(url, ourName, nonce === null ? {} : { [nonceHeader]: nonce }));
  let received = await channel.receive(until);
  // An answer without end never leaves us waiting: the deadline counts for bytes that keep coming, too.
  for (; received.kind === 'bytes'; received = await channel.receive(until)) {
    const missing = firstBytesKept - first.length;
    if (missing > 0) first = Uint8Array.from([...first, ...received.bytes.subarray(0, missing)]);
    bytes += received.bytes.length;
    reader.push(received.bytes);
    if (reader.reading().over || world.clock.monotonic() >= until) break;
  }
  if (received.kind === 'end') reader.end();
  const reading = reader.reading();
  channel.close(reading.complete ? 'politely' : 'reset');
  if (reading.head) {
    const given = reading.head.headers.get(proofHeader);
    const proof = secret === null || nonce === null ? {} : { proof: isProofOfNonce(secret, 'http', nonce, given) };
    const facts = { ...responseFacts(reading, url), ...proof };
    return { outcome: 'answered', facts, failure: incomplete(reading, received) };
  }
  const shown: Facts = bytes > 0 ? { firstBytes: firstBytesFact(first) } : {};
  return { ...withoutStatus(reading, received, bytes), facts: shown };
};
