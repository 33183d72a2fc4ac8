import { type TransportAddress, writeAddress } from './address.ts';
import { concatBytes, u32 } from './bytes.ts';
import {
  ALLOCATE_REQUEST,
  ALLOCATE_RESPONSE,
  encodeMsturn,
  MS_VERSION,
  msturnAttribute,
  numbering,
  readUint32,
  walkAllocate,
} from './msturn.ts';
import { appendMsturnIntegrity } from './msturn-integrity.ts';
import { HEADER_LENGTH } from './stun-attributes.ts';
import type { ConnectionSequence } from './turn-request.ts';

const MAPPED_ADDRESS = 0x0001;
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const LIFETIME = 0x000d;
const BANDWIDTH = 0x0010;
const MS_SEQUENCE_NUMBER = 0x8050;

/** What a server reads in an authenticated Allocate of MSTURN. */
export interface LogOnRequest {
  readonly transactionId: Uint8Array;
  readonly username: Uint8Array;
  readonly realm: Uint8Array;
  readonly nonce: Uint8Array;
  /** Seconds; null where the request leaves it to the server. */
  readonly lifetime: number | null;
}

/** Reads an Allocate that carries credentials; null where it is none. Its integrity is not checked here. Never throws. */
export const decodeMsturnLogOn = (bytes: Uint8Array): LogOnRequest | null => {
  const walk = walkAllocate(bytes);
  const type = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (!walk.ok || walk.dialect !== 'msturn' || type !== ALLOCATE_REQUEST) return null;
  const valueFor = (wanted: number): Uint8Array | undefined =>
    walk.attributes.find((attribute) => attribute.type === wanted)?.value;
  const [username, realm, nonce] = [USERNAME, numbering.msturn.realm, numbering.msturn.nonce].map(valueFor);
  if (username === undefined || realm === undefined || nonce === undefined) return null;
  if (valueFor(MESSAGE_INTEGRITY) === undefined) return null;
  const lifetime = readUint32(valueFor(LIFETIME));
  return { transactionId: bytes.slice(4, HEADER_LENGTH), username, realm, nonce, lifetime };
};

/** The value of XOR Mapped Address: port and address XORed with the transaction id (MS-TURN section 2.2.2.16). */
const xorAddress = (address: TransportAddress, mask: Uint8Array): Uint8Array =>
  writeAddress(address).map((byte, index) => {
    if (index < 2) return byte;
    return byte ^ (mask[index < 4 ? index - 2 : index - 4] ?? 0);
  });

/** The Allocate response of MSTURN: MAPPED-ADDRESS is the relayed address (MS-TURN section 3.2.5.1). */
export const encodeMsturnAllocated = (options: {
  readonly transactionId: Uint8Array;
  readonly relayed: TransportAddress;
  /** The client as the server saw it. */
  readonly mapped: TransportAddress;
  /** Seconds. */
  readonly lifetime: number;
  /** kbit/s. */
  readonly bandwidth?: number;
  readonly msVersion: number;
  readonly sequence: ConnectionSequence;
  readonly key: Uint8Array;
}): Uint8Array => {
  const { transactionId, relayed, mapped, lifetime, bandwidth = 750, msVersion, sequence, key } = options;
  const message = encodeMsturn(ALLOCATE_RESPONSE, transactionId, [
    msturnAttribute(MAPPED_ADDRESS, writeAddress(relayed)),
    msturnAttribute(numbering.msturn.xorMapped, xorAddress(mapped, transactionId)),
    msturnAttribute(LIFETIME, u32(lifetime)),
    msturnAttribute(BANDWIDTH, u32(bandwidth)),
    msturnAttribute(MS_VERSION, u32(msVersion)),
    msturnAttribute(MS_SEQUENCE_NUMBER, concatBytes(sequence.connectionId, u32(sequence.number))),
  ]);
  return appendMsturnIntegrity(message, key);
};
