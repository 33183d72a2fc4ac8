import { readClientHello } from '../wire/client-hello.ts';
import { CONTROL_FRAME } from '../wire/msturn-frame.ts';
import { hex } from '../wire/printable.ts';
import { readPseudoClientHello } from '../wire/pseudo-tls.ts';
import { decodeStun } from '../wire/stun.ts';
import { hasStunCookie } from '../wire/stun-frame.ts';
import { verifyMessageIntegrity } from '../wire/stun-integrity.ts';
import { type Channel, streamChannel } from './channel.ts';
import type { TurnCredential } from './probe.ts';
import { proofLabel } from './proof-places.ts';
import type { World } from './world.ts';

/** The protocols that the first bytes of a conversation tell apart. */
export type Protocol = 'tls' | 'pseudo-tls' | 'stun' | 'msturn' | 'dns' | 'xmpp' | 'http' | 'other';

/** What somebody said first. */
export interface Spoken {
  readonly protocol: Protocol;
  /** TLS: the name in its SNI. */
  readonly serverName: string | null;
  /** What identifies the request at both ends: transaction id, nonce, or the random bytes of a hello. In hex. */
  readonly transaction: string | null;
  /** A STUN request that is signed with the credential: whoever sent it holds it. */
  readonly signed: boolean;
}

/** Bytes of a conversation that are looked at before it is called something else. */
const enoughBytes = 16_384;

const nonces = new RegExp(`(?:${proofLabel}|edgeprobe-nonce: )([0-9a-f]{32})`, 'i');

const said = (protocol: Protocol, more: Partial<Spoken> = {}): Spoken => ({
  protocol,
  serverName: null,
  transaction: null,
  signed: false,
  ...more,
});

const inText = (protocol: Protocol, bytes: Uint8Array): Spoken => {
  const nonce = nonces.exec(Buffer.from(bytes.subarray(0, 2048)).toString('latin1'))?.[1] ?? null;
  return said(protocol, { transaction: nonce?.toLowerCase() ?? null });
};

const stunMessage = (bytes: Uint8Array, secret: TurnCredential | null): Spoken => {
  const transaction = hex(bytes.subarray(hasStunCookie(bytes) ? 8 : 4, 20));
  const decoded = secret === null ? null : decodeStun(bytes);
  const signed =
    secret !== null &&
    decoded?.ok === true &&
    decoded.message.username === secret.username &&
    verifyMessageIntegrity(bytes, secret.password).ok;
  return said('stun', { transaction, signed });
};

const lengthAt = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);

/** A stream that begins with a zero: STUN with its type, DNS with the length of its query. */
const fromZero = (bytes: Uint8Array, secret: TurnCredential | null): Spoken | null => {
  if (bytes.length < 4) return null;
  const isStun = (bytes[1] ?? 0) < 12;
  const length = isStun ? 20 + lengthAt(bytes, 2) : 2 + lengthAt(bytes, 0);
  if (bytes.length < length && bytes.length < enoughBytes) return null;
  return isStun ? stunMessage(bytes.subarray(0, length), secret) : inText('dns', bytes);
};

const fromHello = (bytes: Uint8Array): Spoken | null => {
  const pseudo = readPseudoClientHello(bytes);
  if (pseudo.kind === 'incomplete') return null;
  const transaction = bytes.length >= 43 ? hex(bytes.subarray(11, 43)) : null;
  if (pseudo.kind === 'pseudo-tls') return said('pseudo-tls', { transaction });
  const read = readClientHello(bytes);
  if (read.ok) return said('tls', { serverName: read.hello.serverName, transaction });
  return read.reason === 'incomplete' ? null : said('other');
};

const isPrefix = (text: string, of: string): boolean => of.startsWith(text.slice(0, of.length));

/** What the first bytes of a stream are; null while more are needed to tell. Total over arbitrary bytes. */
export const spokenIn = (bytes: Uint8Array, secret: TurnCredential | null): Spoken | null => {
  const [first] = bytes;
  if (first === undefined) return null;
  if (first === 0x16) return fromHello(bytes);
  if (first === CONTROL_FRAME)
    return said('msturn', { transaction: bytes.length < 24 ? null : hex(bytes.subarray(12, 24)) });
  if (first === 0x00) return fromZero(bytes, secret);
  const text = Buffer.from(bytes.subarray(0, 2048)).toString('latin1');
  if (isPrefix(text, '<')) return text.length < enoughBytes && !text.includes('>') ? null : xmppOrMore(text, bytes);
  if (!/^[A-Z]+( |$)/.test(text)) return said('other');
  return text.includes('\n\r\n') || text.includes('\n\n') || bytes.length > 2048 ? inText('http', bytes) : null;
};

/** The XML declaration is not the stream yet. */
const xmppOrMore = (text: string, bytes: Uint8Array): Spoken | null =>
  /^<\?xml[^>]*>\s*$/.test(text) ? null : inText('xmpp', bytes);

/** What a datagram is. Total over arbitrary bytes. */
export const spokenInDatagram = (bytes: Uint8Array, secret: TurnCredential | null): Spoken => {
  const isStun = bytes.length >= 20 && (bytes[0] ?? 0xff) < 0x40 && 20 + lengthAt(bytes, 2) === bytes.length;
  if (isStun) return stunMessage(bytes, secret);
  return bytes.length >= 12 ? inText('dns', bytes) : said('other');
};

/** A conversation of which the first words are known. They are still to be read from its channel. */
export interface Opened {
  readonly spoken: Spoken;
  readonly channel: Channel;
}

/**
 * Listens to a stream until it is clear what is spoken, and gives it back as if nothing had been read. Null where the
 * other side left or stayed silent before: then the channel is closed.
 */
export const listenFirst = async (
  channel: Channel,
  until: number,
  secret: TurnCredential | null,
  world: World,
): Promise<Opened | null> => {
  let heard: Uint8Array = new Uint8Array(0);
  for (;;) {
    const received = await channel.receive(until);
    if (received.kind !== 'bytes') break;
    heard = Buffer.concat([heard, received.bytes]);
    const spoken = spokenIn(heard, secret) ?? (heard.length >= enoughBytes ? said('other') : null);
    if (spoken === null) continue;
    const stream = channel.takeStream();
    if (stream.destroyed || stream.readableEnded) break;
    stream.unshift(heard);
    return { spoken, channel: streamChannel(stream, channel, world) };
  }
  channel.close('reset');
  return null;
};
