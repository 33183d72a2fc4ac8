import { readAddress, type TransportAddress } from './address.ts';
import { ALLOCATE_ERROR, ALLOCATE_RESPONSE, numbering, readUint32, type TurnDialect, walkAllocate } from './msturn.ts';
import { verifyMsturnIntegrity } from './msturn-integrity.ts';
import { HEADER_LENGTH, readErrorCode } from './stun-attributes.ts';
import { type Verified, verifyMessageIntegrity } from './stun-integrity.ts';
import type { ConnectionSequence } from './turn-request.ts';

/** The answers to Refresh of RFC 8656. */
const REFRESH_RESPONSE = 0x0104;
const REFRESH_ERROR = 0x0114;

const MESSAGE_INTEGRITY = 0x0008;
const ERROR_CODE = 0x0009;
const LIFETIME = 0x000d;
const MAPPED_ADDRESS = 0x0001;
const XOR_RELAYED_ADDRESS = 0x0016;
const MS_SEQUENCE_NUMBER = 0x8050;

/** The answer to an Allocate or a Refresh. Values that do not fit their attribute read as null. */
export interface TurnResponse {
  readonly dialect: TurnDialect;
  readonly success: boolean;
  readonly errorCode: number | null;
  /** As they came, to be sent back unchanged. */
  readonly realm: Uint8Array | null;
  readonly nonce: Uint8Array | null;
  readonly alternateServer: TransportAddress | null;
  /** The address that relays for us: MAPPED-ADDRESS in MSTURN (MS-TURN section 3.2.5.1), XOR-RELAYED-ADDRESS in RFC 8656. */
  readonly relayed: TransportAddress | null;
  /** Our own address as the server saw it. */
  readonly mapped: TransportAddress | null;
  /** Seconds. */
  readonly lifetime: number | null;
  /** MSTURN only: to be sent back with a higher number in further requests. */
  readonly sequence: ConnectionSequence | null;
}

export type TurnDecoded = { ok: true; response: TurnResponse } | { ok: false; reason: string };

const successes: readonly number[] = [ALLOCATE_RESPONSE, REFRESH_RESPONSE];
const errors: readonly number[] = [ALLOCATE_ERROR, REFRESH_ERROR];

const readSequence = (value: Uint8Array | undefined): ConnectionSequence | null => {
  const number = value?.length === 24 ? readUint32(value.subarray(20)) : null;
  return value === undefined || number === null ? null : { connectionId: value.slice(0, 20), number };
};

/** Decodes the answer to an Allocate or a Refresh of either dialect. What stands behind MESSAGE-INTEGRITY is not read. Never throws. */
export const decodeTurnResponse = (bytes: Uint8Array): TurnDecoded => {
  const walk = walkAllocate(bytes);
  if (!walk.ok) return walk;
  const { dialect } = walk;
  const type = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const success = successes.includes(type);
  if (!success && !errors.includes(type)) return { ok: false, reason: 'no answer to an Allocate or a Refresh' };
  const signedAt = walk.attributes.findIndex((attribute) => attribute.type === MESSAGE_INTEGRITY);
  const readable = signedAt < 0 ? walk.attributes : walk.attributes.slice(0, signedAt);
  const valueFor = (wanted: number): Uint8Array | undefined =>
    readable.find((attribute) => attribute.type === wanted)?.value;
  // In both dialects the mask is what follows the length: cookie and transaction id, or transaction id alone.
  const mask = bytes.subarray(4, HEADER_LENGTH);
  const address = (wanted: number, xor?: Uint8Array): TransportAddress | null => {
    const value = valueFor(wanted);
    return value === undefined ? null : readAddress(value, xor);
  };
  const numbers = numbering[dialect];
  const errorValue = valueFor(ERROR_CODE);
  return {
    ok: true,
    response: {
      dialect,
      success,
      errorCode: errorValue === undefined ? null : readErrorCode(errorValue),
      realm: valueFor(numbers.realm)?.slice() ?? null,
      nonce: valueFor(numbers.nonce)?.slice() ?? null,
      alternateServer: address(numbers.alternateServer),
      relayed: dialect === 'msturn' ? address(MAPPED_ADDRESS) : address(XOR_RELAYED_ADDRESS, mask),
      mapped: address(numbers.xorMapped, mask),
      lifetime: readUint32(valueFor(LIFETIME)),
      sequence: dialect === 'msturn' ? readSequence(valueFor(MS_SEQUENCE_NUMBER)) : null,
    },
  };
};

/** Checks MESSAGE-INTEGRITY as the dialect of the message has it. */
export const verifyTurnIntegrity = (bytes: Uint8Array, key: Uint8Array): Verified => {
  const walk = walkAllocate(bytes);
  if (!walk.ok) return walk;
  return walk.dialect === 'msturn' ? verifyMsturnIntegrity(bytes, key) : verifyMessageIntegrity(bytes, key);
};
