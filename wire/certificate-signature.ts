/*
 * The signature algorithm of an X.509 certificate (RFC 5280 section 4.1), which Node 20 does not tell:
 *
 *   Certificate  ::= SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE { OBJECT IDENTIFIER, ... }, ... }
 */

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;

/** The names OpenSSL prints for them. */
const names: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'md2WithRSAEncryption',
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.3.14.3.2.29': 'sha1WithRSA',
  '1.2.840.113549.1.1.10': 'rsassaPss',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.113549.1.1.14': 'sha224WithRSAEncryption',
  '1.2.840.10040.4.3': 'dsaWithSHA1',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.1': 'ecdsa-with-SHA224',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.3.101.112': 'ED25519',
  '1.3.101.113': 'ED448',
};

/** Where the value of a DER element lies; null unless it is of that type and complete. */
export const element = (der: Uint8Array, at: number, type: number): { start: number; end: number } | null => {
  const first = der[at + 1];
  if (der[at] !== type || first === undefined) return null;
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4) return null;
    length = 0;
    for (let i = 0; i < octets; i++) {
      const octet = der[start++];
      if (octet === undefined) return null;
      length = length * 256 + octet;
    }
  }
  return start + length <= der.length ? { start, end: start + length } : null;
};

/** Dotted text of the content octets of an OBJECT IDENTIFIER (X.690 section 8.19), null if malformed or beyond reason. */
const dotted = (content: Uint8Array): string | null => {
  const last = content[content.length - 1];
  if (last === undefined || last >= 0x80 || content.length > 32) return null;
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of content) {
    arc = arc * 128 + (octet & 0x7f);
    if (!Number.isSafeInteger(arc)) return null;
    if (octet >= 0x80) continue;
    if (arcs.length === 0) {
      const root = Math.min(2, Math.floor(arc / 40));
      arcs.push(root, arc - root * 40);
    } else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
};

/** The signature algorithm of a DER certificate: OpenSSL's long name, or the dotted OID; null where it is unreadable. */
export const certificateSignature = (der: Uint8Array): string | null => {
  const certificate = element(der, 0, SEQUENCE);
  const tbs = certificate && element(der, certificate.start, SEQUENCE);
  const algorithm = tbs && element(der, tbs.end, SEQUENCE);
  const identifier = algorithm && element(der, algorithm.start, OBJECT_IDENTIFIER);
  if (!identifier) return null;
  const oid = dotted(der.subarray(identifier.start, identifier.end));
  return oid === null ? null : (names[oid] ?? oid);
};
