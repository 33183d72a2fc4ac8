import { decodeStun } from '../wire/stun.ts';
import { verifyMessageIntegrity } from '../wire/stun-integrity.ts';
import { type Channel, streamChannel } from './channel.ts';
import type { TurnCredential } from './probe.ts';
import { enoughBytes, type Identified, identify, identifyDatagram } from './transaction.ts';
import type { World } from './world.ts';

/** What somebody said first. */
export interface Spoken extends Pick<Identified, 'protocol' | 'serverName' | 'transaction'> {
  /** A STUN request that is signed with the credential: whoever sent it holds it. */
  readonly signed: boolean;
}

const isSigned = (message: Uint8Array, secret: TurnCredential | null): boolean => {
  const decoded = secret === null ? null : decodeStun(message);
  return (
    secret !== null &&
    decoded?.ok === true &&
    decoded.message.username === secret.username &&
    verifyMessageIntegrity(message, secret.password).ok
  );
};

const spoken = (
  { protocol, serverName, transaction, length }: Identified,
  bytes: Uint8Array,
  secret: TurnCredential | null,
): Spoken => {
  const signed = protocol === 'stun' && isSigned(bytes.subarray(0, length), secret);
  return { protocol, serverName, transaction, signed };
};

/** What the first bytes of a stream are; null while more are needed to tell. Total over arbitrary bytes. */
export const spokenIn = (bytes: Uint8Array, secret: TurnCredential | null): Spoken | null => {
  const found = identify(bytes);
  return found && spoken(found, bytes, secret);
};

/** What a datagram is. Total over arbitrary bytes. */
export const spokenInDatagram = (bytes: Uint8Array, secret: TurnCredential | null): Spoken =>
  spoken(identifyDatagram(bytes), bytes, secret);

const somethingElse: Spoken = { protocol: 'other', serverName: null, transaction: null, signed: false };

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
    const spoken = spokenIn(heard, secret) ?? (heard.length >= enoughBytes ? somethingElse : null);
    if (spoken === null) continue;
    const stream = channel.takeStream();
    if (stream.destroyed || stream.readableEnded) break;
    stream.unshift(heard);
    return { spoken, channel: streamChannel(stream, channel, world) };
  }
  channel.close('reset');
  return null;
};
