import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createServer } from 'node:tls';
import t, { type Test } from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { edgeprobe, isRefusal, start } from './command.ts';
import { assertReport } from './report-shape.ts';
import { type Standing, standing } from './standing.ts';

t.setTimeout(600_000);

const outside = ['check', '--vantage', 'outside', '--config', 'site.yaml'];
const psom = 'external-psom-tcp-443-in';

interface Row {
  readonly rule: string;
  readonly verdict: string;
  readonly kept?: { readonly run: string; readonly at: string };
  readonly checks: readonly { readonly startedAt: string }[];
}
interface Run {
  readonly run: { readonly id: string; readonly interrupted: boolean };
  readonly startedAt: string;
  readonly rules: readonly Row[];
  readonly controls: readonly unknown[];
}

const runIn = (t: Test, { read }: Standing, file: string): Run => {
  const value: unknown = JSON.parse(read(file));
  assertReport(t, value);
  return value as Run;
};

const rowOf = ({ rules }: Run, id: string): Row => {
  const row = rules.find(({ rule }) => rule === id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
};

/** The service that the stand-in does not offer any more, at the port where it was: a TLS server that comes later. */
const repair = async (t: Test, port: number): Promise<void> => {
  const { cert, key } = await generateCertificate({ names: ['webcon.contoso.example'], days: 90, now: new Date() });
  const server = createServer({ cert, key }, (socket) => socket.on('error', () => undefined).end());
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => server.close());
};

const broken = async (t: Test): Promise<Standing & { readonly port: number }> => {
  const stands = await standing(t);
  await stands.standIn.withdraw(psom);
  const port = Number(stands.standIn.ports.get('edge1/webconf-edge')?.['443']);
  return { ...stands, port };
};

t.test('--again asks what had not passed and keeps the rest, which says when it was asked', async (t) => {
  const stands = await broken(t);
  const { cwd, port } = stands;
  t.equal((await edgeprobe([...outside, '--output', 'run.json'], { cwd })).code, 1);
  const before = runIn(t, stands, 'run.json');

  await repair(t, port);
  const words = ['--again', 'run.json', '--output', 'again.json', '--format', 'table'];
  const { code, stdout, stderr } = await edgeprobe([...outside, ...words], { cwd });
  t.equal(code, 0);
  t.match(stderr, /^edgeprobe: \S+Z \(\w{3} .*\) external-psom-tcp-443-in: pass answered, was fail refused\n$/);
  t.match(stdout, /result +PASS, exit 0/);
  t.match(stdout, /kept +\d+ rows not asked again, the oldest answer is from 20/);

  const after = runIn(t, stands, 'again.json');
  t.strictSame(
    after.rules.map(({ rule }) => rule),
    before.rules.map(({ rule }) => rule),
    'the same rows in the same order',
  );
  t.equal(rowOf(after, psom).kept, undefined, 'asked now');
  t.ok((rowOf(after, psom).checks[0]?.startedAt ?? '') >= after.startedAt);
  const kept = after.rules.filter((row) => row.kept !== undefined);
  t.ok(kept.length > 3, `${kept.length} rows were kept`);
  for (const { rule, kept: from, verdict, checks } of kept) {
    t.match({ verdict, run: from?.run }, { verdict: 'pass', run: before.run.id }, rule);
    t.equal(
      from?.at,
      checks
        .map(({ startedAt }) => startedAt)
        .sort()
        .at(-1),
    );
    t.ok((from?.at ?? '') < after.startedAt, 'before this run began');
  }
  t.ok(after.controls.length > 0, 'controls are asked afresh');

  const third = await edgeprobe([...outside, '--again', 'again.json', '--output', 'third.json'], { cwd });
  t.equal(third.code, 0, 'nothing left to ask');
  t.equal(rowOf(runIn(t, stands, 'third.json'), psom).kept?.run, after.run.id, 'each row names the run that asked it');

  const merged = await edgeprobe(['report', 'run.json', 'again.json', '--format', 'json'], { cwd });
  t.equal(merged.code, 0, 'the repaired row counts as it is now');
  t.match(JSON.parse(merged.stdout), { runs: [{ kept: null }, { kept: { rows: kept.length } }] });
});

t.test('--until-pass: a line when the row passes, exit 0, files written', async (t) => {
  const stands = await broken(t);
  const { cwd, port, read } = stands;
  const files = ['--output', 'run.json', '--output', 'run.txt'];
  const { child, ended } = start([...outside, '--until-pass', '10m', ...files], { cwd });
  const waits = new Promise<void>((resolve) => child.stderr?.on('data', () => resolve()));
  await waits;
  t.equal(rowOf(runIn(t, stands, 'run.json'), psom).verdict, 'fail', 'a first report while it waits');
  await repair(t, port);
  const { code, stdout, stderr } = await ended;
  t.match({ code, stdout }, { code: 0, stdout: '' });
  const [waiting, change, ...more] = stderr.trimEnd().split('\n');
  t.match(waiting, /^edgeprobe: 1 row does not pass; asking again until \d{4}-.*Z \(.*\)$/);
  t.match(
    change,
    /^edgeprobe: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(.* \+00:00\) external-psom-.*: pass answered, was fail/,
  );
  t.strictSame(more, [], 'one line a change');
  const run = runIn(t, stands, 'run.json');
  t.equal(rowOf(run, psom).verdict, 'pass');
  t.ok(
    run.rules.some(({ kept }) => kept?.run === run.run.id),
    'rows asked in the first round only say so',
  );
  t.match(read('run.txt'), /result +PASS, exit 0/);
});

t.test('--until-pass ends with its time, and with a signal', async (t) => {
  const stands = await broken(t);
  const { cwd } = stands;
  const one = [...outside, '--rule', 'external-psom-*', '--format', 'json', '--output', 'run.txt'];
  const late = await edgeprobe([...one, '--until-pass', '1s'], { cwd });
  t.equal(late.code, 1);
  t.match(late.stderr, /1 row does not pass, and may be asked again in 10 s only, after the end/);
  assertReport(t, JSON.parse(late.stdout));
  const { child, ended } = start([...one, '--until-pass', '10m'], { cwd });
  await new Promise<void>((resolve) => child.stderr?.on('data', () => resolve()));
  child.kill('SIGINT');
  const { code, stdout } = await ended;
  t.equal(code, 130);
  const report: unknown = JSON.parse(stdout);
  assertReport(t, report);
  t.match(report, { run: { interrupted: true }, summary: { fail: 1 } }, 'what was seen before is kept');
  t.match(readFileSync(path.join(cwd, 'run.txt'), 'utf8'), /ENDED EARLY, exit 130/);
});

t.test('runs that cannot be carried on, and times that are none', async (t) => {
  const { cwd, rewrite, read } = await standing(t);
  await edgeprobe([...outside, '--output', 'run.json'], { cwd });
  const again = [...outside, '--again', 'run.json'];
  const refused = async (name: string, words: readonly string[], message: RegExp, hint = /--again/): Promise<void> =>
    isRefusal(t, name, await edgeprobe(words, { cwd }), message, hint);
  await refused('vantage', ['check', '--vantage', 'inside', ...again.slice(3)], /vantage outside, and this is inside/);
  await refused('place', [...again, '--place', 'dc2'], /place outside, and this is dc2/);
  await refused('packs', [...again, '--pack', 'lync2013-edge-nat'], /of the packs lync2013-edge-public/);
  for (const [name, hours, message] of [
    ['old', -100, /"old\.json" is 4 days old: what passed then is not asked again/],
    ['ahead', 7, /"ahead\.json" ends 7 h from now: a clock was set since/],
  ] as const) {
    const finishedAt = new Date(Date.now() + hours * 3_600_000).toISOString();
    const report = JSON.stringify({ ...JSON.parse(read('run.json')), finishedAt });
    writeFileSync(path.join(cwd, `${name}.json`), report);
    t.match((await edgeprobe([...outside, '--again', `${name}.json`], { cwd })).stderr, message);
  }
  const elsewhere = JSON.parse(read('run.json')) as { run: { host: string } };
  elsewhere.run.host = 'another';
  writeFileSync(path.join(cwd, 'other.json'), JSON.stringify(elsewhere));
  await refused('host', [...outside, '--again', 'other.json'], /from the host another/);
  await refused('no file', [...outside, '--again', 'none.json'], /none\.json/, /json=run\.json/);
  await refused('no time', [...outside, '--until-pass', 'soon'], /--until-pass "soon"/, /30m/);
  await refused('too long', [...outside, '--until-pass', '2d'], /too short or too long/, /30m/);
  rewrite({ timeouts: { check: '3s' } });
  await refused('digest', again, /of the site file with the digest/);
});
