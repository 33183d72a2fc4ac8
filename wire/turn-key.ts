import { createHash } from 'node:crypto';
import { concatBytes } from './bytes.ts';

const colon = Uint8Array.of(0x3a);

/**
 * The key of a long-term credential, MD5(username ":" realm ":" password), the same in RFC 8489 section 9.2.2 and in
 * MS-TURN section 3.1.12. All three are the bytes as they go over the wire; the realm is that of the challenge.
 */
export const longTermKey = (username: Uint8Array, realm: Uint8Array, password: Uint8Array): Uint8Array =>
  createHash('md5')
    .update(concatBytes(username, colon, realm, colon, password))
    .digest();
