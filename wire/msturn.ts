import { readAddress, type TransportAddress, writeAddress } from './address.ts';
import { concatBytes, sameBytes, u16, u32 } from './bytes.ts';
import { cappedText } from './printable.ts';
import { type Attribute, HEADER_LENGTH, headerFault, readErrorCode, walkAttributes } from './stun-attributes.ts';
import { hasStunCookie } from './stun-frame.ts';

/*
 * MSTURN, the TURN of an A/V Edge (MS-TURN section 2.2): the header of RFC 3489 with a 16-byte transaction id, values
 * not padded, and the Magic Cookie as the first attribute of every message:
 *
 *  0      2        4                20     22     24            28
 * +------+--------+----------------+------+------+-------------+-----------
 * | type | length | transaction id | 000f | 0004 | 72 c6 4b c6 | attributes
 * +------+--------+----------------+------+------+-------------+-----------
 *
 * A transaction id that starts with 2112a442 is legal, and makes generic TURN servers answer too: in the numbering of
 * RFC 8656, without the Magic Cookie. That is how they are told apart.
 */

export const ALLOCATE_REQUEST = 0x0003;
export const ALLOCATE_RESPONSE = 0x0103;
export const ALLOCATE_ERROR = 0x0113;

const MAGIC_COOKIE = Uint8Array.of(0x00, 0x0f, 0x00, 0x04, 0x72, 0xc6, 0x4b, 0xc6);

const typeNames: Readonly<Record<number, string>> = {
  3: 'Allocate request',
  259: 'Allocate response',
  275: 'Allocate error response',
  4: 'Send request',
  6: 'Set Active Destination request',
  262: 'Set Active Destination response',
  278: 'Set Active Destination error response',
  277: 'Data Indication',
};

/** `turn`: RFC 8656. */
export type TurnDialect = 'msturn' | 'turn';

interface Numbering {
  readonly realm: number;
  readonly nonce: number;
  readonly alternateServer: number;
  readonly xorMapped: number;
}

/** The attributes on whose numbers MS-TURN section 2.2.2 and RFC 8489/8656 differ; REALM and NONCE are swapped. */
export const numbering: Readonly<Record<TurnDialect, Numbering>> = {
  msturn: { nonce: 0x0014, realm: 0x0015, alternateServer: 0x000e, xorMapped: 0x8020 },
  turn: { realm: 0x0014, nonce: 0x0015, alternateServer: 0x8023, xorMapped: 0x0020 },
};

const MAPPED_ADDRESS = 0x0001;
const ERROR_CODE = 0x0009;
const LIFETIME = 0x000d;
/** The protocol generation one end speaks (MS-TURN section 2.2.2.17). */
export const MS_VERSION = 0x8008;
const SOFTWARE = 0x8022;

export interface MsturnMessage {
  /** `turn`: a generic TURN server, not an A/V Edge. */
  readonly dialect: TurnDialect;
  readonly type: number;
  readonly name: string;
  /** 16 bytes. */
  readonly transactionId: Uint8Array;
  /** Whether the values are padded to four bytes: MSTURN does not, RFC 8656 does. */
  readonly padded: boolean;
  readonly msVersion: number | null;
  readonly error: { readonly code: number; readonly reason: string } | null;
  readonly realm: string | null;
  readonly nonce: string | null;
  readonly software: string | null;
  /** In a 401 the public address of the very server that answered (section 2.2.2.7). */
  readonly alternateServer: TransportAddress | null;
  /** In an Allocate response the relayed address. */
  readonly mapped: TransportAddress | null;
  /** XORed with the transaction id (section 2.2.2.16), not with the cookie of RFC 8489. */
  readonly xorMapped: TransportAddress | null;
  /** Seconds. */
  readonly lifetime: number | null;
}

export type MsturnDecoded = { ok: true; message: MsturnMessage } | { ok: false; reason: string };

/** Whether the first attribute is the Magic Cookie: the one mark of MSTURN (MS-TURN section 2.2.2.8). */
export const firstIsMagicCookie = (bytes: Uint8Array): boolean =>
  MAGIC_COOKIE.every((byte, index) => bytes[HEADER_LENGTH + index] === byte);

/** A number of four bytes; null where there are more or fewer. */
export const readUint32 = (value: Uint8Array | undefined): number | null =>
  value?.length === 4 ? value.reduce((sum, byte) => sum * 256 + byte, 0) : null;

/** The attributes of an MSTURN message, or of the answer of a generic TURN server. */
export type AllocateWalk =
  | { ok: true; dialect: TurnDialect; padded: boolean; attributes: readonly Attribute[] }
  | { ok: false; reason: string };

/** Tells the two dialects apart and splits a message into its attributes. Never throws. */
export const walkAllocate = (bytes: Uint8Array): AllocateWalk => {
  const fault = headerFault(bytes);
  if (fault !== null) return { ok: false, reason: fault };
  const dialect = firstIsMagicCookie(bytes) ? 'msturn' : 'turn';
  if (dialect === 'turn' && !hasStunCookie(bytes)) {
    return { ok: false, reason: 'the Magic Cookie is not the first attribute' };
  }
  // Each dialect's own layout first; where it does not come out even, the other one is tried and recorded.
  const padded = dialect === 'turn';
  const walk = walkAttributes(bytes, padded);
  if (walk.ok) return { ...walk, dialect, padded };
  const other = walkAttributes(bytes, !padded);
  return other.ok ? { ...other, dialect, padded: !padded } : walk;
};

/**
 * Decodes any MSTURN message, or the answer of a generic TURN server to a transaction id with the RFC 8489 cookie.
 * Values that do not fit their attribute read as null. Never throws.
 */
export const decodeMsturn = (bytes: Uint8Array): MsturnDecoded => {
  const walk = walkAllocate(bytes);
  if (!walk.ok) return walk;
  const { dialect, padded, attributes } = walk;
  const numbers = numbering[dialect];
  const valueFor = (type: number): Uint8Array | undefined =>
    attributes.find((attribute: Attribute) => attribute.type === type)?.value;
  const text = (type: number): string | null => {
    const value = valueFor(type);
    return value === undefined ? null : cappedText(value);
  };
  const address = (type: number, mask?: Uint8Array): TransportAddress | null => {
    const value = valueFor(type);
    return value === undefined ? null : readAddress(value, mask);
  };

  const type = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const transactionId = bytes.slice(4, HEADER_LENGTH);
  const errorValue = valueFor(ERROR_CODE);
  const code = errorValue === undefined ? null : readErrorCode(errorValue);
  return {
    ok: true,
    message: {
      dialect,
      type,
      name: typeNames[type] ?? `type 0x${type.toString(16).padStart(4, '0')}`,
      transactionId,
      padded,
      msVersion: dialect === 'msturn' ? readUint32(valueFor(MS_VERSION)) : null,
      error: code === null || errorValue === undefined ? null : { code, reason: cappedText(errorValue.subarray(4)) },
      realm: text(numbers.realm),
      nonce: text(numbers.nonce),
      software: text(SOFTWARE),
      alternateServer: address(numbers.alternateServer),
      mapped: address(MAPPED_ADDRESS),
      xorMapped: address(numbers.xorMapped, transactionId),
      lifetime: readUint32(valueFor(LIFETIME)),
    },
  };
};

/** Whether a message belongs to the transaction: all 16 bytes. */
export const matchesMsturnTransaction = (message: MsturnMessage, transactionId: Uint8Array): boolean =>
  sameBytes(message.transactionId, transactionId);

/** One attribute, not padded. */
export const msturnAttribute = (type: number, value: Uint8Array): Uint8Array =>
  concatBytes(u16(type), u16(value.length), value);

/** A message with the Magic Cookie and these attributes behind it. Throws RangeError for a transaction id of other than 16 bytes. */
export const encodeMsturn = (
  type: number,
  transactionId: Uint8Array,
  attributes: readonly Uint8Array[],
): Uint8Array => {
  if (transactionId.length !== 16) throw new RangeError('an MSTURN transaction id has 16 bytes');
  const body = concatBytes(MAGIC_COOKIE, ...attributes);
  return concatBytes(u16(type), u16(body.length), transactionId, body);
};

/**
 * The unauthenticated Allocate request, 36 bytes: an A/V Edge must answer it with a 401 (MS-TURN section 3.3.5.1).
 * Start the transaction id with 2112a442, as real clients do.
 */
export const encodeAllocate = (options: {
  readonly transactionId: Uint8Array;
  readonly msVersion?: number;
}): Uint8Array =>
  encodeMsturn(ALLOCATE_REQUEST, options.transactionId, [msturnAttribute(MS_VERSION, u32(options.msVersion ?? 1))]);

/** The Allocate error response with which an A/V Edge answers that: no MESSAGE-INTEGRITY, but what a client needs to log on. */
export const encodeAllocateError = (options: {
  readonly transactionId: Uint8Array;
  readonly code?: number;
  readonly reason?: string;
  readonly nonce: string;
  readonly realm: string;
  readonly alternateServer?: TransportAddress;
  readonly msVersion?: number;
}): Uint8Array => {
  const { transactionId, code = 401, reason = 'Unauthorized', nonce, realm, alternateServer, msVersion } = options;
  const utf8 = new TextEncoder();
  const numbers = numbering.msturn;
  const attributes = [
    msturnAttribute(
      ERROR_CODE,
      concatBytes(Uint8Array.of(0, 0, Math.floor(code / 100), code % 100), utf8.encode(reason)),
    ),
    msturnAttribute(numbers.nonce, utf8.encode(nonce)),
    msturnAttribute(numbers.realm, utf8.encode(realm)),
  ];
  if (alternateServer !== undefined)
    attributes.push(msturnAttribute(numbers.alternateServer, writeAddress(alternateServer)));
  if (msVersion !== undefined) attributes.push(msturnAttribute(MS_VERSION, u32(msVersion)));
  return encodeMsturn(ALLOCATE_ERROR, transactionId, attributes);
};

const msVersions: readonly string[] = [
  'MS-ICE',
  'MS-ICE2',
  'MS-ICE2, HMAC-SHA256',
  'MS-ICE2, HMAC-SHA256, IPv6',
  'MS-ICE2, HMAC-SHA256, IPv6, multiplexed TURN over UDP',
  'MS-ICE2, HMAC-SHA256, IPv6, multiplexed TURN over UDP and TCP',
];

/** What an MS-Version stands for (MS-TURN section 2.2.2.17): a generation of the protocol, not a product. */
export const msVersionMeaning = (version: number): string => msVersions[version - 1] ?? `unknown version ${version}`;
