import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Site } from '../agent/site.ts';
import type { TlsMaterial } from '../probes/probe.ts';
import { UsageError } from './usage-error.ts';

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

/** A PEM file's text and what is in it. `kind`: a word for people. */
const read = <T>(file: string, where: string, kind: string, parse: (pem: string) => T): { pem: string; parsed: T } => {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const hint = where.startsWith('--') ? 'Give the path of a PEM file.' : 'Paths in a site file are relative to it.';
    throw new UsageError(`${where} ${file}: ${unreadable[code] ?? message}`, hint);
  }
  try {
    return { pem, parsed: parse(pem) };
  } catch {
    const hint = 'It must be PEM, and a key must have no passphrase.';
    throw new UsageError(`${where} ${file}: there is no ${kind} in it that can be read`, hint);
  }
};

const certificate = (pem: string): X509Certificate => new X509Certificate(pem);
const privateKey = (pem: string): KeyObject => createPrivateKey(pem);

/** Refuses a key that others may read, and one of another certificate. */
const refusePair = (cert: X509Certificate, key: KeyObject, files: Pair, where: Pair): void => {
  if (process.platform !== 'win32' && (statSync(files.key).mode & 0o077) !== 0) {
    throw new UsageError(`${where.key} ${files.key} may be read by others`, `Run: chmod 600 ${files.key}`);
  }
  if (!cert.checkPrivateKey(key)) {
    const message = `${where.key} ${files.key} is not the key of ${where.cert} ${files.cert}`;
    throw new UsageError(message, 'Give the pair that was issued.');
  }
};

/** A certificate and its key: their files, or what the user calls them. */
interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Reads a certificate (its chain behind it, if it has one) and its key, as PEM texts. Throws UsageError. */
export const readCertificate = (files: Pair, where: Pair): Pair => {
  const cert = read(files.cert, where.cert, 'certificate', certificate);
  const key = read(files.key, where.key, 'private key', privateKey);
  refusePair(cert.parsed, key.parsed, files, where);
  return { cert: cert.pem, key: key.pem };
};

/** Reads the TLS files of a site. A key that others may read, or of another certificate, is refused. Throws UsageError. */
export const readTlsFiles = ({ tls }: Site): TlsMaterial => {
  const ca = tls.ca === null ? null : read(tls.ca, 'tls.ca', 'certificate', certificate);
  const cert = tls.cert === null ? null : read(tls.cert, 'tls.cert', 'certificate', certificate);
  const key = tls.key === null ? null : read(tls.key, 'tls.key', 'private key', privateKey);
  if (tls.key !== null && process.platform !== 'win32' && (statSync(tls.key).mode & 0o077) !== 0) {
    throw new UsageError(`tls.key ${tls.key} may be read by others`, `Run: chmod 600 ${tls.key}`);
  }
  if (cert !== null && key !== null && !cert.parsed.checkPrivateKey(key.parsed)) {
    throw new UsageError(`tls.key ${tls.key} is not the key of tls.cert ${tls.cert}`, 'Give the pair that was issued.');
  }
  return {
    ...(ca === null ? {} : { ca: ca.pem }),
    ...(cert === null ? {} : { cert: cert.pem }),
    ...(key === null ? {} : { key: key.pem }),
  };
};
