import { type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { certificateSignature } from '../wire/certificate-signature.ts';
import { certificateHasProof } from '../wire/proof.ts';
import type { TlsTapSummary } from '../wire/tls-record.ts';
import type { Fact, Facts } from './observation.ts';
import type { TurnCredential } from './probe.ts';
import { isPublicRoot } from './public-roots.ts';

const textCap = 512;
const sansCap = 64;
const certificateCap = 65_536;

const capped = (text: string): string => text.slice(0, textCap);

/** Bits of the named curves that certificates use; other keys say their size themselves. */
const curveBits: Readonly<Record<string, number>> = {
  prime192v1: 192,
  secp224r1: 224,
  prime256v1: 256,
  secp256k1: 256,
  secp384r1: 384,
  secp521r1: 521,
  brainpoolP256r1: 256,
  brainpoolP384r1: 384,
  brainpoolP512r1: 512,
};
const edwardsBits: Readonly<Record<string, number>> = { ed25519: 256, ed448: 456 };

const keyFacts = (
  certificate: X509Certificate,
): { readonly keyType: string | null; readonly keyBits: number | null } => {
  let key: KeyObject;
  try {
    key = certificate.publicKey;
  } catch {
    return { keyType: null, keyBits: null }; // a key of a kind that OpenSSL does not know
  }
  const { asymmetricKeyDetails: details, asymmetricKeyType: keyType = '' } = key;
  const keyBits = details?.modulusLength ?? curveBits[details?.namedCurve ?? ''] ?? edwardsBits[keyType] ?? null;
  return { keyType: keyType || null, keyBits };
};

/** Whether a certificate carries its own signature; null where its key cannot check it. */
const isSelfSigned = (certificate: X509Certificate): boolean | null => {
  try {
    return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
  } catch {
    return null;
  }
};

/** ISO 8601 of the date text that OpenSSL prints; null for a date that is none. */
const isoDate = (text: string): string | null => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
};

/**
 * The alternative names: Node joins them by commas and quotes (as JSON) those that hold anything ambiguous.
 * DNS names come bare, the others with their kind, for example `IP Address:192.0.2.1`.
 */
const alternativeNames = (text: string | undefined): string[] =>
  (text?.slice(0, certificateCap).match(/[^,":\s][^,":]{0,30}:(?:"(?:[^"\\]|\\.)*"|[^,"]*)/g) ?? [])
    .slice(0, sansCap)
    .map((name) => capped(name.replace(/^DNS:/, '')));

/** A distinguished name in one line: `CN=sip.contoso.com, O=Contoso`; OpenSSL has escaped commas within values. */
const oneLine = (name: string | undefined): string => capped((name ?? '').replaceAll('\n', ', '));

/** The facts of a certificate; null where it cannot be read. Nothing in it is trusted, and no text is escaped. */
const certificateFacts = (der: Uint8Array): Facts | null => {
  if (der.length > certificateCap) return null;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(der);
  } catch {
    return null;
  }
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    sans: alternativeNames(certificate.subjectAltName),
    notBefore: isoDate(certificate.validFrom),
    notAfter: isoDate(certificate.validTo),
    fingerprint256: certificate.fingerprint256,
    serialNumber: capped(certificate.serialNumber),
    ...keyFacts(certificate),
    signature: certificateSignature(der),
    selfSigned: isSelfSigned(certificate),
  };
};

/** Whether the certificate is for that name or address; null without either. */
const nameMatches = (der: Uint8Array | null, servername: string | undefined): boolean | null => {
  if (der === null || !servername) return null;
  try {
    const certificate = new X509Certificate(der);
    return (isIP(servername) ? certificate.checkIP(servername) : certificate.checkHost(servername)) !== undefined;
  } catch {
    return null;
  }
};

/** The certificates that the peer sent, in their order. */
const chainOf = (leaf: X509Certificate | undefined): X509Certificate[] => {
  const chain: X509Certificate[] = [];
  for (let link = leaf; link && chain.length < 32; link = link.issuerCertificate) chain.push(link);
  return chain;
};

/** Who issued the last certificate that the peer sent, and whether that is a root: that very one, or a public one. */
const chainEnd = (chain: readonly X509Certificate[]): Facts => {
  const last = chain.at(-1);
  if (!last) return { chainIssuer: null, chainRooted: null };
  return { chainIssuer: oneLine(last.issuer), chainRooted: last.checkIssued(last) || isPublicRoot(last.issuer) };
};

/** What a completed handshake knows; null where it did not complete. */
export interface Completed {
  readonly socket: TLSSocket;
  /** Whether a CA was given: without one, trust is not judged. */
  readonly trustJudged: boolean;
  /** What the certificate of our responder proves itself with; null where nobody expects that. */
  readonly secret: TurnCredential | null;
}

/**
 * Whether the server asked for a client certificate. Up to TLS 1.2 the request is in the clear, and the tap saw it.
 * In TLS 1.3 it is encrypted; OpenSSL then has signature algorithms shared with the server only if it was asked.
 */
const clientCertificateRequested = (tap: TlsTapSummary, completed: Completed | null): boolean | null => {
  if (tap.certificateRequest) return true;
  if (tap.serverHelloDone) return false;
  if (completed?.socket.getProtocol() !== 'TLSv1.3') return null;
  return completed.socket.getSharedSigalgs().length > 0;
};

const authorizationError = (error: unknown): Fact => {
  if (error instanceof Error) return capped((error as NodeJS.ErrnoException).code ?? error.message);
  return error ? capped(String(error)) : null;
};

/** The facts of a TLS conversation that got at least a ServerHello or an alert. */
export const tlsFacts = (tap: TlsTapSummary, completed: Completed | null, servername: string | undefined): Facts => {
  const leaf = completed?.socket.getPeerX509Certificate();
  const der: Uint8Array | null = leaf?.raw ?? tap.leafCertificate;
  const trust = completed?.trustJudged ? completed.socket : null;
  const chain = chainOf(leaf);
  return {
    protocol: completed?.socket.getProtocol() ?? tap.serverHello?.versionName ?? null,
    cipher: completed?.socket.getCipher().standardName ?? tap.serverHello?.cipherName ?? null,
    alpn: completed?.socket.alpnProtocol || null,
    certificate: der ? certificateFacts(der) : null,
    nameMatches: nameMatches(der, servername),
    chainLength: tap.certificateSeen ? tap.certificateCount : leaf ? chain.length : null,
    ...chainEnd(chain),
    authorized: trust ? trust.authorized : null,
    authorizationError: trust ? authorizationError(trust.authorizationError) : null,
    clientCertificateRequested: clientCertificateRequested(tap, completed),
    // Only a completed handshake shows that the peer holds the key that is proved.
    ...(completed?.secret && leaf ? { proof: certificateHasProof(leaf.raw, completed.secret) } : {}),
  };
};
