import { Cursor, sameBytes } from './bytes.ts';
import { readDistinguishedName } from './distinguished-name.ts';
import { cipherName, versionName } from './tls-cipher.ts';

/** The cleartext part of a server's flight (RFC 5246 section 7.4, RFC 8446 section 4): bodies without the 4-byte header. */

const SUPPORTED_VERSIONS = 43;
const TLS12 = 0x0303;
const MAX_NAMES = 32;

export interface ServerHello {
  readonly legacyVersion: number;
  /** What was chosen: supported_versions where it is there, else the version in the hello. */
  readonly version: number;
  /** `TLSv1.2`, as Node says it. */
  readonly versionName: string;
  readonly cipher: number;
  /** IANA's name, null where the small table has none. */
  readonly cipherName: string | null;
  readonly sessionIdLength: number;
}

/** The random of a ServerHello that is a HelloRetryRequest: SHA-256 of these words (RFC 8446 section 4.1.3). */
const retryRandom = Uint8Array.from(
  'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'.match(/../g) ?? [],
  (byte) => Number.parseInt(byte, 16),
);

/** A ServerHello; `retry` where it is a HelloRetryRequest. Null where the body is none. */
export const readServerHello = (body: Uint8Array): { hello: ServerHello; retry: boolean } | null => {
  const cursor = new Cursor(body);
  const legacyVersion = cursor.uint(2);
  const random = cursor.take(32);
  const sessionIdLength = cursor.vector(1).length;
  const cipher = cursor.uint(2);
  cursor.take(1); // compression
  let version = legacyVersion;
  if (cursor.left > 0) {
    const extensions = new Cursor(cursor.vector(2));
    while (extensions.left > 0) {
      const type = extensions.uint(2);
      const data = extensions.vector(2);
      if (type === SUPPORTED_VERSIONS && data.length === 2) version = new Cursor(data).uint(2);
    }
    if (extensions.short) return null;
  }
  if (cursor.short || legacyVersion >> 8 !== 3 || sessionIdLength > 32) return null;
  return {
    hello: {
      legacyVersion,
      version,
      versionName: versionName(version),
      cipher,
      cipherName: cipherName(cipher),
      sessionIdLength,
    },
    retry: sameBytes(random, retryRandom),
  };
};

/** The certificates of a Certificate message of TLS 1.2 and before: how many, and the first one's DER. Null where the body is none. */
export const readCertificates = (body: Uint8Array): { count: number; leaf: Uint8Array | null } | null => {
  const cursor = new Cursor(body);
  const list = new Cursor(cursor.vector(3));
  let count = 0;
  let leaf: Uint8Array | null = null;
  while (list.left > 0) {
    const certificate = list.vector(3);
    if (count === 0) leaf = certificate.slice();
    count++;
  }
  return cursor.short || list.short || cursor.left > 0 ? null : { count, leaf };
};

export interface CertificateRequest {
  /** How many certification authorities the server names; 0: any will do. */
  readonly nameCount: number;
  /** Their names as far as they are readable, at most 32. */
  readonly names: readonly string[];
}

/** A CertificateRequest of TLS 1.2 and before; 1.2 added the signature algorithms. Null where the body is none. */
export const readCertificateRequest = (body: Uint8Array, version: number): CertificateRequest | null => {
  const cursor = new Cursor(body);
  cursor.vector(1); // certificate types
  if (version >= TLS12) cursor.vector(2); // signature algorithms
  const authorities = new Cursor(cursor.vector(2));
  if (cursor.short || cursor.left > 0) return null;
  let nameCount = 0;
  const names: string[] = [];
  while (authorities.left > 0) {
    const der = authorities.vector(2);
    nameCount++;
    const name = names.length < MAX_NAMES ? readDistinguishedName(der) : null;
    if (name !== null) names.push(name);
  }
  return authorities.short ? null : { nameCount, names };
};
