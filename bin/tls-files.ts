import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Site } from '../agent/site.ts';
import type { TlsMaterial } from '../probes/probe.ts';
import { UsageError } from './usage-error.ts';

const read = (file: string, what: string, parse: (pem: string) => unknown): string => {
  try {
    const pem = readFileSync(file, 'utf8');
    parse(pem);
    return pem;
  } catch (error) {
    throw new UsageError(
      `${what} ${file}: ${(error as Error).message}`,
      'It must be a PEM file that this user may read.',
    );
  }
};

/** Reads the TLS files of a site. A key that others may read is refused. Throws UsageError. */
export const readTlsFiles = ({ tls }: Site): TlsMaterial => {
  const certificate = (pem: string): unknown => new X509Certificate(pem);
  if (tls.key !== null && process.platform !== 'win32') {
    const mode = statSync(tls.key, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & 0o077) !== 0) {
      throw new UsageError(`tls.key ${tls.key} may be read by others`, `Run: chmod 600 ${tls.key}`);
    }
  }
  return {
    ...(tls.ca === null ? {} : { ca: read(tls.ca, 'tls.ca', certificate) }),
    ...(tls.cert === null ? {} : { cert: read(tls.cert, 'tls.cert', certificate) }),
    ...(tls.key === null ? {} : { key: read(tls.key, 'tls.key', createPrivateKey) }),
  };
};
