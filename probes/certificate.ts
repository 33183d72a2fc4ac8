import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { proofExtension, proofOfKey } from '../wire/proof.ts';
import type { TurnCredential } from './probe.ts';
import { loadX509 } from './x509.ts';

/** What a certificate is to say. */
export interface CertificateWanted {
  /** DNS names and addresses; the first is also the common name. */
  readonly names: readonly string[];
  readonly days: number;
  /** Its validity begins a day before: clocks differ. */
  readonly now: Date;
  /** `ec` is P-256 with SHA-256, `rsa` is RSA-2048 with SHA-256. `rsa-legacy` is as of Lync: RSA-1024 with SHA-1. */
  readonly key?: 'ec' | 'rsa' | 'rsa-legacy';
  readonly random?: (size: number) => Uint8Array;
  /** Carry the proof of our responder for this key. */
  readonly proof?: TurnCredential;
}

/** PEM texts: the certificate, which is its own issuer, and the private key (PKCS #8). */
export interface GeneratedCertificate {
  readonly cert: string;
  readonly key: string;
}

const secondsPerDay = 86_400;

const rsa = (modulusLength: number, hash: string): RsaHashedKeyGenParams => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash,
  modulusLength,
  publicExponent: Uint8Array.of(1, 0, 1),
});

type RsaHashedKeyGenParams = webcrypto.RsaHashedKeyGenParams;

const generateKeys = (kind: NonNullable<CertificateWanted['key']>): Promise<webcrypto.CryptoKeyPair> => {
  const { subtle } = webcrypto;
  if (kind === 'ec') return subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  return subtle.generateKey(kind === 'rsa' ? rsa(2048, 'SHA-256') : rsa(1024, 'SHA-1'), true, ['sign', 'verify']);
};

const pem = (label: string, der: ArrayBuffer): string => {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
};

/**
 * Makes a key and a self-signed certificate for these names, for servers and clients alike. It may also serve as the
 * CA that judges it: nothing else is signed by it.
 * @throws RangeError without a name.
 */
export const generateCertificate = async (wanted: CertificateWanted): Promise<GeneratedCertificate> => {
  const { names, days, now, key: kind = 'ec', random = randomBytes } = wanted;
  const [commonName] = names;
  if (commonName === undefined) throw new RangeError('a certificate needs at least one name');
  const x509 = await loadX509();
  const keys = await generateKeys(kind);
  // A serial number is a positive integer (RFC 5280 section 4.1.2.2): its first bit is cleared.
  const proof =
    wanted.proof === undefined
      ? []
      : [
          new x509.Extension(
            proofExtension,
            false,
            proofOfKey(wanted.proof, new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey))),
          ),
        ];
  const serial = Uint8Array.from(random(16), (byte, i) => (i === 0 ? (byte & 0x7f) | 0x40 : byte));
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: Buffer.from(serial).toString('hex'),
      name: [{ CN: [commonName.slice(0, 64)] }],
      notBefore: new Date(now.getTime() - secondsPerDay * 1000),
      notAfter: new Date(now.getTime() + days * secondsPerDay * 1000),
      keys,
      signingAlgorithm: { name: keys.publicKey.algorithm.name, hash: kind === 'rsa-legacy' ? 'SHA-1' : 'SHA-256' },
      extensions: [
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }) as const),
        ),
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        ...proof,
      ],
    },
    webcrypto,
  );
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: `${certificate.toString('pem')}\n`, key: pem('PRIVATE KEY', key) };
};
