import { CONTROL_FRAME, createMsturnFrameReader, encodeMsturnFrame } from '../wire/msturn-frame.ts';
import { encodePseudoClientHello, readPseudoServerHello } from '../wire/pseudo-tls.ts';
import { createStunFrameReader } from '../wire/stun-frame.ts';
import type { Channel } from './channel.ts';
import type { Failure, Outcome } from './observation.ts';
import type { TurnCredential } from './probe.ts';
import { type Dialect, makeRequest, readAnswer, type StunAnswer, type StunRequest } from './stun-exchange.ts';
import type { World } from './world.ts';

/** No answer needs more; whoever sends more than this without one does not speak to us. */
const bytesAtMost = 65_536;

/** Enough of the beginning to know a TLS server, and to show people what spoke. */
const headSize = 512;

/** What came of one dialect on one TCP connection. */
export interface StreamReply {
  readonly outcome: Outcome;
  readonly answer: StunAnswer | null;
  /** From the request to its answer. */
  readonly roundTripSeconds: number;
  readonly failure: Failure | null;
  /** Messages sent: the hello and the request. */
  readonly requests: number;
  /** The beginning of what spoke something else, in hexadecimal. */
  readonly firstBytes: string | null;
}

type Piece = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'over'; readonly end: Ended };
type Ended = { readonly outcome: Outcome; readonly failure: Failure };

const ended = (code: string, message: string): Ended => ({ outcome: 'open', failure: { step: 'stun', code, message } });

const tlsServer = (what: string): Ended =>
  ended('tls-server', `a TLS server answered (${what}): this is no A/V Edge, or something stands in front of it`);

/** One end of the conversation with its bounds: how long, how much, and what it began with. */
export interface Listener {
  /** The next bytes; waits until an instant of the monotonic clock if that is earlier than its own. */
  readonly next: (until?: number) => Promise<Piece>;
  head: Uint8Array;
}

/** Listens on a stream, until then at most. */
export const listenTo = (channel: Channel, until: number, world: World): Listener => {
  let total = 0;
  const over = (end: Ended): Piece => ({ kind: 'over', end });
  const listener: Listener = {
    head: new Uint8Array(0),
    next: async (earlier = until) => {
      const limit = Math.min(until, earlier);
      // Whoever always has another byte ready must not keep us beyond the deadline.
      const received = world.clock.monotonic() < limit ? await channel.receive(limit) : { kind: 'silence' as const };
      switch (received.kind) {
        case 'bytes':
          total += received.bytes.length;
          if (total > bytesAtMost) return over(ended('flood', `${total} bytes came, and no answer among them`));
          listener.head = Buffer.concat([listener.head, received.bytes]).subarray(0, headSize);
          return received;
        case 'silence':
          if (listener.head.length > 0) return over(ended('incomplete-answer', 'an answer began, and did not end'));
          return over(ended('mute', 'the connection opened, but nothing was said on it'));
        case 'end':
          return over(ended('closed-by-peer', 'the other side closed the connection without an answer'));
        case 'failed':
          if (received.outcome === 'closed')
            return over(ended('reset-by-peer', 'the connection was reset instead of an answer'));
          return over({ outcome: received.outcome, failure: received.failure });
      }
    },
  };
  return listener;
};

/** Whether the bytes so far show a server that speaks TLS in earnest. */
const readTls = (head: Uint8Array): Ended | null => {
  const reading = readPseudoServerHello(head);
  if (reading.kind === 'tls-alert') return tlsServer(`alert ${reading.name}`);
  return reading.kind === 'tls-server' ? tlsServer(reading.message) : null;
};

/** Says the hello that looks like TLS and reads the one that comes back; gives what followed it, or why none came. */
export const exchangeHellos = async (
  channel: Channel,
  listener: Listener,
  world: World,
): Promise<{ readonly rest: Uint8Array } | Ended> => {
  const time = Math.floor(world.clock.now().getTime() / 1000);
  channel.send(encodePseudoClientHello({ time, random: world.random(28) }));
  for (;;) {
    const piece = await listener.next();
    if (piece.kind === 'over') return piece.end;
    // The hello is shorter than the head, so nothing that matters is cut off.
    const reading = readPseudoServerHello(listener.head);
    if (reading.kind === 'pseudo-tls') return { rest: listener.head.subarray(reading.consumed) };
    if (reading.kind === 'not-tls') return ended('wrong-protocol', `what came is no hello: ${reading.reason}`);
    const tls = readTls(listener.head);
    if (tls) return tls;
    if (listener.head.length === headSize) return ended('wrong-protocol', 'what came is no hello');
  }
};

type ReadMessages = (bytes: Uint8Array) => { readonly messages: readonly Uint8Array[]; readonly bad: string | null };

/** How messages of a dialect stand in a stream. */
export const framing = (dialect: Dialect): { wrap: (message: Uint8Array) => Uint8Array; read: ReadMessages } => {
  if (dialect === 'rfc8489') {
    const reader = createStunFrameReader();
    return { wrap: (message) => message, read: (bytes) => reader.push(bytes) };
  }
  const reader = createMsturnFrameReader();
  return {
    wrap: encodeMsturnFrame,
    read: (bytes) => {
      const { frames, bad } = reader.push(bytes);
      return { messages: frames.filter(({ type }) => type === CONTROL_FRAME).map(({ payload }) => payload), bad };
    },
  };
};

const exchangeRequest = async (
  channel: Channel,
  listener: Listener,
  request: StunRequest,
  early: Uint8Array,
): Promise<{ readonly answer: StunAnswer } | Ended> => {
  const { wrap, read } = framing(request.dialect);
  let stray: Ended | null = null;
  let bad: string | null = null;
  let bytes = early;
  channel.send(wrap(request.bytes));
  for (;;) {
    if (bad === null) {
      const parsed = read(bytes);
      for (const message of parsed.messages) {
        const reading = readAnswer(message, [request]);
        if (reading.kind === 'answer') return { answer: reading.answer };
        stray ??= ended(reading.code, reading.message);
      }
      bad = parsed.bad;
    }
    const tls = readTls(listener.head);
    if (tls) return tls;
    // The first byte of an alert is a bad frame already: a little more is needed to know it for one.
    if (bad !== null && (readPseudoServerHello(listener.head).kind !== 'incomplete' || stray)) {
      return stray ?? ended('wrong-protocol', `what came is something else: ${bad}`);
    }
    const piece = await listener.next();
    if (piece.kind === 'over') return stray && piece.end.outcome === 'open' ? stray : piece.end;
    bytes = piece.bytes;
  }
};

/** The hello that looks like TLS came back, the rest did not: told apart, because it takes an A/V Edge to say it. */
const afterHellos = (end: Ended, dialect: Dialect): Ended =>
  dialect === 'msturn-pseudo-tls' && end.failure.code === 'mute'
    ? ended('mute-after-hello', 'the pseudo-TLS hello was answered, the request after it was not')
    : end;

const hex = (bytes: Uint8Array): string | null =>
  bytes.length === 0 ? null : Buffer.from(bytes.subarray(0, 16)).toString('hex');

/**
 * Asks one dialect on one open connection. There are no retransmissions: TCP has its own (RFC 8489 section 6.2.2).
 * Bounded in time by `until` and in memory; never rejects. The channel is left open.
 * @param dial counts the conversations of the question and chooses the MS-Version offered.
 */
export const askStream = async (
  channel: Channel,
  dialect: Dialect,
  dial: number,
  until: number,
  world: World,
  secret: TurnCredential | null = null,
): Promise<StreamReply> => {
  const listener = listenTo(channel, until, world);
  const request = makeRequest(dialect, dial, world, secret);
  let requests = 1;
  let early: Uint8Array = new Uint8Array(0);
  const failedWith = ({ outcome, failure }: Ended): StreamReply => {
    const shown = outcome === 'open' ? hex(listener.head) : null;
    return { outcome, answer: null, roundTripSeconds: 0, failure, requests, firstBytes: shown };
  };

  if (dialect === 'msturn-pseudo-tls') {
    const hellos = await exchangeHellos(channel, listener, world);
    if ('failure' in hellos) return failedWith(hellos);
    requests++;
    early = Uint8Array.from(hellos.rest);
    listener.head = early;
  }
  const sent = world.clock.monotonic();
  const result = await exchangeRequest(channel, listener, request, early);
  if ('failure' in result) return failedWith(afterHellos(result, dialect));
  const roundTripSeconds = world.clock.monotonic() - sent;
  return { outcome: 'answered', answer: result.answer, roundTripSeconds, failure: null, requests, firstBytes: null };
};
