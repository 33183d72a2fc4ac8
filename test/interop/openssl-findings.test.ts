import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { tls } from '../../probes/tls.ts';
import { judged, row } from '../agent/fixtures.ts';
import { askingWith, questionTo } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';
import { serve } from './openssl-server.ts';

const name = 'sip.contoso.com';
const openssl = (...words: string[]): void => {
  execFileSync('openssl', words, { stdio: 'ignore' });
};

/** A root, an intermediate below it and a server below that, besides servers that sign themselves. */
const certificates = (t: Test): ((file: string) => string) => {
  const directory = t.testdir({});
  const path = (file: string): string => join(directory, file);
  const subject = (common: string): string[] => ['-nodes', '-subj', `/CN=${common}`];
  const own = (file: string, common: string, ...how: string[]): void =>
    openssl('req', '-x509', ...subject(common), ...how, '-keyout', path(`${file}.key`), '-out', path(`${file}.pem`));
  const below = (issuer: string, file: string, common: string, extension: string): void => {
    const request = ['-newkey', 'rsa:2048', '-keyout', path(`${file}.key`), '-out', path(`${file}.csr`)];
    openssl('req', ...subject(common), ...request);
    writeFileSync(path(`${file}.ext`), extension);
    const signer = ['-CA', path(`${issuer}.pem`), '-CAkey', path(`${issuer}.key`), '-CAcreateserial', '-days', '90'];
    const files = ['-in', path(`${file}.csr`), '-extfile', path(`${file}.ext`), '-out', path(`${file}.pem`)];
    openssl('x509', '-req', ...signer, ...files);
  };
  own('root', 'Contoso Root', '-newkey', 'rsa:2048', '-days', '90');
  below('root', 'middle', 'Contoso Issuing', 'basicConstraints=critical,CA:TRUE\n');
  below('middle', 'leaf', name, `subjectAltName=DNS:${name}\n`);
  writeFileSync(path('chain.pem'), readFileSync(path('middle.pem'), 'utf8') + readFileSync(path('root.pem'), 'utf8'));
  own('self', name, '-newkey', 'rsa:2048', '-days', '90');
  own('weak', name, '-newkey', 'rsa:1024', '-sha1', '-days', '90');
  return path;
};

t.test('what certificates and handshakes of openssl s_server tell', needing('openssl'), async (t) => {
  const path = certificates(t);
  const ca = readFileSync(path('root.pem'), 'utf8');
  const of = (file: string): string[] => ['-key', path(`${file}.key`), '-cert', path(`${file}.pem`)];

  /** The findings of a row at that server, as `code: message`. */
  const told = async (id: string, port: number, trusted?: string): Promise<string[]> => {
    const asking = askingWith(trusted === undefined ? {} : { tls: { ca: trusted } });
    const observation = await tls.run(questionTo('tls', port, { servername: name }), asking);
    const { report } = judged([{ rule: row(id), at: { edge1: observation } }]);
    return (report.rules[0]?.findings ?? []).map(({ code, message }) => `${code}: ${message}`);
  };
  const codes = async (...asked: Parameters<typeof told>): Promise<string[]> =>
    (await told(...asked)).map((one) => one.replace(/:.*/, ''));
  const [clients, servers] = ['external-sip-tcp-443-in', 'external-sip-tcp-5061-in'];

  await t.test('an intermediate that the server does not send', async (t) => {
    for (const version of ['-tls1_2', '-tls1_3']) {
      const bare = await serve(t, ...of('leaf'), version);
      t.same(await told(clients, bare, ca), [
        'certificate-chain-incomplete: it sent 1 certificate; the last was issued by CN=Contoso Issuing, who is neither sent nor in tls.ca',
      ]);
      t.same(await codes(clients, bare), [], `${version}: without tls.ca, trust is not judged`);
      const whole = await serve(t, ...of('leaf'), version, '-cert_chain', path('middle.pem'));
      t.same(
        await codes(clients, whole, ca),
        [],
        `${version}: with it, nothing is missing, though the root is not sent`,
      );
      const rooted = await serve(t, ...of('leaf'), version, '-cert_chain', path('chain.pem'));
      const stranger = readFileSync(path('self.pem'), 'utf8');
      t.same(await codes(clients, rooted, stranger), [], `${version}: a whole chain of a CA that is not ours`);
    }
  });

  await t.test('self-signed, weak', async (t) => {
    t.same(await codes(clients, await serve(t, ...of('self'))), ['certificate-self-signed']);
    const own = readFileSync(path('self.pem'), 'utf8');
    t.same(await codes(clients, await serve(t, ...of('self')), own), [], 'trusted by hand');
    const weak = await told(clients, await serve(t, ...of('weak'), '-no_tls1_3', '-cipher', 'DEFAULT@SECLEVEL=0'));
    t.match(weak, [/^legacy-tls: .* sha1WithRSAEncryption/, /^weak-key: .*sha1.* and its key has 1024 bits$/, /^cert/]);
  });

  await t.test('client certificates, against the row', async (t) => {
    for (const version of ['-tls1_2', '-tls1_3']) {
      const free = await serve(t, ...of('leaf'), version);
      t.same(await codes(servers, free), ['mtls-not-requested'], version);
      const strict = await serve(t, ...of('leaf'), version, '-Verify', '1', '-verify_return_error');
      t.same(await codes(clients, strict), ['client-certificate-required'], version);
      t.same(await codes(servers, strict), ['mtls-unfinished'], version);
      const asking = await serve(t, ...of('leaf'), version, '-verify', '1');
      t.same(await codes(clients, asking), [], `${version}: asking is not insisting`);
      t.same(await codes(servers, asking), [], version);
    }
  });
});
