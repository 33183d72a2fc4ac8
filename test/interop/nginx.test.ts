import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { http } from '../../probes/http.ts';
import type { ProbeOptions } from '../../probes/probe.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { askingWith, questionTo } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';
import { inForeground } from './foreground.ts';

const openssl = (folder: string, ...argv: string[]): SpawnSyncReturns<string> => {
  const done = spawnSync('openssl', argv, { cwd: folder, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`openssl ${argv[0]}: ${done.stderr}`);
  return done;
};

const authority = `[ca]
default_ca = own
[own]
database = index
certificate = ca.pem
private_key = ca.key
default_md = sha256
[req]
distinguished_name = dn
[dn]
`;

/** Makes a CA and its list of nothing, as DER, in this folder. */
const makeCrl = (folder: string, file: string): void => {
  writeFileSync(join(folder, 'ca.cnf'), authority);
  writeFileSync(join(folder, 'index'), '');
  const subject = ['-subj', '/CN=Interop CA', '-config', 'ca.cnf'];
  openssl(folder, 'req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-keyout', 'ca.key', '-out', 'ca.pem', ...subject);
  openssl(folder, 'ca', '-config', 'ca.cnf', '-gencrl', '-crldays', '7', '-out', 'crl.pem');
  openssl(folder, 'crl', '-in', 'crl.pem', '-outform', 'DER', '-out', file);
};

/** Starts nginx with a list, a page in chunks and a redirection, in the clear and over TLS. */
const nginx = async (t: Test): Promise<{ readonly plain: number; readonly secured: number }> => {
  const folder = t.testdir({});
  mkdirSync(join(folder, 'www'));
  const certificate = await generateCertificate({ names: ['edge1.contoso.internal'], days: 1, now: new Date() });
  writeFileSync(join(folder, 'cert.pem'), certificate.cert);
  writeFileSync(join(folder, 'cert.key'), certificate.key);
  makeCrl(folder, join(folder, 'www', 'lab.crl'));
  writeFileSync(join(folder, 'www', 'big.txt'), 'chunk '.repeat(100_000));
  const [plain, secured] = [await freePort(), await freePort()];
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const config = `
    daemon off;
    master_process off;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    pid ${folder}/pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      types { application/pkix-crl crl; text/plain txt; }
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}
      server {
        listen ${ownLoopback}:${plain};
        listen ${ownLoopback}:${secured} ssl;
        ssl_certificate ${folder}/cert.pem;
        ssl_certificate_key ${folder}/cert.key;
        root ${folder}/www;
        location /moved { return 302 /lab.crl; }
        location /big.txt { ssi on; ssi_types *; }
      }
    }`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  const args = ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')];
  await inForeground(t, { program: 'nginx', args, ports: [plain, secured], patienceSeconds: 60 });
  return { plain, secured };
};

t.test('nginx, a web server that we did not write', needing('nginx', 'openssl'), async (t) => {
  const { plain, secured } = await nginx(t);
  const get = (path: string) =>
    http.run(questionTo('http', plain, { url: `http://crl.contoso.com${path}` }), askingWith());

  await t.test('a list that openssl made', async (t) => {
    const seen = await get('/lab.crl');
    t.match(seen, {
      outcome: 'answered',
      failure: null,
      facts: {
        status: 200,
        server: /^nginx\//,
        contentType: 'application/pkix-crl',
        complete: true,
        crlIssuer: 'CN=Interop CA',
        crlEntries: 0,
      },
    });
    const days =
      (Date.parse(String(seen.facts['crlNextUpdate'])) - Date.parse(String(seen.facts['crlThisUpdate']))) / 86_400_000;
    t.equal(days, 7);
  });

  await t.test('a body in chunks', async (t) => {
    t.match((await get('/big.txt')).facts, { status: 200, bytes: 600_000, complete: true });
  });

  await t.test('statuses that are no success', async (t) => {
    t.match(await get('/nothing'), { outcome: 'answered', facts: { status: 404, complete: true } });
    t.match(await get('/moved'), { outcome: 'answered', facts: { status: 302, location: /lab\.crl$/ } });
  });

  await t.test('the same over TLS', async (t) => {
    const options: ProbeOptions = {
      security: 'tls',
      url: 'https://edge1.contoso.internal/lab.crl',
      servername: 'edge1.contoso.internal',
    };
    t.match(await http.run(questionTo('http', secured, options), askingWith()), {
      outcome: 'answered',
      failure: null,
      facts: {
        status: 200,
        crlIssuer: 'CN=Interop CA',
        tls: { certificate: { subject: 'CN=edge1.contoso.internal' } },
      },
    });
    const clear = await http.run(questionTo('http', secured, { url: 'http://edge1.contoso.internal/' }), askingWith());
    t.match(clear.facts, { status: 400 }, 'HTTP to its TLS port');
    const hello = await http.run(questionTo('http', plain, options, 3), askingWith());
    t.match(hello, { outcome: 'open', failure: { step: 'tls' } }, 'TLS to its HTTP port');
  });
});
