import { readClientHello } from '../wire/client-hello.ts';
import { CONTROL_FRAME } from '../wire/msturn-frame.ts';
import { hex } from '../wire/printable.ts';
import { readPseudoClientHello } from '../wire/pseudo-tls.ts';
import { hasStunCookie } from '../wire/stun-frame.ts';
import { proofLabel } from './proof-places.ts';

/*
 * What identifies a request at both ends: read in the same way from the bytes that leave and from those that arrive, so
 * that a run and a responder's record can be compared without their clocks.
 */

/** The protocols that the first bytes of a conversation tell apart. */
export type Protocol = 'tls' | 'pseudo-tls' | 'stun' | 'msturn' | 'dns' | 'xmpp' | 'http' | 'other';

/** What somebody said first. */
export interface Identified {
  readonly protocol: Protocol;
  /** TLS: the name in its SNI. */
  readonly serverName: string | null;
  /** Transaction id (STUN, MSTURN), nonce (DNS, XMPP, HTTP) or random bytes of a hello, in hex; null where there is none. */
  readonly transaction: string | null;
  /** Of these bytes, so many are the first message; 0 where that is not told. */
  readonly length: number;
}

/** Bytes of a conversation that are looked at before it is called something else. */
export const enoughBytes = 16_384;

const nonces = new RegExp(`(?:${proofLabel}|edgeprobe-nonce: )([0-9a-f]{32})`, 'i');

const identified = (protocol: Protocol, more: Partial<Identified> = {}): Identified => ({
  protocol,
  serverName: null,
  transaction: null,
  length: 0,
  ...more,
});

const inText = (protocol: Protocol, bytes: Uint8Array): Identified => {
  const nonce = nonces.exec(Buffer.from(bytes.subarray(0, 2048)).toString('latin1'))?.[1] ?? null;
  return identified(protocol, { transaction: nonce?.toLowerCase() ?? null });
};

const stunMessage = (bytes: Uint8Array): Identified => {
  const transaction = hex(bytes.subarray(hasStunCookie(bytes) ? 8 : 4, 20));
  return identified('stun', { transaction, length: bytes.length });
};

const lengthAt = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);

/** A stream that begins with a zero: STUN with its type, DNS with the length of its query. */
const fromZero = (bytes: Uint8Array): Identified | null => {
  if (bytes.length < 4) return null;
  const isStun = (bytes[1] ?? 0) < 12;
  const length = isStun ? 20 + lengthAt(bytes, 2) : 2 + lengthAt(bytes, 0);
  if (bytes.length < length && bytes.length < enoughBytes) return null;
  return isStun ? stunMessage(bytes.subarray(0, length)) : inText('dns', bytes);
};

const fromHello = (bytes: Uint8Array): Identified | null => {
  const pseudo = readPseudoClientHello(bytes);
  if (pseudo.kind === 'incomplete') return null;
  // Record header 5, handshake header 4, version 2, then 32 random bytes (RFC 5246 section 7.4.1.2).
  const transaction = bytes.length >= 43 ? hex(bytes.subarray(11, 43)) : null;
  if (pseudo.kind === 'pseudo-tls') return identified('pseudo-tls', { transaction });
  const read = readClientHello(bytes);
  if (read.ok) return identified('tls', { serverName: read.hello.serverName, transaction });
  return read.reason === 'incomplete' ? null : identified('other');
};

const isPrefix = (text: string, of: string): boolean => of.startsWith(text.slice(0, of.length));

/** The XML declaration is not the stream yet. */
const xmppOrMore = (text: string, bytes: Uint8Array): Identified | null =>
  /^<\?xml[^>]*>\s*$/.test(text) ? null : inText('xmpp', bytes);

/** What the first bytes of a stream are; null while more are needed to tell. Total over arbitrary bytes. */
export const identify = (bytes: Uint8Array): Identified | null => {
  const [first] = bytes;
  if (first === undefined) return null;
  if (first === 0x16) return fromHello(bytes);
  if (first === CONTROL_FRAME)
    return identified('msturn', { transaction: bytes.length < 24 ? null : hex(bytes.subarray(12, 24)) });
  if (first === 0x00) return fromZero(bytes);
  const text = Buffer.from(bytes.subarray(0, 2048)).toString('latin1');
  if (isPrefix(text, '<')) return text.length < enoughBytes && !text.includes('>') ? null : xmppOrMore(text, bytes);
  if (!/^[A-Z]+( |$)/.test(text)) return identified('other');
  return text.includes('\n\r\n') || text.includes('\n\n') || bytes.length > 2048 ? inText('http', bytes) : null;
};

/** What a datagram is. Total over arbitrary bytes. */
export const identifyDatagram = (bytes: Uint8Array): Identified => {
  const isStun = bytes.length >= 20 && (bytes[0] ?? 0xff) < 0x40 && 20 + lengthAt(bytes, 2) === bytes.length;
  if (isStun) return stunMessage(bytes);
  return bytes.length >= 12 ? inText('dns', bytes) : identified('other');
};
