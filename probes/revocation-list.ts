import { createPrivateKey, webcrypto } from 'node:crypto';
import { loadX509 } from './x509.ts';

/** Who says it, and for how long. */
export interface ListWanted {
  /** PEM: the certificate of the issuer, and its private key (RSA or EC). */
  readonly cert: string;
  readonly key: string;
  readonly now: Date;
  readonly days: number;
}

const secondsPerDay = 86_400;

/** The algorithm that a key signs with: by its kind, with SHA-256. */
const algorithmOf = (key: string): webcrypto.RsaHashedImportParams | webcrypto.EcKeyImportParams => {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(key);
  if (asymmetricKeyType !== 'ec') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
  return { name: 'ECDSA', namedCurve: curves[asymmetricKeyDetails?.namedCurve ?? ''] ?? 'P-256' };
};

/**
 * Makes an empty list of revoked certificates (RFC 5280 section 5), in DER, signed by the issuer.
 * @throws where the key is neither RSA nor EC, or cannot be read: our own configuration.
 */
export const generateRevocationList = async ({ cert, key, now, days }: ListWanted): Promise<Uint8Array> => {
  const x509 = await loadX509();
  const algorithm = algorithmOf(key);
  const der = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
  const list = await x509.X509CrlGenerator.create(
    {
      issuer: new x509.X509Certificate(cert).subject,
      thisUpdate: new Date(now.getTime() - secondsPerDay * 1000),
      nextUpdate: new Date(now.getTime() + days * secondsPerDay * 1000),
      entries: [],
      signingKey,
      signingAlgorithm: { name: algorithm.name, hash: 'SHA-256' },
    },
    webcrypto,
  );
  return new Uint8Array(list.rawData);
};
