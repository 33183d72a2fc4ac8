import { createHmac, timingSafeEqual } from 'node:crypto';
import { concatBytes, u16, u32 } from './bytes.ts';
import { HEADER_LENGTH, walkAttributes } from './stun-attributes.ts';
import { stunFrameFault } from './stun-frame.ts';

export type Verified = { ok: true } | { ok: false; reason: string };

const MESSAGE_INTEGRITY = 0x0008;
const FINGERPRINT = 0x8028;
const INTEGRITY_SIZE = 24;
const FINGERPRINT_SIZE = 8;
const FINGERPRINT_XOR = 0x5354554e;

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32 of ITU V.42, as Ethernet and zip use it. */
export const crc32 = (bytes: Uint8Array): number => {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
};

/** The message up to `end` with the length field that the header had, or will have, with `extra` bytes behind it. */
const withLength = (bytes: Uint8Array, end: number, extra: number): Uint8Array => {
  // A Buffer's own slice is no copy: what came would be changed under its owner's hands.
  const part = Uint8Array.from(bytes.subarray(0, end));
  part.set(u16(end - HEADER_LENGTH + extra), 2);
  return part;
};

const integrity = (bytes: Uint8Array, end: number, key: string | Uint8Array): Uint8Array =>
  createHmac('sha1', key)
    .update(withLength(bytes, end, INTEGRITY_SIZE))
    .digest();

const fingerprint = (bytes: Uint8Array, end: number): Uint8Array =>
  u32((crc32(withLength(bytes, end, FINGERPRINT_SIZE)) ^ FINGERPRINT_XOR) >>> 0);

/** The first attribute of a type, or why there is none to read. */
const find = (
  bytes: Uint8Array,
  type: number,
): { ok: true; offset: number; value: Uint8Array } | { ok: false; reason: string } => {
  const fault = stunFrameFault(bytes);
  if (fault !== null) return { ok: false, reason: fault };
  const walk = walkAttributes(bytes, true);
  if (!walk.ok) return walk;
  const found = walk.attributes.find((attribute) => attribute.type === type);
  return found === undefined ? { ok: false, reason: 'absent' } : { ok: true, offset: found.offset, value: found.value };
};

/**
 * Checks MESSAGE-INTEGRITY (RFC 8489 section 14.5) on the bytes as they came: a decoder that writes the message anew
 * loses the padding bytes, which are part of what was signed.
 * @param key the password of a short-term credential, or the bytes of a long-term key
 */
export const verifyMessageIntegrity = (bytes: Uint8Array, key: string | Uint8Array): Verified => {
  const found = find(bytes, MESSAGE_INTEGRITY);
  if (!found.ok) return found;
  if (found.value.length !== 20)
    return { ok: false, reason: `MESSAGE-INTEGRITY has ${found.value.length} bytes, not 20` };
  const right = timingSafeEqual(found.value, integrity(bytes, found.offset, key));
  return right ? { ok: true } : { ok: false, reason: 'MESSAGE-INTEGRITY does not match' };
};

/** Checks FINGERPRINT (RFC 8489 section 14.7) on the bytes as they came. */
export const verifyFingerprint = (bytes: Uint8Array): Verified => {
  const found = find(bytes, FINGERPRINT);
  if (!found.ok) return found;
  if (found.value.length !== 4) return { ok: false, reason: `FINGERPRINT has ${found.value.length} bytes, not 4` };
  if (found.offset + FINGERPRINT_SIZE !== bytes.length)
    return { ok: false, reason: 'FINGERPRINT is not the last attribute' };
  const expected = fingerprint(bytes, found.offset);
  const right = expected.every((byte, index) => byte === found.value[index]);
  return right ? { ok: true } : { ok: false, reason: 'FINGERPRINT does not match' };
};

const append = (message: Uint8Array, type: number, value: Uint8Array): Uint8Array =>
  concatBytes(withLength(message, message.length, 4 + value.length), u16(type), u16(value.length), value);

/** The message with MESSAGE-INTEGRITY behind it (HMAC-SHA1; key as in verifyMessageIntegrity). */
export const appendMessageIntegrity = (message: Uint8Array, key: string | Uint8Array): Uint8Array =>
  append(message, MESSAGE_INTEGRITY, integrity(message, message.length, key));

/** The message with FINGERPRINT behind it: nothing may follow. */
export const appendFingerprint = (message: Uint8Array): Uint8Array =>
  append(message, FINGERPRINT, fingerprint(message, message.length));
