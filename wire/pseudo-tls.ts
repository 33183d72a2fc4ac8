import { concatBytes, u16, u32 } from './bytes.ts';
import { alertName } from './tls-alert.ts';

/*
 * The hellos that look like TLS and begin MSTURN on TCP 443 (MS-TURN section 2.1.1). Nothing of TLS follows: no
 * certificate, no keys, the framed MSTURN messages come in the clear on the same connection.
 *
 *  client, 50 bytes                            server, 83 bytes with a session id of 32
 *   0 16 0301 002d   record                     0 16 0301 004e   record
 *   5 01 000029      ClientHello                5 02 000046      ServerHello
 *   9 0301           TLS 1.0                    9 0301           TLS 1.0
 *  11 time, 4        unix seconds              11 time, 4
 *  15 random, 28                               15 random, 28
 *  43 00             no session id             43 20 session id, 32
 *  44 0002 0018      the one cipher            76 0018           cipher
 *  48 01 00          no compression            78 00             no compression
 *                                              79 0e 000000      ServerHelloDone, in the same record
 */

/** TLS_DH_anon_WITH_RC4_128_MD5: offered and chosen, never used. */
export const PSEUDO_CIPHER = 0x0018;

const HANDSHAKE = 0x16;
const ALERT = 0x15;
const CLIENT_HELLO = 0x01;
const SERVER_HELLO = 0x02;
const CERTIFICATE = 0x0b;
const SERVER_HELLO_DONE = 0x0e;
/** 2^14 and what encryption may add (RFC 5246 section 6.2.3). */
const MAX_RECORD = 0x4000 + 2048;
const HELLO_TLS10 = Uint8Array.of(0x03, 0x01);

const u24 = (value: number): Uint8Array => u32(value).subarray(1);

const expectLength = (bytes: Uint8Array, length: number, what: string): void => {
  if (bytes.length !== length) throw new RangeError(`${what} has ${length} bytes`);
};

/** The ClientHello. `time` in unix seconds, `random` 28 bytes. */
export const encodePseudoClientHello = (options: {
  readonly time: number;
  readonly random: Uint8Array;
}): Uint8Array => {
  expectLength(options.random, 28, 'the random of a hello');
  const cipher = concatBytes(u16(2), u16(PSEUDO_CIPHER));
  const none = Uint8Array.of(0);
  const hello = concatBytes(HELLO_TLS10, u32(options.time), options.random, none, cipher, Uint8Array.of(1, 0));
  const message = concatBytes(Uint8Array.of(CLIENT_HELLO), u24(hello.length), hello);
  return concatBytes(Uint8Array.of(HANDSHAKE), HELLO_TLS10, u16(message.length), message);
};

/** ServerHello and ServerHelloDone in one record. `sessionId` has 32 bytes in the specification, at most 32 here. */
export const encodePseudoServerHello = (options: {
  readonly time: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
}): Uint8Array => {
  const { time, random, sessionId } = options;
  expectLength(random, 28, 'the random of a hello');
  if (sessionId.length > 32) throw new RangeError('a session id has at most 32 bytes');
  const session = concatBytes(Uint8Array.of(sessionId.length), sessionId);
  const hello = concatBytes(HELLO_TLS10, u32(time), random, session, u16(PSEUDO_CIPHER), Uint8Array.of(0));
  const done = Uint8Array.of(SERVER_HELLO_DONE, 0, 0, 0);
  const messages = concatBytes(Uint8Array.of(SERVER_HELLO), u24(hello.length), hello, done);
  return concatBytes(Uint8Array.of(HANDSHAKE), HELLO_TLS10, u16(messages.length), messages);
};

export type PseudoServerReading =
  | { kind: 'incomplete' }
  /** `consumed` bytes are the hello, what follows is framed MSTURN; `time` is the server's, in unix seconds. */
  | { kind: 'pseudo-tls'; consumed: number; time: number; sessionIdLength: number }
  /** A server that speaks TLS in earnest: a proxy, another Edge role, the wrong address. */
  | { kind: 'tls-server'; message: 'server-hello' | 'certificate'; cipher: number | null }
  | { kind: 'tls-alert'; level: number; description: number; name: string }
  | { kind: 'not-tls'; reason: string };

const incomplete = { kind: 'incomplete' } as const;
const notTls = (reason: string) => ({ kind: 'not-tls', reason }) as const;
const byteHex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;

/** The length of the record at the start; a reading where there is none (yet). */
const readRecordHeader = (
  bytes: Uint8Array,
): { kind: 'record'; type: number; length: number } | { kind: 'incomplete' } | { kind: 'not-tls'; reason: string } => {
  const [type, major, minor, high, low] = bytes;
  if (type === undefined) return incomplete;
  if (type !== HANDSHAKE && type !== ALERT) return notTls(`the first byte is ${byteHex(type)}`);
  if (major !== undefined && major !== 3) return notTls(`a record of version ${byteHex(major)}`);
  if (minor !== undefined && minor > 4) return notTls(`a record of version 3.${minor}`);
  if (high === undefined || low === undefined) return incomplete;
  const length = (high << 8) | low;
  return length === 0 || length > MAX_RECORD ? notTls(`a record of ${length} bytes`) : { kind: 'record', type, length };
};

/**
 * What the bytes that came so far in answer to encodePseudoClientHello are. Lenient on the length of the session id;
 * it insists on the cipher, and on ServerHelloDone in the same record with nothing between. Never throws.
 */
export const readPseudoServerHello = (bytes: Uint8Array): PseudoServerReading => {
  const record = readRecordHeader(bytes);
  if (record.kind !== 'record') return record;
  if (record.type === ALERT) {
    const [, , , , , level, description] = bytes;
    if (record.length !== 2) return notTls(`an alert of ${record.length} bytes`);
    if (level === undefined || description === undefined) return incomplete;
    return { kind: 'tls-alert', level, description, name: alertName(description) };
  }

  const message = bytes[5];
  if (message === undefined) return incomplete;
  if (message === CERTIFICATE) return { kind: 'tls-server', message: 'certificate', cipher: null };
  if (message === CLIENT_HELLO) return notTls('a ClientHello came back');
  if (message !== SERVER_HELLO) return notTls(`a handshake message of type ${message}`);
  const sessionIdLength = bytes[43];
  if (sessionIdLength === undefined) return incomplete;
  if (sessionIdLength > 32) return notTls(`a session id of ${sessionIdLength} bytes`);
  const cipherAt = 44 + sessionIdLength;
  const high = bytes[cipherAt];
  const low = bytes[cipherAt + 1];
  if (high === undefined || low === undefined) return incomplete;
  const cipher = (high << 8) | low;
  const real = { kind: 'tls-server', message: 'server-hello', cipher } as const;
  if (cipher !== PSEUDO_CIPHER) return real;

  // From here on it is pseudo-TLS or a TLS server that takes an anonymous cipher in earnest.
  const helloLength = ((bytes[6] ?? 0) << 16) | ((bytes[7] ?? 0) << 8) | (bytes[8] ?? 0);
  if (helloLength !== 38 + sessionIdLength || record.length !== helloLength + 8) {
    return bytes[9 + helloLength] === CERTIFICATE ? { ...real, message: 'certificate' } : real;
  }
  const end = 5 + record.length;
  if (bytes.length < end) return incomplete;
  const rest = bytes.subarray(cipherAt + 2, end);
  const isDone = [0, SERVER_HELLO_DONE, 0, 0, 0].every((byte, index) => rest[index] === byte);
  if (!isDone) return real;
  const time = (bytes.subarray(11, 15) as Uint8Array).reduce((sum, byte) => sum * 256 + byte, 0);
  return { kind: 'pseudo-tls', consumed: end, time, sessionIdLength };
};

export type PseudoClientReading =
  | { kind: 'incomplete' }
  | { kind: 'pseudo-tls'; consumed: number }
  /** A client that speaks TLS in earnest. */
  | { kind: 'tls-client' }
  | { kind: 'not-tls'; reason: string };

const template = encodePseudoClientHello({ time: 0, random: new Uint8Array(28) });

/** What a client that connected to us has sent so far: the hello above in all but time and random, or something else. Never throws. */
export const readPseudoClientHello = (bytes: Uint8Array): PseudoClientReading => {
  const record = readRecordHeader(bytes);
  if (record.kind !== 'record') return record;
  if (record.type === ALERT) return notTls('an alert came instead of a hello');
  const message = bytes[5];
  if (message === undefined) return incomplete;
  if (message !== CLIENT_HELLO) return notTls(`a handshake message of type ${message}`);
  const differs = (index: number): boolean =>
    index < bytes.length && (index < 11 || index >= 43) && bytes[index] !== template[index];
  if (template.some((_, index) => differs(index))) return { kind: 'tls-client' };
  return bytes.length < template.length ? incomplete : { kind: 'pseudo-tls', consumed: template.length };
};
