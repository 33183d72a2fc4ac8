import { createHmac, timingSafeEqual } from 'node:crypto';
import { element } from './certificate-signature.ts';

/*
 * How our responder shows that it is ours: HMAC-SHA256 under the credential that both ends hold.
 *
 * - over a nonce that the prober chose, where the protocol has a place for both (XMPP, DNS, HTTP);
 * - over the public key of its certificate (TLS), because the handshake then proves that it holds the private one;
 * - STUN has MESSAGE-INTEGRITY for this, see stun-integrity.ts.
 */

/** The credential that both ends hold. */
export interface ProofSecret {
  readonly username: string;
  readonly password: string;
}

/** The protocols whose requests carry a nonce: a proof of one is worth nothing in another. */
export type NonceProtocol = 'xmpp' | 'dns' | 'http';

const hmac = ({ username, password }: ProofSecret, about: string, what: Uint8Array | string): Buffer =>
  createHmac('sha256', `${username}:${password}`).update(`edgeprobe ${about}\0`).update(what).digest();

/** The proof for a nonce: 64 hexadecimal digits. */
export const proofOfNonce = (secret: ProofSecret, protocol: NonceProtocol, nonce: string): string =>
  hmac(secret, protocol, nonce).toString('hex');

/** Whether a text from the network is the proof for that nonce. */
export const isProofOfNonce = (
  secret: ProofSecret,
  protocol: NonceProtocol,
  nonce: string,
  given: string | null | undefined,
): boolean => {
  const expected = Buffer.from(proofOfNonce(secret, protocol, nonce));
  const bytes = Buffer.from(given ?? '');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
};

/**
 * The certificate extension that holds the proof: the UUID 35b5143c-67df-41f1-9529-85b7a5e6beea in seven parts below the
 * arc that Microsoft keeps for such OIDs, which nobody has to assign. (2.25, the arc of whole UUIDs, has components of 128
 * bits, which the certificate library cuts off.) Its value is the HMAC, 32 bytes and nothing around them.
 */
export const proofExtension = '1.2.840.113556.1.8000.2554.13749.5180.26591.16881.38185.8763301.15122154';

/** The extension's OBJECT IDENTIFIER in DER. */
const extensionOid = Buffer.from('06202a864886f71401be40937aeb35a83c81cf5f81837182aa298496ef25879afd6a', 'hex');

/** The proof for a public key (SubjectPublicKeyInfo, DER): 32 bytes. */
export const proofOfKey = (secret: ProofSecret, publicKey: Uint8Array): Uint8Array =>
  Uint8Array.from(hmac(secret, 'key', publicKey));

const SEQUENCE = 0x30;
const OCTET_STRING = 0x04;
const BOOLEAN = 0x01;
const EXTENSIONS = 0xa3;
const VERSION = 0xa0;

type Span = { readonly start: number; readonly end: number };

/** The element that begins at an offset, whatever its type. */
const any = (der: Uint8Array, at: number): Span | null => element(der, at, der[at] ?? 0);

/** The end of so many elements that follow one another; null where they are not there. */
const skip = (der: Uint8Array, at: number, count: number): number | null => {
  let offset = at;
  for (let i = 0; i < count; i++) {
    const next = any(der, offset);
    if (next === null) return null;
    offset = next.end;
  }
  return offset;
};

/** The value of our extension among these; null if it is not there. */
const extensionIn = (der: Uint8Array, extensions: Span): Uint8Array | null => {
  const list = element(der, extensions.start, SEQUENCE);
  for (let at = list?.start ?? 0; list !== null && at < list.end; ) {
    const extension = element(der, at, SEQUENCE);
    const oid = extension && any(der, extension.start);
    if (extension === null || oid === null) return null;
    if (Buffer.compare(der.subarray(extension.start, oid.end), extensionOid) === 0) {
      const critical = element(der, oid.end, BOOLEAN);
      const value = element(der, critical?.end ?? oid.end, OCTET_STRING);
      return value && der.subarray(value.start, value.end);
    }
    at = extension.end;
  }
  return null;
};

/**
 * Whether a certificate carries the proof for its own key. Never throws.
 *
 *   TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer, validity, subject,
 *                                 subjectPublicKeyInfo, ..., [3] extensions }          (RFC 5280 section 4.1)
 */
export const certificateHasProof = (der: Uint8Array, secret: ProofSecret): boolean => {
  const certificate = element(der, 0, SEQUENCE);
  const tbs = certificate && element(der, certificate.start, SEQUENCE);
  if (tbs === null) return false;
  const afterVersion = der[tbs.start] === VERSION ? skip(der, tbs.start, 1) : tbs.start;
  const keyAt = afterVersion === null ? null : skip(der, afterVersion, 5);
  const key = keyAt === null ? null : element(der, keyAt, SEQUENCE);
  if (keyAt === null || key === null) return false;
  let at = key.end;
  while (at < tbs.end && der[at] !== EXTENSIONS) {
    const next = any(der, at);
    if (next === null) return false;
    at = next.end;
  }
  const extensions = at < tbs.end ? element(der, at, EXTENSIONS) : null;
  const given = extensions && extensionIn(der, extensions);
  const expected = proofOfKey(secret, der.subarray(keyAt, key.end));
  return given !== null && given.length === expected.length && timingSafeEqual(given, expected);
};
