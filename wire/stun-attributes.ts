/** One attribute of a STUN or MSTURN message; `offset` is where its type stands in the message. */
export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
  readonly offset: number;
}

export type AttributeWalk = { ok: true; attributes: Attribute[] } | { ok: false; reason: string };

/** Nothing of STUN needs more, and it bounds the work for one datagram. */
export const MAX_MESSAGE = 2048;

export const HEADER_LENGTH = 20;

/**
 * Checks the 20-byte header that STUN and MSTURN share; null means sound.
 * ```
 *  0        2        4                                20
 * +--------+--------+---------------------------------+----------
 * |00 type | length | transaction id, 16 bytes        | attributes
 * |        |        | (RFC 8489: 2112a442 + 12 bytes) |
 * +--------+--------+---------------------------------+----------
 * ```
 */
export const headerFault = (bytes: Uint8Array): string | null => {
  if (bytes.length < HEADER_LENGTH) return `${bytes.length} bytes are too short for a STUN header`;
  if (bytes.length > MAX_MESSAGE) return `${bytes.length} bytes are more than a STUN message of ${MAX_MESSAGE}`;
  if (((bytes[0] ?? 0) & 0xc0) !== 0) return 'the top two bits of the message type are not zero';
  const length = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
  if (HEADER_LENGTH + length !== bytes.length) {
    return `the header announces ${length} bytes of attributes, ${bytes.length - HEADER_LENGTH} came`;
  }
  return null;
};

/**
 * Splits what follows the header into attributes (type 2, length 2, value). `padded`: values are filled up to four
 * bytes (RFC 8489 section 14); MSTURN does not fill them. Only a walk that ends exactly at the end is one.
 */
export const walkAttributes = (bytes: Uint8Array, padded: boolean): AttributeWalk => {
  const attributes: Attribute[] = [];
  let offset = HEADER_LENGTH;
  while (offset < bytes.length) {
    if (offset + 4 > bytes.length) return { ok: false, reason: `an attribute header is cut off at byte ${offset}` };
    const type = ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
    const length = ((bytes[offset + 2] ?? 0) << 8) | (bytes[offset + 3] ?? 0);
    const filled = padded ? (length + 3) & ~3 : length;
    if (offset + 4 + filled > bytes.length) {
      return {
        ok: false,
        reason: `attribute 0x${type.toString(16).padStart(4, '0')} runs past the end of the message`,
      };
    }
    attributes.push({ type, value: bytes.subarray(offset + 4, offset + 4 + length), offset });
    offset += 4 + filled;
  }
  return { ok: true, attributes };
};

/** ERROR-CODE (RFC 8489 section 14.8): two zero bytes, the class in three bits, the number 0 to 99, then the reason phrase. */
export const readErrorCode = (value: Uint8Array): number | null => {
  const [, , errorClass, number] = value;
  if (errorClass === undefined || number === undefined || number > 99) return null;
  return (errorClass & 7) * 100 + number;
};
