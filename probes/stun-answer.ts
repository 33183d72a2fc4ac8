import { ALLOCATE_REQUEST, decodeMsturn, encodeAllocateError, firstIsMagicCookie } from '../wire/msturn.ts';
import { CONTROL_FRAME, createMsturnFrameReader, encodeMsturnFrame } from '../wire/msturn-frame.ts';
import { encodePseudoServerHello, readPseudoClientHello } from '../wire/pseudo-tls.ts';
import { BINDING, decodeStun, encodeBindingError, encodeBindingResponse } from '../wire/stun.ts';
import { createStunFrameReader } from '../wire/stun-frame.ts';
import { verifyMessageIntegrity } from '../wire/stun-integrity.ts';
import type { Channel, Endpoint } from './channel.ts';
import type { AnswerOptions } from './probe.ts';
import { answerLogOn, type TurnAnswerOptions } from './turn-answer.ts';
import type { World } from './world.ts';

/** How the stand-in of an A/V Edge describes itself. */
export interface StunAnswerOptions extends AnswerOptions {
  /** Default `edgeprobe`, so that nobody takes the stand-in for a real A/V Edge. */
  readonly realm?: string;
  /** The MS-Version in the challenge; default 1. */
  readonly msVersion?: number;
  /** The address that the challenge names as this very server; none by default. */
  readonly alternateServer?: Endpoint;
  /** Whom to let log on; nobody by default, and whoever tries gets the challenge again. */
  readonly turn?: TurnAnswerOptions;
}

/** A client that asks nothing for so long is left alone. */
const idleSeconds = 15;

/** Requests on one connection; a prober needs one. */
const requestsAtMost = 16;

const helloSize = 50;

/** The peer as a literal address: a dual-stack socket writes IPv4 as `::ffff:…`, and scopes concern this host only. */
const literal = ({ address, port }: Endpoint): Endpoint => ({
  address: address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, ''),
  port,
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const messageType = ([high = 0, low = 0]: Uint8Array): number => high * 256 + low;

const answerBinding = (bytes: Uint8Array, from: Endpoint, { proof }: StunAnswerOptions): Uint8Array | null => {
  const decoded = decodeStun(bytes);
  if (!decoded.ok || decoded.message.messageClass !== 'request' || decoded.message.method !== BINDING) return null;
  const { dialect, transactionId, hasIntegrity, username } = decoded.message;
  // Only who knows the credential is shown it: a signature for anybody would be one for a man in the middle.
  if (proof !== undefined && hasIntegrity && dialect === 'rfc8489') {
    const theirs = username === proof.username && verifyMessageIntegrity(bytes, proof.password).ok;
    const envelope = { dialect, transactionId, software: '' };
    return theirs
      ? encodeBindingResponse({ ...envelope, mapped: literal(from), password: proof.password })
      : encodeBindingError({ ...envelope, code: 401, reason: 'Unauthorized' });
  }
  // No SOFTWARE: a stranger with a forged source address shall not make us send much more than he did.
  return encodeBindingResponse({ dialect, transactionId, mapped: literal(from), software: '' });
};

const answerAllocate = (bytes: Uint8Array, from: Endpoint, options: StunAnswerOptions): Uint8Array | null => {
  if (!firstIsMagicCookie(bytes)) return null;
  const decoded = decodeMsturn(bytes);
  if (!decoded.ok || decoded.message.type !== ALLOCATE_REQUEST) return null;
  const { transactionId } = decoded.message;
  const { realm = 'edgeprobe', msVersion = 1, alternateServer, turn } = options;
  const loggedOn = turn === undefined ? null : answerLogOn(bytes, literal(from), { ...turn, realm, msVersion });
  if (loggedOn !== null) return loggedOn;
  // What it opens relays nothing, so the nonce need not be a secret.
  const nonce = hex(transactionId.subarray(8));
  return encodeAllocateError({
    transactionId,
    realm,
    nonce,
    msVersion,
    ...(alternateServer ? { alternateServer } : {}),
  });
};

/**
 * The answer to one datagram, or null for silence (MS-TURN section 3.1.10): Binding of RFC 8489 and RFC 3489 with the
 * mapped address, MSTURN's unauthenticated Allocate with the 401 challenge. Pure and total over arbitrary bytes.
 */
export const answerDatagram = (
  bytes: Uint8Array,
  from: Endpoint,
  options: StunAnswerOptions = {},
): Uint8Array | null =>
  messageType(bytes) === ALLOCATE_REQUEST ? answerAllocate(bytes, from, options) : answerBinding(bytes, from, options);

const answerDatagrams = async (channel: Channel, options: StunAnswerOptions, world: World): Promise<void> => {
  for (;;) {
    const received = await channel.receive(world.clock.monotonic() + idleSeconds);
    if (received.kind !== 'bytes') return;
    const answer = answerDatagram(received.bytes, channel.remote, options);
    if (answer) channel.send(answer);
  }
};

/** Reads what one kind of stream carries: the answers to send, and whether the connection is to be dropped. */
type Speak = (bytes: Uint8Array) => { readonly answers: readonly Uint8Array[]; readonly drop: boolean };

const speakMsturn = (from: Endpoint, options: StunAnswerOptions): Speak => {
  const reader = createMsturnFrameReader();
  return (bytes) => {
    const { frames, bad } = reader.push(bytes);
    const answers: Uint8Array[] = [];
    for (const { type, payload } of frames) {
      const answer = type === CONTROL_FRAME ? answerAllocate(payload, from, options) : null;
      if (!answer) return { answers, drop: true };
      answers.push(encodeMsturnFrame(answer));
    }
    return { answers, drop: bad !== null };
  };
};

const speakBinding = (from: Endpoint, options: StunAnswerOptions): Speak => {
  const reader = createStunFrameReader();
  return (bytes) => {
    const { messages, bad } = reader.push(bytes);
    const answers: Uint8Array[] = [];
    for (const message of messages) {
      const answer = answerBinding(message, from, options);
      if (!answer) return { answers, drop: true };
      answers.push(answer);
    }
    return { answers, drop: bad !== null };
  };
};

/** The server's half of the hellos, then MSTURN. A client that speaks TLS in earnest is dropped: it is at the wrong door. */
const speakPseudoTls = (from: Endpoint, options: StunAnswerOptions, world: World): Speak => {
  const msturn = speakMsturn(from, options);
  let head: Uint8Array = new Uint8Array(0);
  let greeted = false;
  return (bytes) => {
    if (greeted) return msturn(bytes);
    head = Buffer.concat([head, bytes]);
    const reading = readPseudoClientHello(head.subarray(0, helloSize));
    if (reading.kind === 'incomplete') return { answers: [], drop: false };
    if (reading.kind !== 'pseudo-tls') return { answers: [], drop: true };
    greeted = true;
    const time = Math.floor(world.clock.now().getTime() / 1000);
    const hello = encodePseudoServerHello({ time, random: world.random(28), sessionId: world.random(32) });
    const { answers, drop } = msturn(head.subarray(reading.consumed));
    return { answers: [hello, ...answers], drop };
  };
};

/** The first byte tells the dialects apart: a TLS record, a control frame, a STUN header. */
const speakerFor = (first: number, channel: Channel, options: StunAnswerOptions, world: World): Speak | null => {
  if (first === 0x16) return speakPseudoTls(channel.remote, options, world);
  if (first === CONTROL_FRAME) return speakMsturn(channel.remote, options);
  return first === 0x00 ? speakBinding(channel.remote, options) : null;
};

const answerStream = async (channel: Channel, options: StunAnswerOptions, world: World): Promise<void> => {
  const until = world.clock.monotonic() + idleSeconds;
  let speak: Speak | null = null;
  let answered = 0;
  while (answered < requestsAtMost && world.clock.monotonic() < until) {
    const received = await channel.receive(until);
    const [first] = received.kind === 'bytes' ? received.bytes : [];
    if (received.kind !== 'bytes' || first === undefined) break;
    speak ??= speakerFor(first, channel, options, world);
    if (!speak) break;
    const { answers, drop } = speak(received.bytes);
    for (const answer of answers) channel.send(answer);
    answered += answers.length;
    if (drop) break;
  }
  channel.close();
};

/**
 * Answers one conversation as an A/V Edge with a plain STUN server beside it. Over TCP the connection is closed when
 * the client ends it, after 15 s, or as soon as something malformed comes. Never rejects.
 */
export const answerStun = (channel: Channel, options: StunAnswerOptions, world: World): Promise<void> =>
  channel.transport === 'udp' ? answerDatagrams(channel, options, world) : answerStream(channel, options, world);
