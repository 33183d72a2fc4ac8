import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { FileError } from './file-error.ts';
import { parseYaml } from './yaml-file.ts';

const clientAuthTypes = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

/** What is asked of a client's certificate; the words are those of Go's crypto/tls. */
export type ClientAuth = (typeof clientAuthTypes)[number];

const versions = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** TLS as the web config file wants it: PEM texts. */
export interface WebTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | null;
  readonly clientAuth: ClientAuth;
  readonly minVersion: (typeof versions)[keyof typeof versions];
  readonly maxVersion: (typeof versions)[keyof typeof versions];
}

/** How the agent's HTTP server is protected. */
export interface WebConfig {
  readonly tls: WebTls | null;
  /** bcrypt hashes by user. Empty: nobody is asked. */
  readonly users: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string>>;
  /** The files it was read from. */
  readonly files: readonly string[];
}

/** Without a file: plain HTTP for everybody who reaches it. */
export const openWebConfig: WebConfig = { tls: null, users: new Map(), headers: {}, files: [] };

/** 20 is twenty minutes of computing for one wrong password: nobody means that. */
const bcryptHash = /^\$2[abxy]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$/;

const headerValue = z.string().regex(/^[\x20-\x7e]*$/, 'expected one line of ASCII');

const schema = z.strictObject({
  tls_server_config: z
    .strictObject({
      cert_file: z.string().min(1).optional(),
      key_file: z.string().min(1).optional(),
      cert: z.string().min(1).optional(),
      key: z.string().min(1).optional(),
      client_auth_type: z.enum(clientAuthTypes).default('NoClientCert'),
      client_ca_file: z.string().min(1).optional(),
      min_version: z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13']).default('TLS12'),
      max_version: z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13']).default('TLS13'),
    })
    .superRefine((tls, context) => {
      const refuse = (at: string, message: string): void => context.addIssue({ code: 'custom', path: [at], message });
      if ((tls.cert_file === undefined) === (tls.cert === undefined))
        refuse('cert_file', 'give either cert_file or cert');
      if ((tls.key_file === undefined) === (tls.key === undefined)) refuse('key_file', 'give either key_file or key');
      const verifies = /Verify/.test(tls.client_auth_type);
      if (verifies && tls.client_ca_file === undefined)
        refuse('client_auth_type', `${tls.client_auth_type} needs client_ca_file: verified by whom?`);
      if (!verifies && tls.client_ca_file !== undefined)
        refuse('client_ca_file', 'a client CA is of no use unless client_auth_type verifies certificates');
    })
    .nullish(),
  http_server_config: z
    .strictObject({
      http2: z.boolean().optional().meta({ description: 'Accepted for compatibility: HTTP/1.1 is spoken.' }),
      headers: z
        .strictObject({
          'Strict-Transport-Security': headerValue.optional(),
          'Content-Security-Policy': headerValue.optional(),
          'X-Frame-Options': headerValue.optional(),
          'X-Content-Type-Options': headerValue.optional(),
          'X-XSS-Protection': headerValue.optional(),
        })
        .nullish(),
    })
    .nullish(),
  basic_auth_users: z
    .record(
      z.string().regex(/^[^:\x00-\x1f\x7f]{1,128}$/, 'expected a user name without a colon'),
      z.string().regex(bcryptHash, 'expected a bcrypt hash ($2a$, $2b$ or $2y$) of a cost from 4 to 16'),
    )
    .nullish(),
});

const fileError = (file: string, message: string): FileError =>
  new FileError(file, [{ line: 1, column: 1, path: '', message }]);

const readPem = (file: string, base: string, where: string): string => {
  try {
    return readFileSync(path.resolve(path.dirname(base), file), 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw fileError(base, `${where} ${file} cannot be read (${code})`);
  }
};

/** Looks into certificate and key now, and not at the first connection. No message quotes anything of a key. */
const usable = (file: string, tls: WebTls): WebTls => {
  const refuse = (why: string): FileError => fileError(file, `tls_server_config: ${why}`);
  const parsed = <T>(what: string, parse: () => T): T => {
    try {
      return parse();
    } catch {
      throw refuse(`there is no ${what} that can be read (PEM, a key without a passphrase)`);
    }
  };
  if (tls.minVersion > tls.maxVersion) throw refuse('min_version is above max_version');
  const certificate = parsed('certificate', () => new X509Certificate(tls.cert));
  const key = parsed('private key', () => createPrivateKey(tls.key));
  if (!certificate.checkPrivateKey(key)) throw refuse('the key is not that of the certificate');
  const { ca } = tls;
  if (ca !== null) parsed('certificate in client_ca_file', () => new X509Certificate(ca));
  return tls;
};

/**
 * Reads a web config file, in the format of Prometheus' exporter toolkit; paths in it are relative to it. What we cannot
 * do (cipher_suites, client_allowed_sans, rate_limit and so on) is refused, never ignored.
 * @throws FileError with every problem, each with line and column. No message quotes a hash or a key.
 */
export const readWebConfig = (file: string, read: (file: string) => string): WebConfig => {
  const parsed = parseYaml(read(file), schema.nullable());
  if (!parsed.ok) throw new FileError(file, parsed.problems);
  const given = parsed.value ?? {};
  const tls = given.tls_server_config ?? null;
  const files = [file, tls?.cert_file, tls?.key_file, tls?.client_ca_file].flatMap((one) =>
    one === undefined ? [] : [path.resolve(path.dirname(file), one)],
  );
  const pem = (name: string | undefined, inline: string | undefined, where: string): string =>
    inline ?? readPem(name ?? '', file, where);
  const headers = Object.entries(given.http_server_config?.headers ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return {
    tls:
      tls === null
        ? null
        : usable(file, {
            cert: pem(tls.cert_file, tls.cert, 'cert_file'),
            key: pem(tls.key_file, tls.key, 'key_file'),
            ca: tls.client_ca_file === undefined ? null : readPem(tls.client_ca_file, file, 'client_ca_file'),
            clientAuth: tls.client_auth_type,
            minVersion: versions[tls.min_version],
            maxVersion: versions[tls.max_version],
          }),
    users: new Map(Object.entries(given.basic_auth_users ?? {})),
    headers: Object.fromEntries(headers),
    files: [path.resolve(file), ...files.slice(1)],
  };
};

/** What changes when a file is written or replaced; a file that is not there has a stamp, too. */
export const fileStamp = (files: readonly string[]): string =>
  files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? 'none' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    })
    .join(' ');

/**
 * The web configuration at every moment: read again when one of its files changed. One that cannot be used any more
 * changes nothing, `complain` is told once; of another one that is in force from now on, `renewed`.
 * @throws FileError if it cannot be used at the start
 */
export const watchWebConfig = (
  file: string,
  read: (file: string) => string,
  complain: (error: Error) => void,
  renewed: () => void,
): (() => WebConfig) => {
  let config = readWebConfig(file, read);
  let stamp = fileStamp(config.files);
  return () => {
    const now = fileStamp(config.files);
    if (now === stamp) return config;
    stamp = now;
    try {
      config = readWebConfig(file, read);
      stamp = fileStamp(config.files);
      renewed();
    } catch (error) {
      complain(error instanceof Error ? error : new Error(String(error)));
    }
    return config;
  };
};
