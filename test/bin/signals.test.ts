import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { ownLoopback } from '../loopback.ts';
import { type Ended, start } from './command.ts';
import { assertReport } from './report-shape.ts';

/** A listener that takes connections and never says a word; `heard` resolves with the first of them. */
const silent = async (t: Test): Promise<{ port: number; heard: Promise<void> }> => {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  const heard = new Promise<void>((resolve) => server.once('connection', () => resolve()));
  await new Promise<void>((resolve) => server.listen(0, ownLoopback, resolve));
  t.teardown(() => server.close());
  const bound = server.address();
  return { port: typeof bound === 'object' && bound ? bound.port : 0, heard };
};

const siteFor = (port: number): string =>
  JSON.stringify({
    site: 'silent',
    packs: ['lync2013-edge-public'],
    servers: { edge1: { 'access-edge': { address: ownLoopback, ports: { 443: port, 5061: port, 5269: port } } } },
    timeouts: { check: '60s' },
  });

/** The end of a command, or an error if it outlives the signal by far: its own deadline is a minute. */
const soon = async (ended: Promise<Ended>): Promise<Ended> => {
  const late = AbortSignal.timeout(40_000);
  const tooLate = new Promise<never>((_, reject) => {
    late.addEventListener('abort', () => reject(new Error('still running long after the signal')));
  });
  return Promise.race([ended, tooLate]);
};

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  t.test(`${signal}: the partial report, and exit ${code}`, async (t) => {
    const { port, heard } = await silent(t);
    const cwd = t.testdir({ 'site.yaml': siteFor(port) });
    const words = ['check', '--config', 'site.yaml', '--vantage', 'outside', '--format', 'json', '--output', 'run.txt'];
    const { child, ended } = start(words, { cwd });
    await heard;
    child.kill(signal);
    const result = await soon(ended);
    t.match(result, { code, signal: null, stderr: '' });
    const report: unknown = JSON.parse(result.stdout);
    assertReport(t, report);
    t.match(
      report,
      { run: { interrupted: true }, summary: { pass: 0, fail: 0 } },
      'silence that we cut short fails nobody',
    );
    t.match(readFileSync(path.join(cwd, 'run.txt'), 'utf8'), new RegExp(`exit ${code}`));
  });
}

t.test('SIGINT ends a probe as well', async (t) => {
  const { port, heard } = await silent(t);
  const words = [
    'probe',
    'tls',
    `${ownLoopback}:${port}`,
    '--timeout',
    '60s',
    '--format',
    'json',
    '--expect',
    'answered',
  ];
  const { child, ended } = start(words, { cwd: t.testdir() });
  await heard;
  child.kill('SIGINT');
  const { code, stdout, stderr } = await soon(ended);
  t.match({ code, stderr }, { code: 130, stderr: '' });
  t.match(JSON.parse(stdout), { probe: 'tls', target: { port } });
});

t.test('a resolver that never answers does not keep an interrupted run alive', async (t) => {
  const stuck = `
    import dns from 'node:dns';
    import { syncBuiltinESMExports } from 'node:module';
    dns.promises.lookup = () => { process.stderr.write('LOOKUP'); return new Promise(() => setInterval(() => {}, 1e6)); };
    syncBuiltinESMExports();
  `;
  const cwd = t.testdir({ 'stuck.mjs': stuck });
  const { child, ended } = start(['probe', 'tls', 'av.contoso.example', '--format', 'json'], {
    cwd,
    preload: path.join(cwd, 'stuck.mjs'),
  });
  await new Promise((resolve) => child.stderr?.once('data', resolve));
  child.kill('SIGTERM');
  const { code, stdout } = await soon(ended);
  t.equal(code, 143);
  t.match(JSON.parse(stdout), { outcome: 'unresolved' });
});

t.test('the second signal ends the process at once', async (t) => {
  const signals = fileURLToPath(new URL('../../bin/signals.js', import.meta.url));
  const busy = `
    import { interruptible } from ${JSON.stringify(signals)};
    const { signal, exitCode } = interruptible();
    setInterval(() => {}, 1e6);
    signal.addEventListener('abort', () => process.stdout.write('first ' + exitCode()));
    process.stdout.write('ready');
  `;
  const cwd = t.testdir({ 'busy.mjs': busy });
  const { child, ended } = start([], { cwd, file: path.join(cwd, 'busy.mjs') });
  const said = (): Promise<unknown> => new Promise((resolve) => child.stdout?.once('data', resolve));
  await said();
  child.kill('SIGINT');
  await said();
  child.kill('SIGTERM');
  t.match(await soon(ended), { code: 143, stdout: 'readyfirst 130' });
});
