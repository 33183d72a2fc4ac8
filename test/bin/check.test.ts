import { chmodSync, lstatSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { edgeprobe, start } from './command.ts';
import { assertReport } from './report-shape.ts';
import { standing } from './standing.ts';

const outside = ['check', '--vantage', 'outside', '--config', 'site.yaml'];

t.test('every row answered: exit 0, a table on standard output, silence on standard error', async (t) => {
  const { cwd, read } = await standing(t);
  const { code, stdout, stderr } = await edgeprobe(outside, { cwd });
  t.match({ code, stderr }, { code: 0, stderr: '' });
  t.match(stdout, /✓ pass +external-stun-udp-3478-in/);
  t.match(stdout, /result +PASS, exit 0/);
  t.notMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f]/, 'piped: no colours, no control characters');
  t.ok(
    stdout.split('\n').every((line) => line.length <= 100),
    '100 columns where nobody says how wide',
  );
  t.strictSame(readdirSync(cwd), ['site.yaml'], 'nothing is written that nobody asked for');

  const wide = { columns: 0 };
  for (const line of (await edgeprobe(outside, { cwd, env: { COLUMNS: '80' } })).stdout.split('\n')) {
    wide.columns = Math.max(wide.columns, line.length);
  }
  t.ok(wide.columns <= 80, 'COLUMNS is obeyed');

  const flags = ['--output', 'json=run.json', '--output', 'table=run.txt', '--note', 'CHG \u001b[31m1'];
  const quiet = await edgeprobe([...outside, ...flags], { cwd });
  t.match(quiet, { code: 0, stdout: '', stderr: '' }, 'with --output standard output stays empty');
  t.strictSame(readdirSync(cwd).sort(), ['run.json', 'run.txt', 'site.yaml'], 'no temporary file is left');
  t.match(read('run.txt'), /result +PASS, exit 0/);
  const kept: unknown = JSON.parse(read('run.json'));
  assertReport(t, kept);
  t.match(kept, { site: 'loopback', vantage: 'outside', place: 'outside', run: { note: 'CHG \u001b[31m1' } });
  t.notMatch(read('run.json') + read('run.txt'), /\x1b/);

  const both = await edgeprobe([...outside, '--format', 'json', '--output', 'again.txt', '--place', 'dc2'], { cwd });
  t.equal(both.code, 0);
  const printed: unknown = JSON.parse(both.stdout);
  assertReport(t, printed);
  t.match(printed, { place: 'dc2' });
  t.match(read('again.txt'), /result +PASS/, 'a file without a format of its own is a table');
});

t.test('colours: forced, unwanted, dumb', async (t) => {
  const { cwd } = await standing(t);
  const one = [...outside, '--rule', 'external-stun-udp-3478-in'];
  const shown = async (env: Record<string, string>): Promise<string> => (await edgeprobe(one, { cwd, env })).stdout;
  const forced = await shown({ FORCE_COLOR: '1' });
  t.match(forced, /\x1b\[\d+m/);
  t.notMatch(forced.replace(/\x1b\[\d*m/g, ''), /[\x00-\x09\x0b-\x1f\x7f]/, 'colours and nothing else');
  t.match(await shown({ FORCE_COLOR: '1', NO_COLOR: '1' }), /\x1b\[/, 'FORCE_COLOR before NO_COLOR, as in Node');
  t.notMatch(await shown({ FORCE_COLOR: '0' }), /\x1b/);
  t.notMatch(await shown({ NO_COLOR: '1' }), /\x1b/);
  t.notMatch(await shown({ TERM: 'dumb' }), /\x1b/);
  t.notMatch(await shown({ LANG: 'C' }), /[^\x00-\x7f]/, 'ASCII where the locale has no more');
});

t.test('a row that fails: exit 1; a row that nobody answers for: exit 3', async (t) => {
  const { cwd, standIn, rewrite } = await standing(t);
  await standIn.withdraw('external-psom-tcp-443-in');
  const failed = await edgeprobe(outside, { cwd });
  t.equal(failed.code, 1);
  t.match(failed.stdout, /✗ fail[ !]+external-psom-tcp-443-in/);
  t.match(failed.stdout, /result +FAIL, exit 1/);
  t.match(
    failed.stdout.replace(/\n +/g, ' '),
    /edgeprobe check --config site\.yaml --vantage outside --rule external-psom/,
  );
  t.equal((failed.stdout.match(/✗ fail/g) ?? []).length, 1, 'and no other');
  rewrite({ servers: { edge1: { 'access-edge': { address: '127.0.0.1' } } } });
  const { code, stdout } = await edgeprobe([...outside, '--rule', 'external-psom-*'], { cwd });
  t.equal(code, 3);
  t.match(stdout, /no server with the role webconf-edge/);
});

t.test('without a site file: --to and a pack of rules', async (t) => {
  const { cwd, standIn } = await standing(t);
  const port = Number(standIn.ports.get('edge1/av-edge')?.['3478']);
  const id = `external-stun-udp-${port}-in`;
  const rule = `{ id: ${id}, row: 1, table: external, role: av-edge, protocol: STUN/MSTURN, security: none,
    transport: udp, ports: ${port}, from: any, to: av-edge, why: Media. }`;
  const pack = `pack: mine\ntitle: Mine\ndocument: { id: mine, title: Mine }\nrules:\n  - ${rule}\n`;
  writeFileSync(path.join(cwd, 'mine.yaml'), pack);
  const words = ['check', '--vantage', 'outside', '--pack', './mine.yaml', '--format', 'json', '--to'];
  const { code, stdout, stderr } = await edgeprobe([...words, 'av-edge=127.0.0.1'], { cwd });
  t.match({ code, stderr }, { code: 0, stderr: '' });
  const report: unknown = JSON.parse(stdout);
  assertReport(t, report);
  t.match(report, { rules: [{ pack: 'mine', rule: id, verdict: 'pass', checks: [{ target: { port } }] }] });
  const named = await edgeprobe([...words, 'av-edge=localhost'], { cwd });
  t.match(JSON.parse(named.stdout), { rules: [{ checks: [{ target: { host: 'localhost' } }] }] });
});

t.test('a reader who leaves early changes nothing', async (t) => {
  const { cwd, standIn, read } = await standing(t);
  await standIn.withdraw('external-psom-tcp-443-in');
  const { child, ended } = start([...outside, '--format', 'json', '--output', 'run.txt'], { cwd });
  child.stdout?.destroy();
  const { code, stderr } = await ended;
  t.match({ code, stderr }, { code: 1, stderr: '' }, 'no crash, and the exit code is the verdict');
  t.match(read('run.txt'), /result +FAIL, exit 1/);
});

t.test('a device is written into, a link is kept, a mode is kept', async (t) => {
  const { cwd, read } = await standing(t);
  writeFileSync(path.join(cwd, 'real.txt'), 'old');
  chmodSync(path.join(cwd, 'real.txt'), 0o600);
  symlinkSync('real.txt', path.join(cwd, 'link.txt'));
  symlinkSync('/dev/null', path.join(cwd, 'null'));
  const one = [...outside, '--rule', 'external-stun-udp-3478-in', '--output', 'link.txt', '--output', 'null'];
  t.match(await edgeprobe(one, { cwd }), { code: 0, stdout: '', stderr: '' });
  t.match(read('real.txt'), /result +PASS/);
  t.ok(lstatSync(path.join(cwd, 'link.txt')).isSymbolicLink());
  t.equal(statSync(path.join(cwd, 'real.txt')).mode & 0o777, 0o600);
  t.ok(statSync('/dev/null').isCharacterDevice());
});
