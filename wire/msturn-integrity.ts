import { createHmac, timingSafeEqual } from 'node:crypto';
import { concatBytes, u16 } from './bytes.ts';
import { walkAllocate } from './msturn.ts';
import { HEADER_LENGTH } from './stun-attributes.ts';
import type { Verified } from './stun-integrity.ts';

/*
 * MESSAGE-INTEGRITY of MSTURN (MS-TURN section 3.1.12, laid out as in RFC 3489 section 11.2.8): HMAC-SHA1 with the
 * long-term key over everything before it, filled with zeros to a multiple of 64 bytes. The filling is not sent.
 *
 *  0      2        4                20            n                n + 24
 * +------+--------+----------------+-------------+-----------------+
 * | type | length | transaction id | attributes  | 0008 0014 HMAC  |
 * +------+--------+----------------+-------------+-----------------+
 *  <------------ signed, the length counting all ->  000000 …
 */

const MESSAGE_INTEGRITY = 0x0008;
const DIGEST = 20;
const SIZE = 4 + DIGEST;
const BLOCK = 64;

const digest = (bytes: Uint8Array, end: number, key: Uint8Array): Uint8Array => {
  const filled = new Uint8Array(Math.ceil(end / BLOCK) * BLOCK);
  filled.set(bytes.subarray(0, end));
  filled.set(u16(end - HEADER_LENGTH + SIZE), 2);
  return createHmac('sha1', key).update(filled).digest();
};

/** The message with MESSAGE-INTEGRITY behind it. @param key of `longTermKey` */
export const appendMsturnIntegrity = (message: Uint8Array, key: Uint8Array): Uint8Array => {
  const length = u16(message.length - HEADER_LENGTH + SIZE);
  const header = concatBytes(message.subarray(0, 2), length, message.subarray(4, HEADER_LENGTH));
  const attribute = concatBytes(u16(MESSAGE_INTEGRITY), u16(DIGEST), digest(message, message.length, key));
  return concatBytes(header, message.subarray(HEADER_LENGTH), attribute);
};

/** Checks MESSAGE-INTEGRITY on the bytes as they came. Never throws. */
export const verifyMsturnIntegrity = (bytes: Uint8Array, key: Uint8Array): Verified => {
  const walk = walkAllocate(bytes);
  if (!walk.ok) return walk;
  const found = walk.attributes.find(({ type }) => type === MESSAGE_INTEGRITY);
  if (found === undefined) return { ok: false, reason: 'absent' };
  if (found.value.length !== DIGEST) {
    return { ok: false, reason: `MESSAGE-INTEGRITY has ${found.value.length} bytes, not ${DIGEST}` };
  }
  const right = timingSafeEqual(found.value, digest(bytes, found.offset, key));
  return right ? { ok: true } : { ok: false, reason: 'MESSAGE-INTEGRITY does not match' };
};
