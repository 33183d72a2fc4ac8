import {
  ALLOCATE_ERROR,
  ALLOCATE_REQUEST,
  ALLOCATE_RESPONSE,
  decodeMsturn,
  encodeAllocate,
  type MsturnMessage,
} from '../wire/msturn.ts';
import { BINDING, decodeStun, encodeBindingRequest, type StunMessage } from '../wire/stun.ts';
import { verifyMessageIntegrity } from '../wire/stun-integrity.ts';
import type { Endpoint } from './channel.ts';
import type { TurnCredential } from './probe.ts';
import type { World } from './world.ts';

/** The dialects that can be asked, the most telling first: a real A/V Edge need not answer any but its own. */
export const dialects = ['msturn-pseudo-tls', 'msturn', 'rfc8489', 'rfc3489'] as const;

/** - `msturn-pseudo-tls` MSTURN Allocate behind the pseudo-TLS hello (tcp) · `msturn` the same without (udp; tcp: framed)
 * - `rfc8489` Binding, udp and tcp · `rfc3489` Binding of classic STUN, udp */
export type Dialect = (typeof dialects)[number];

/** What can answer: also a TURN server that is no A/V Edge (it takes our Allocate for its own). */
export type AnsweredDialect = Dialect | 'turn';

/** One request. A retransmission is byte-identical; a new dial makes a new one. */
export interface StunRequest {
  readonly dialect: Dialect;
  readonly bytes: Uint8Array;
  /** The MS-Version we said we speak; null where the dialect has none. */
  readonly clientVersion: number | null;
  /** What the answer is to be signed with; nothing where nobody expects that. */
  readonly secret?: TurnCredential | null;
}

/** What an answer told. Strings are capped by the codecs but not escaped. */
export interface StunAnswer {
  readonly dialect: AnsweredDialect;
  /** Our address as the server saw it, in clear and disguised: a device that rewrites payloads changes the former. */
  readonly mapped: Endpoint | null;
  readonly xorMapped: Endpoint | null;
  readonly software: string | null;
  readonly errorCode: number | null;
  readonly realm: string | null;
  readonly alternateServer: Endpoint | null;
  readonly serverVersion: number | null;
  readonly clientVersion: number | null;
  /** Whether it was signed with what we expect of our responder; null where nothing is expected. */
  readonly proof?: boolean | null;
  /** Attributes that were there but could not be read. */
  readonly flaws: readonly string[];
}

/** What a message is to us. A stray one shows that somebody is there, and that it did not speak to us. */
export type Reading =
  | { readonly kind: 'answer'; readonly answer: StunAnswer; readonly request: StunRequest }
  | { readonly kind: 'stray'; readonly code: StrayCode; readonly message: string };

type StrayCode = 'not-stun' | 'wrong-transaction' | 'malformed-answer' | 'echo';

/**
 * MS-Versions to offer, one per dial: the highest first, because the server may answer with the lower of both and
 * we want to learn its own; then what every client ever sent, in case a server is silent to a version it never heard of.
 */
const offeredVersions = [6, 1, 4] as const;

const headerSize = 20;
const magicCookie = [0x21, 0x12, 0xa4, 0x42] as const;

/** The 16 bytes behind type and length: cookie and transaction id in RFC 8489, transaction id in the others. */
const transactionOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(4, headerSize);

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

/** A request with a transaction id of its own. `dial` counts from 0 and chooses the MS-Version offered.
 * With a secret a Binding request of RFC 8489 is signed, and so must its answer be. */
export const makeRequest = (
  dialect: Dialect,
  dial: number,
  world: World,
  secret: TurnCredential | null = null,
): StunRequest => {
  if (dialect === 'rfc8489') {
    const signed = secret === null ? {} : { credential: secret };
    const bytes = encodeBindingRequest({ dialect, transactionId: world.random(12), fingerprint: true, ...signed });
    return { dialect, bytes, clientVersion: null, secret };
  }
  if (dialect === 'rfc3489') {
    const transactionId = Uint8Array.from(world.random(16));
    // With the cookie in this place it would be an RFC 8489 request.
    if (transactionId[0] === magicCookie[0]) transactionId[0] = 0;
    return { dialect, bytes: encodeBindingRequest({ dialect, transactionId }), clientVersion: null, secret: null };
  }
  // Real clients begin the id with the cookie: inspecting devices know them by it, and a TURN server answers too.
  const transactionId = Uint8Array.from([...magicCookie, ...world.random(12)]);
  const msVersion = offeredVersions[dial % offeredVersions.length] ?? 1;
  return { dialect, bytes: encodeAllocate({ transactionId, msVersion }), clientVersion: msVersion, secret: null };
};

const stray = (code: StrayCode, message: string): Reading => ({ kind: 'stray', code, message });

const bindingAnswer = (message: StunMessage, request: StunRequest, bytes: Uint8Array): StunAnswer => ({
  dialect: request.dialect,
  mapped: message.mapped,
  xorMapped: message.xorMapped,
  software: message.software,
  errorCode: message.error?.code ?? null,
  realm: message.realm,
  alternateServer: message.alternateServer,
  serverVersion: null,
  clientVersion: null,
  proof: request.secret ? verifyMessageIntegrity(bytes, request.secret.password).ok : null,
  flaws: message.flaws,
});

const allocateAnswer = (message: MsturnMessage, request: StunRequest): StunAnswer => ({
  dialect: message.dialect === 'turn' ? 'turn' : request.dialect,
  // MAPPED-ADDRESS of an Allocate response is the relayed address, not ours (MS-TURN section 3.2.5.1).
  mapped: null,
  xorMapped: message.xorMapped,
  software: message.software,
  errorCode: message.error?.code ?? null,
  realm: message.realm,
  alternateServer: message.alternateServer,
  serverVersion: message.msVersion,
  clientVersion: request.clientVersion,
  proof: null,
  flaws: [],
});

const echo = stray('echo', 'our own request came back');

const readBinding = (bytes: Uint8Array, request: StunRequest): Reading => {
  const decoded = decodeStun(bytes);
  if (!decoded.ok)
    return stray('malformed-answer', `an answer with our transaction id is malformed: ${decoded.reason}`);
  const { message } = decoded;
  if (message.messageClass === 'request') return echo;
  if (message.method !== BINDING || message.messageClass === 'indication')
    return stray('malformed-answer', 'a message with our transaction id is no answer to a Binding request');
  return { kind: 'answer', answer: bindingAnswer(message, request, bytes), request };
};

const readAllocate = (bytes: Uint8Array, request: StunRequest): Reading => {
  const decoded = decodeMsturn(bytes);
  if (!decoded.ok)
    return stray('malformed-answer', `an answer with our transaction id is malformed: ${decoded.reason}`);
  const { message } = decoded;
  if (message.type === ALLOCATE_REQUEST) return echo;
  if (message.type !== ALLOCATE_RESPONSE && message.type !== ALLOCATE_ERROR)
    return stray('malformed-answer', 'a message with our transaction id is no answer to an Allocate request');
  return { kind: 'answer', answer: allocateAnswer(message, request), request };
};

/** Whether a header could be one of STUN: the top bits are clear, the length is that of the message. */
const hasStunHeader = (bytes: Uint8Array): boolean => {
  const [first = 0xff, , high = 0, low = 0] = bytes;
  return bytes.length >= headerSize && first < 0x40 && headerSize + high * 256 + low === bytes.length;
};

/**
 * Finds out which request a message answers, if any. Total over arbitrary bytes, and cheap for those that match
 * nothing: a flood is told by comparing sixteen bytes.
 */
export const readAnswer = (bytes: Uint8Array, requests: readonly StunRequest[]): Reading => {
  const transaction = transactionOf(bytes);
  const request = requests.find((candidate) => same(transactionOf(candidate.bytes), transaction));
  if (!request)
    return hasStunHeader(bytes)
      ? stray('wrong-transaction', 'an answer came that belongs to no request of ours')
      : stray('not-stun', 'what came is not STUN');
  return request.dialect === 'rfc8489' || request.dialect === 'rfc3489'
    ? readBinding(bytes, request)
    : readAllocate(bytes, request);
};
