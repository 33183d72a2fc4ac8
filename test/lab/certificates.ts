import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './net.ts';

/** What may be wrong with a TLS server. `tls1` keeps the good certificate and speaks only TLS 1.0. */
export type Variant = 'good' | 'tls1' | 'expired' | 'wrong-name' | 'weak';

/** A certificate and its key, as paths of PEM files. */
export interface Certificate {
  cert: string;
  key: string;
}

/** The lab's certificate authority, in a folder of its own. */
export interface Authority {
  /** Path of the CA certificate (PEM). */
  ca: string;
  /** The certificate of the given kind for these DNS names; the first is the subject. Made once, then remembered. */
  issue(names: readonly string[], variant?: Variant): Certificate;
}

const day = 86_400_000;
// The form `openssl ca` wants: YYYYMMDDHHMMSSZ.
const stamp = (time: number): string => new Date(time).toISOString().replace(/[-:T]|\.\d+/g, '');

const caConfig = (folder: string): string => `[ca]
default_ca = lab
[lab]
database = ${folder}/index
new_certs_dir = ${folder}
rand_serial = yes
unique_subject = no
policy = any
copy_extensions = copy
certificate = ${folder}/ca.pem
private_key = ${folder}/ca.key
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[v3_ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
`;

/** Makes a CA in `folder` with the openssl program. `now` in milliseconds since the epoch. */
export const createAuthority = (folder: string, now: number): Authority => {
  const file = (name: string): string => join(folder, name);
  const config = file('openssl.cnf');
  writeFileSync(config, caConfig(folder));
  writeFileSync(file('index'), '');
  const subject = (name: string): string[] => ['-subj', `/CN=${name}`, '-config', config];
  const ca = [
    ...subject('edgeprobe lab CA'),
    '-extensions',
    'v3_ca',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
  ];
  must(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-sha256', '-days', '365', ...ca]);
  // One key for all good certificates: keys are what takes time, and nobody in the lab compares them.
  must(['openssl', 'genrsa', '-out', file('good.key'), '2048']);

  const issued = new Map<string, Certificate>();
  const make = (names: readonly string[], variant: Variant): Certificate => {
    const base = file(`${names[0] ?? 'nobody'}-${variant}`);
    const weak = variant === 'weak';
    const key = weak ? `${base}.key` : file('good.key');
    if (weak) must(['openssl', 'genrsa', '-out', key, '1024']);
    const shown = variant === 'wrong-name' ? ['somebody-else.example'] : names;
    const san = `subjectAltName=${shown.map((name) => `DNS:${name}`).join(',')}`;
    const csr = `${base}.csr`;
    must(['openssl', 'req', '-new', '-key', key, '-out', csr, '-addext', san, ...subject(shown[0] ?? 'nobody')]);
    const [from, to] = variant === 'expired' ? [now - 60 * day, now - day] : [now - day, now + 365 * day];
    const validity = ['-startdate', stamp(from), '-enddate', stamp(to)];
    const digest = ['-md', weak ? 'sha1' : 'sha256'];
    const files = ['-in', csr, '-out', `${base}.pem`];
    must(['openssl', 'ca', '-batch', '-notext', '-config', config, ...validity, ...digest, ...files]);
    return { cert: `${base}.pem`, key };
  };
  return {
    ca: file('ca.pem'),
    issue(names, variant = 'good') {
      const kind = variant === 'tls1' ? 'good' : variant;
      const id = `${kind} ${names.join(' ')}`;
      const certificate = issued.get(id) ?? make(names, kind);
      issued.set(id, certificate);
      return certificate;
    },
  };
};
