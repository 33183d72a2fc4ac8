import { ByteQueue } from './byte-queue.ts';
import { Cursor } from './bytes.ts';
import { cappedText } from './printable.ts';

const SERVER_NAME = 0;
const ALPN = 16;
const SUPPORTED_VERSIONS = 43;
/** Room for post-quantum key shares; more is refused. */
const MAX_HELLO = 16_384;
const MAX_ITEMS = 256;

/**
 * Whether bytes that came to a listener start like a TLS ClientHello: a handshake record of version 3.x whose first
 * message is of type 1. Decides as soon as a byte rules it out, at the latest after six.
 */
export const looksLikeClientHello = (bytes: Uint8Array): 'yes' | 'no' | 'incomplete' => {
  const [type, major, minor, , , message] = bytes;
  if (type !== undefined && type !== 0x16) return 'no';
  if (major !== undefined && major !== 3) return 'no';
  if (minor !== undefined && minor > 4) return 'no';
  if (message === undefined) return 'incomplete';
  return message === 1 ? 'yes' : 'no';
};

export interface ClientHello {
  readonly legacyVersion: number;
  /** supported_versions; without the extension, the version in the hello. GREASE values stay in. */
  readonly versions: readonly number[];
  readonly ciphers: readonly number[];
  /** The host name of SNI (RFC 6066 section 3). */
  readonly serverName: string | null;
  readonly alpn: readonly string[];
}

export type ClientHelloRead = { ok: true; hello: ClientHello } | { ok: false; reason: string };

const numbers = (bytes: Uint8Array): number[] => {
  const cursor = new Cursor(bytes);
  const list: number[] = [];
  while (cursor.left >= 2 && list.length < MAX_ITEMS) list.push(cursor.uint(2));
  return list;
};

const readServerName = (data: Uint8Array): string | null => {
  const names = new Cursor(new Cursor(data).vector(2));
  const type = names.uint(1);
  const name = names.vector(2);
  return names.short || type !== 0 || name.length === 0 ? null : cappedText(name, 255);
};

const readAlpn = (data: Uint8Array): string[] => {
  const names = new Cursor(new Cursor(data).vector(2));
  const list: string[] = [];
  while (names.left > 0 && list.length < 16) {
    const name = names.vector(1);
    if (!names.short) list.push(cappedText(name, 255));
  }
  return list;
};

const readBody = (body: Uint8Array): ClientHelloRead => {
  const cursor = new Cursor(body);
  const legacyVersion = cursor.uint(2);
  cursor.take(32); // random
  cursor.vector(1); // session id
  const ciphers = numbers(cursor.vector(2));
  cursor.vector(1); // compression methods
  let versions = [legacyVersion];
  let serverName: string | null = null;
  let alpn: string[] = [];
  if (cursor.left > 0) {
    const extensions = new Cursor(cursor.vector(2));
    while (extensions.left > 0) {
      const type = extensions.uint(2);
      const data = extensions.vector(2);
      if (type === SERVER_NAME) serverName = readServerName(data);
      else if (type === ALPN) alpn = readAlpn(data);
      else if (type === SUPPORTED_VERSIONS) versions = numbers(new Cursor(data).vector(1));
    }
    if (extensions.short) return { ok: false, reason: 'the extensions are cut off' };
  }
  if (cursor.short) return { ok: false, reason: 'the ClientHello is cut off inside' };
  return { ok: true, hello: { legacyVersion, versions, ciphers, serverName, alpn } };
};

/**
 * Reads the ClientHello at the start of the bytes that came so far, also where it spans several records (RFC 8446
 * section 5.1). Reason `incomplete`: sound as far as it goes, give it more. Never throws.
 */
export const readClientHello = (bytes: Uint8Array): ClientHelloRead => {
  const looks = looksLikeClientHello(bytes);
  if (looks === 'no') return { ok: false, reason: 'not a TLS ClientHello' };
  const incomplete = { ok: false, reason: 'incomplete' } as const;
  if (looks === 'incomplete') return incomplete;
  const records = new Cursor(bytes.subarray(0, 2 * MAX_HELLO));
  const message = new ByteQueue();
  while (records.left > 0) {
    const type = records.uint(1);
    records.take(2);
    const length = records.uint(2);
    if (records.short) return incomplete;
    if (type !== 0x16 || length === 0) return { ok: false, reason: 'another record interrupts the ClientHello' };
    message.append(records.take(Math.min(length, records.left)));
    const [, high, middle, low] = message.peek();
    if (high !== undefined && middle !== undefined && low !== undefined) {
      const size = (high << 16) | (middle << 8) | low;
      if (size > MAX_HELLO) return { ok: false, reason: `a ClientHello of ${size} bytes` };
      if (message.length >= 4 + size) return readBody(message.peek().subarray(4, 4 + size));
    }
  }
  return bytes.length >= 2 * MAX_HELLO ? { ok: false, reason: 'the ClientHello has too many records' } : incomplete;
};
