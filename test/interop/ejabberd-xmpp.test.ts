import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ProbeOptions } from '../../probes/probe.ts';
import { xmpp } from '../../probes/xmpp.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { askingWith, questionTo } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';
import { inForeground } from './foreground.ts';

/** Where the package keeps its Erlang libraries: only its wrapper knows. */
const libraries = (): string => {
  const wrapper = execFileSync('sh', ['-c', 'command -v ejabberdctl'], { encoding: 'utf8' }).trim();
  const [, path] = /^ERL_LIBS='?([^'\n]+)'?$/m.exec(readFileSync(wrapper, 'utf8')) ?? [];
  if (path === undefined) throw new Error(`${wrapper} does not set ERL_LIBS`);
  return path;
};

interface Made {
  /** The file with the certificate and its key, as ejabberd reads them. */
  readonly file: string;
  /** SHA-256, as openssl prints it. */
  readonly fingerprint: string;
}

const certificateOf = (directory: string): Made => {
  const key = join(directory, 'key.pem');
  const cert = join(directory, 'cert.pem');
  const file = join(directory, 'both.pem');
  const openssl = (...args: string[]): string =>
    execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const names = ['-subj', '/CN=contoso.com', '-addext', 'subjectAltName=DNS:contoso.com'];
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-sha256', ...names, '-keyout', key, '-out', cert);
  writeFileSync(file, readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'));
  const fingerprint = openssl('x509', '-in', cert, '-noout', '-fingerprint', '-sha256').trim().replace(/^.*=/, '');
  return { file, fingerprint };
};

interface Ejabberd {
  readonly plain: number;
  readonly secured: number;
  readonly fingerprint: string;
}

/** Starts ejabberd for contoso.com, with its server-to-server port and one that is TLS from the first byte. */
const ejabberd = async (t: Test): Promise<Ejabberd> => {
  const directory = t.testdir({});
  const { file: certfile, fingerprint } = certificateOf(directory);
  const plain = await freePort();
  const secured = await freePort();
  const listener = { ip: ownLoopback, module: 'ejabberd_s2s_in' };
  const file = join(directory, 'ejabberd.yml');
  const database = join(directory, 'database');
  mkdirSync(database);
  // JSON is YAML.
  writeFileSync(
    file,
    JSON.stringify({
      hosts: ['contoso.com'],
      loglevel: 'warning',
      certfiles: [certfile],
      s2s_use_starttls: 'required',
      listen: [
        { ...listener, port: plain },
        { ...listener, port: secured, tls: true },
      ],
      modules: { mod_s2s_dialback: {} },
    }),
  );
  // Its wrapper changes the user, names the node and so starts epmd, which stays: Erlang is run without a name instead.
  await inForeground(t, {
    program: 'erl',
    args: ['+S', '1:1', '-noinput', '-mnesia', 'dir', JSON.stringify(database), '-s', 'ejabberd'],
    env: {
      HOME: directory,
      ERL_LIBS: libraries(),
      ERL_CRASH_DUMP: join(directory, 'crash.dump'),
      EJABBERD_CONFIG_PATH: file,
      EJABBERD_LOG_PATH: join(directory, 'ejabberd.log'),
    },
    ports: [plain, secured],
    patienceSeconds: 60,
  });
  return { plain, secured, fingerprint };
};

t.setTimeout(600_000);

t.test('ejabberd, another server that we did not write', needing('ejabberdctl', 'erl', 'openssl'), async (t) => {
  const { plain, secured, fingerprint } = await ejabberd(t);
  const options: ProbeOptions = { from: 'edgeprobe.example', to: 'contoso.com' };
  const ask = (port: number, over: ProbeOptions = {}) =>
    xmpp.run(questionTo('xmpp', port, { ...options, ...over }), askingWith());
  const tls = {
    protocol: /^TLSv1\.[23]$/,
    nameMatches: true,
    clientCertificateRequested: true,
    certificate: {
      subject: 'CN=contoso.com',
      sans: ['contoso.com'],
      fingerprint256: fingerprint,
      keyType: 'rsa',
      keyBits: 2048,
      signature: 'sha256WithRSAEncryption',
      selfSigned: true,
    },
  };

  await t.test('stream, features, STARTTLS, the certificate, and the features after it', async (t) => {
    const seen = await ask(plain);
    t.match(fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    t.match(seen, {
      outcome: 'answered',
      failure: null,
      facts: {
        streamId: /^\d+$/,
        streamFrom: 'contoso.com',
        features: ['starttls', 'sasl', 'dialback'],
        starttls: 'required',
        saslMechanisms: ['EXTERNAL'],
        dialback: true,
        streamError: null,
        tls,
      },
    });
    t.same(
      seen.steps.map(({ step }) => step),
      ['connect', 'stream', 'starttls', 'stream-tls'],
    );
  });

  await t.test('a domain that it does not serve', async (t) => {
    t.match(await ask(plain, { to: 'fabrikam.com' }), {
      outcome: 'answered',
      failure: null,
      facts: { streamId: /^\d+$/, features: null, starttls: null, streamError: 'host-unknown' },
    });
  });

  await t.test('TLS from the first byte: no STARTTLS is left to offer', async (t) => {
    t.match(await ask(secured, { security: 'mtls' }), {
      outcome: 'answered',
      failure: null,
      facts: { streamFrom: 'contoso.com', features: ['sasl', 'dialback'], starttls: 'absent', tls },
    });
  });

  await t.test('TLS where it speaks in the clear: it answers with a stream', async (t) => {
    t.match(await ask(plain, { security: 'mtls' }), {
      outcome: 'open',
      failure: { step: 'tls', code: 'not-tls' },
      facts: { tls: { firstBytes: { text: /^<\?xml/ } } },
    });
  });
});
