import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hashSync } from 'bcryptjs';
import t from 'tap';
import { FileError } from '../../agent/file-error.ts';
import { readWebConfig, watchWebConfig } from '../../agent/web-config.ts';
import { readTextFile } from '../../agent/yaml-file.ts';
import { generateCertificate } from '../../probes/certificate.ts';
import { fetchFrom, serving } from './serving.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'edgeprobe-web-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** Writes beside and renames, as tools do. */
const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
  return file;
};

const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

const certificate = (names: string[]) => generateCertificate({ names, days: 9, now: new Date() });

t.test('what cannot be used is refused, with its place', async (t) => {
  const hash = hashSync('secret', 4);
  const [one, two] = [await certificate(['one.example']), await certificate(['two.example'])];
  const cases: [string, RegExp | null][] = [
    ['', /the file is empty/],
    ['# nothing\n', /./],
    [`basic_auth_users: { ann: "${hash}" }\n`, null],
    ['http_server_config: { http2: true, headers: { X-Frame-Options: SAMEORIGIN } }\n', null],
    ['basic_auth_users: { ann: sesame }\n', /:1:\d+: basic_auth_users\.ann: expected a bcrypt hash/],
    [`basic_auth_users: { ann: "${hash.replace('$04$', '$31$')}" }\n`, /cost from 4 to 16/],
    ['tls_server_config: { cert_file: a }\n', /either key_file or key/],
    [
      'tls_server_config: { cert_file: gone.pem, key_file: gone.pem }\n',
      /cert_file gone\.pem cannot be read \(ENOENT\)/,
    ],
    ['tls_server_config: { cert: x, key: x, cert_file: y }\n', /either cert_file or cert/],
    ['tls_server_config: { cert: x, key: x, client_auth_type: RequireAndVerifyClientCert }\n', /verified by whom/],
    ['tls_server_config: { cert: x, key: x, client_ca_file: y }\n', /of no use unless/],
    ['tls_server_config: { cert: x, key: x, cipher_suites: [a] }\n', /cipher_suites/],
    ['tls_server_config: { cert: x, key: x }\n', /there is no certificate that can be read/],
    [
      `tls_server_config: ${JSON.stringify({ cert: one.cert, key: 'x' })}\n`,
      /there is no private key that can be read/,
    ],
    [
      `tls_server_config: ${JSON.stringify({ cert: one.cert, key: two.key })}\n`,
      /the key is not that of the certificate/,
    ],
    [`tls_server_config: ${JSON.stringify({ ...one, client_auth_type: 'NoClientCert' })}\n`, null],
    [`tls_server_config: ${JSON.stringify({ ...one, min_version: 'TLS13', max_version: 'TLS12' })}\n`, /is above/],
    ['rate_limit: { interval: 1s }\n', /rate_limit/],
    ['http_server_config: { headers: { X-Other: y } }\n', /X-Other/],
    ['http_server_config: { headers: { X-Frame-Options: "a\\r\\nB: c" } }\n', /one line of ASCII/],
    ['basic_auth_users: [\n', /:\d+:\d+/],
  ];
  for (const [text, problem] of cases) {
    const file = write('case.yaml', text);
    try {
      readWebConfig(file, readTextFile);
      t.equal(problem, null, text);
    } catch (error) {
      t.ok(error instanceof FileError);
      t.match((error as Error).message, problem ?? /never/, text);
      t.notMatch((error as Error).message, /\$\d\d\$[./A-Za-z0-9]{9}|sesame/, 'no secret is quoted');
    }
  }
});

t.test('users, and the file as it is now', async (t) => {
  const file = write('users.yaml', `basic_auth_users: { ann: "${hashSync('right', 4)}" }\n`);
  const complaints: Error[] = [];
  let renewed = 0;
  const config = watchWebConfig(
    file,
    readTextFile,
    (error) => complaints.push(error),
    () => renewed++,
  );
  const { port, close } = await serving({ config });
  t.teardown(close);
  const status = async (headers: Record<string, string> = {}, at = '/metrics'): Promise<number> =>
    (await fetchFrom(port, at, { headers })).status;
  t.equal(await status(), 401);
  t.equal(await status({}, '/-/healthy'), 401, 'everything is behind it');
  t.equal(await status({}, '/nothing'), 401, 'also what is not there');
  t.match((await fetchFrom(port, '/')).headers['www-authenticate'], /^Basic /);
  t.equal(await status(basic('ann', 'right')), 200);
  t.equal(await status({ ...basic('ann', 'right'), host: 'agent.contoso.com' }), 200, 'under any name');
  t.equal(await status(basic('ann', 'wrong')), 401);
  t.equal(await status(basic('bob', 'right')), 401);
  t.equal(await status(basic('__proto__', 'right')), 401);
  t.equal(await status({ authorization: 'Basic %%%' }), 401);
  t.equal(await status({ authorization: 'Bearer x' }), 401);

  write('users.yaml', `basic_auth_users: { bob: "${hashSync('new', 4)}" }\n`);
  t.equal(await status(basic('ann', 'right')), 401, 'what was remembered does not outlive the file');
  t.equal(await status(basic('bob', 'new')), 200);
  t.equal(renewed, 1, 'and that it is another one is told once');
  write('users.yaml', 'basic_auth_users: { bob: broken }\n');
  t.equal(await status(basic('bob', 'new')), 200, 'a bad file changes nothing');
  t.equal(await status(), 401, 'and opens nothing');
  t.equal(complaints.length, 1, 'and is told once');
  t.equal(renewed, 1);
  rmSync(file);
  t.equal(await status(), 401, 'nor does a file that is gone');
});

t.test('TLS, client certificates, and new ones without a restart', async (t) => {
  const [server, client, stranger] = await Promise.all([
    certificate(['agent.example']),
    certificate(['prometheus.example']),
    certificate(['stranger.example']),
  ]);
  write('server.pem', server.cert);
  write('server.key', server.key);
  write('client.pem', client.cert);
  const tlsPart = (auth: string): string =>
    `tls_server_config: { cert_file: server.pem, key_file: server.key, ${auth} }\nhttp_server_config: { headers: { Strict-Transport-Security: max-age=60 } }\n`;
  const file = write('tls.yaml', tlsPart('client_auth_type: NoClientCert'));
  const refused: string[] = [];
  const config = watchWebConfig(
    file,
    readTextFile,
    ({ message }) => refused.push(message),
    () => undefined,
  );
  const { port, close, complaints } = await serving({ config });
  t.teardown(close);
  const tls = { tls: true, ca: server.cert, servername: 'agent.example' };
  const ask = async (as?: { cert: string; key: string }) => fetchFrom(port, '/metrics', { ...tls, ...as });
  t.match(await ask(), { status: 200, headers: { 'strict-transport-security': 'max-age=60' } });
  t.equal((await fetchFrom(port, '/metrics')).status, 0, 'plain HTTP is not served beside it');

  write('tls.yaml', tlsPart('client_auth_type: RequireAndVerifyClientCert, client_ca_file: client.pem'));
  t.equal((await ask()).status, 403, 'a certificate is wanted now');
  t.equal((await ask(stranger)).status, 403, 'not anybody’s');
  t.equal((await ask(client)).status, 200);
  write('tls.yaml', tlsPart('client_auth_type: RequireAnyClientCert'));
  t.strictSame([(await ask()).status, (await ask(stranger)).status], [403, 200]);
  write('tls.yaml', tlsPart('client_auth_type: VerifyClientCertIfGiven, client_ca_file: client.pem'));
  t.strictSame([(await ask()).status, (await ask(stranger)).status, (await ask(client)).status], [200, 403, 200]);

  const renewed = await certificate(['agent.example']);
  write('server.key', renewed.key);
  t.equal((await ask()).status, 200, 'half a pair changes nothing');
  write('server.pem', renewed.cert);
  const before = await ask();
  t.equal(before.status, 0, 'the old certificate is not shown any more');
  t.equal((await fetchFrom(port, '/metrics', { ...tls, ca: renewed.cert })).status, 200);
  t.match(refused.splice(0), [/the key is not that of the certificate/]);
  write('server.pem', 'rubbish');
  t.equal((await fetchFrom(port, '/metrics', { ...tls, ca: renewed.cert })).status, 200, 'rubbish changes nothing');
  t.match(refused, [/there is no certificate that can be read/], 'told once');
  t.strictSame(complaints, [], 'and never given to the TLS library');
});
