import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

let subjects: ReadonlySet<string> | null = null;

const subjectOf = (pem: string): string => {
  try {
    return new X509Certificate(pem).subject;
  } catch {
    return ''; // of a kind that this OpenSSL cannot read
  }
};

/** Whether an issuer, as Node spells it, is a root that Node is shipped with. Read when first asked for: 20 ms. */
export const isPublicRoot = (issuer: string): boolean => {
  subjects ??= new Set(rootCertificates.map(subjectOf));
  return subjects.has(issuer);
};
