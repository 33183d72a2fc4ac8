import { decodeTurnResponse, type TurnResponse } from '../wire/turn-response.ts';
import type { Channel, Received } from './channel.ts';
import { roundAt } from './stun-schedule.ts';
import { framing, type Listener } from './stun-stream.ts';
import type { World } from './world.ts';

/** What became of one request: its answer with the bytes it came in, or why none came. */
export type TurnReply =
  | { readonly kind: 'response'; readonly response: TurnResponse; readonly bytes: Uint8Array }
  | { readonly kind: 'none'; readonly code: string; readonly message: string };

/** Takes an answer with our transaction id, or says why it may not be believed: then another one may follow. */
export type Believe = (
  response: TurnResponse,
  bytes: Uint8Array,
) => { readonly code: string; readonly message: string } | null;

/** Requests and answers on one channel, one after the other. */
export interface Transactions {
  /** Asks and waits for the answer until an instant of the monotonic clock. Never rejects. */
  readonly ask: (request: Uint8Array, until: number, believe: Believe) => Promise<TurnReply>;
  /** Sends without waiting, for when nobody waits any more. */
  readonly tell: (request: Uint8Array) => void;
  /** Messages sent, repetitions included; and the seconds from the last request to its answer. */
  readonly counts: { requests: number; roundTripSeconds: number | null };
}

type None = Extract<TurnReply, { kind: 'none' }>;

const none = (code: string, message: string): None => ({ kind: 'none', code, message });

/** Type and length come first, in every header of STUN. */
const transactionOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(4, 20)).toString('hex');

/** Reads what may be the answer to a request; null: it is not, but says nothing either. */
const readReply = (bytes: Uint8Array, transaction: string, believe: Believe): TurnReply | null => {
  if (transactionOf(bytes) !== transaction) return null;
  const decoded = decodeTurnResponse(bytes);
  if (!decoded.ok) return none('malformed-answer', `an answer to our logon is malformed: ${decoded.reason}`);
  const doubt = believe(decoded.response, bytes);
  return doubt === null ? { kind: 'response', response: decoded.response, bytes } : none(doubt.code, doubt.message);
};

const notHeard = (received: Exclude<Received, { kind: 'bytes' | 'silence' }>): None => {
  if (received.kind === 'end') return none('closed-by-peer', 'the other side closed the connection during the logon');
  return none(received.failure.code, received.failure.message);
};

const silent = none('timeout', 'nothing was heard to our logon');

/** Over UDP: retransmissions as in RFC 8489 section 6.2.1, byte-identical. */
export const datagramTransactions = (channel: Channel, world: World): Transactions => {
  const { clock } = world;
  const counts: Transactions['counts'] = { requests: 0, roundTripSeconds: null };
  const tell = (request: Uint8Array): void => {
    counts.requests++;
    channel.send(request);
  };
  return {
    counts,
    tell,
    ask: async (request, until, believe) => {
      const began = clock.monotonic();
      const transaction = transactionOf(request);
      let doubtful = silent;
      let rounds = 0;
      for (;;) {
        const now = clock.monotonic();
        if (now >= until) return doubtful;
        const next = began + roundAt(rounds);
        if (now >= next) {
          tell(request);
          rounds++;
          continue;
        }
        const received = await channel.receive(Math.min(next, until));
        if (received.kind === 'silence') continue;
        if (received.kind !== 'bytes') return notHeard(received);
        const reply = readReply(received.bytes, transaction, believe);
        if (reply?.kind === 'response') {
          counts.roundTripSeconds = clock.monotonic() - began;
          return reply;
        }
        doubtful = reply ?? doubtful;
      }
    },
  };
};

/** Over TCP: no retransmissions; the listener bounds what may come. */
export const streamTransactions = (
  channel: Channel,
  listener: Listener,
  dialect: 'msturn' | 'turn',
  early: Uint8Array,
  world: World,
): Transactions => {
  const { clock } = world;
  const { wrap, read } = framing(dialect === 'turn' ? 'rfc8489' : 'msturn');
  const counts: Transactions['counts'] = { requests: 0, roundTripSeconds: null };
  let bytes = early;
  const tell = (request: Uint8Array): void => {
    counts.requests++;
    channel.send(wrap(request));
  };
  return {
    counts,
    tell,
    ask: async (request, until, believe) => {
      const began = clock.monotonic();
      const transaction = transactionOf(request);
      let doubtful = silent;
      tell(request);
      for (;;) {
        const { messages, bad } = read(bytes);
        bytes = new Uint8Array(0);
        for (const message of messages) {
          const reply = readReply(message, transaction, believe);
          if (reply?.kind === 'response') {
            counts.roundTripSeconds = clock.monotonic() - began;
            return reply;
          }
          doubtful = reply ?? doubtful;
        }
        if (bad !== null) return none('wrong-protocol', `what came during the logon is something else: ${bad}`);
        const piece = await listener.next(until);
        if (piece.kind === 'over') {
          const { code, message } = piece.end.failure;
          return doubtful === silent && code !== 'mute' && code !== 'incomplete-answer'
            ? none(code, message)
            : doubtful;
        }
        bytes = piece.bytes;
      }
    },
  };
};
