import { ByteQueue } from '../wire/byte-queue.ts';
import { concatBytes, u16 } from '../wire/bytes.ts';
import { readResponse } from '../wire/dns.ts';
import type { Channel, Received } from './channel.ts';
import { answerFacts } from './dns-query.ts';
import { firstBytesFact, firstBytesKept } from './first-bytes.ts';
import type { Facts, Failure, Outcome } from './observation.ts';
import { roundSeconds } from './observation.ts';
import type { World } from './world.ts';

/** Bytes read for one answer, other messages before it included. */
const mostBytes = 262_144;

/** A message over TCP: its length in two bytes, then itself (RFC 1035 section 4.2.2). */
export const framed = (message: Uint8Array): Uint8Array => concatBytes(u16(message.length), message);

/** The whole messages of a stream, one by one. */
export const messagesOf = (): { push: (bytes: Uint8Array) => void; next: () => Uint8Array | null } => {
  const queue = new ByteQueue();
  return {
    push: (bytes) => queue.append(bytes),
    next: () => {
      const [high, low] = queue.peek();
      if (high === undefined || low === undefined || queue.length < 2 + high * 256 + low) return null;
      return queue.take(2 + high * 256 + low).subarray(2);
    },
  };
};

/** What a conversation told. */
interface Conversed {
  readonly outcome: Outcome;
  readonly facts: Facts;
  readonly failure: Failure | null;
}

/** Why nothing more can come; null if it can. */
const endOf = (received: Received, heard: number): Conversed | null => {
  const open = (code: string, message: string): Conversed => ({
    outcome: 'open',
    facts: {},
    failure: { step: 'dns', code: heard > 0 ? 'incomplete-answer' : code, message },
  });
  const what = heard === 0 ? 'without a byte' : `after ${heard} bytes, no whole answer among them`;
  if (received.kind === 'silence') {
    return heard > 0
      ? open('mute', `our query was answered by ${heard} bytes only, no whole message`)
      : open('mute', 'nothing was heard to our query');
  }
  if (received.kind === 'end') return open('closed-by-peer', `the connection was closed after our query, ${what}`);
  if (received.kind !== 'failed') return null;
  if (received.outcome === 'unasked') return { outcome: 'unasked', facts: {}, failure: received.failure };
  return open('reset-by-peer', `the connection was broken after our query, ${what}`);
};

/** Asks one query over an open stream, and closes it. Messages that are not its answer are noted. Never rejects. */
export const converse = async (
  channel: Channel,
  query: Uint8Array,
  until: number,
  world: World,
): Promise<Conversed> => {
  const messages = messagesOf();
  const began = world.clock.monotonic();
  let bytes = 0;
  let first: Uint8Array = new Uint8Array(0);
  let stray: Failure | null = null;
  const finish = ({ outcome, facts, failure }: Conversed): Conversed => {
    channel.close(outcome === 'answered' ? 'politely' : 'reset');
    const shown = outcome === 'open' && bytes > 0 ? { firstBytes: firstBytesFact(first) } : {};
    return { outcome, facts: { ...facts, ...shown }, failure: outcome === 'open' && stray ? stray : failure };
  };
  channel.send(framed(query));
  for (;;) {
    const received = await channel.receive(until);
    const end = endOf(received, bytes);
    if (end) return finish(end);
    if (received.kind !== 'bytes') continue;
    if (first.length < firstBytesKept) first = concatBytes(first, received.bytes.subarray(0, firstBytesKept));
    bytes += received.bytes.length;
    messages.push(received.bytes);
    for (let message = messages.next(); message; message = messages.next()) {
      const reading = readResponse(message, query);
      if (reading.kind === 'answer') {
        const roundTripSeconds = roundSeconds(world.clock.monotonic() - began);
        return finish({ outcome: 'answered', facts: { ...answerFacts(reading), roundTripSeconds }, failure: null });
      }
      stray ??= { step: 'dns', code: reading.code, message: reading.message };
    }
    // Text or TLS would be taken for the beginning of a long message: a response has its first bit set (QR).
    const isResponse = first.length < 5 || ((first[4] ?? 0) & 0x80) !== 0;
    if (!isResponse || bytes > mostBytes) {
      const message = isResponse ? 'more than any answer came, and none among it' : 'what came is no DNS response';
      return finish({ outcome: 'open', facts: {}, failure: { step: 'dns', code: 'not-dns', message } });
    }
  }
};
