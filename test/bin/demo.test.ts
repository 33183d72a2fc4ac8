import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { until } from '../until.ts';
import { bundle, edgeprobe, start } from './command.ts';
import { assertReport } from './report-shape.ts';

interface Told {
  readonly vantage: string;
  readonly rules: readonly {
    readonly rule: string;
    readonly to: string;
    readonly transport: string;
    readonly ports: string;
    readonly protocol: string;
    readonly verdict: string;
    readonly because: string;
  }[];
}

const reportsOf = async (t: Test, words: readonly string[]): Promise<{ code: number | null; reports: Told[] }> => {
  const { code, stdout, stderr } = await edgeprobe(['demo', ...words, '--format', 'json'], { cwd: t.testdir() });
  t.equal(stderr, '');
  return { code, reports: (JSON.parse(stdout) as { reports: Told[] }).reports };
};

t.test('three vantages, every row that was asked answered', async (t) => {
  const { code, reports } = await reportsOf(t, []);
  t.strictSame(
    reports.map(({ vantage }) => vantage),
    ['inside', 'dmz', 'outside'],
  );
  for (const report of reports) {
    assertReport(t, report);
    for (const { rule, verdict, because } of report.rules) {
      t.ok(verdict === 'pass' || because === 'no-probe-yet', `${report.vantage} ${rule}: ${verdict} ${because}`);
    }
  }
  const skipped = reports.some(({ rules }) => rules.some(({ verdict }) => verdict === 'skipped'));
  t.equal(code, skipped ? 3 : 0);
  const { stdout, stderr } = await edgeprobe(['demo'], { cwd: t.testdir() });
  t.equal(stderr, '');
  t.equal((stdout.match(/^result /gm) ?? []).length, 3, 'a table each');
  t.notMatch(stdout, /✗/);
});

/** Rows that share a port of a host share its listener: the same flow by other names. */
const flowOf = ({ to, transport, ports, protocol }: Told['rules'][number]): string =>
  `${to === 'any' || to.endsWith('partner') || to.endsWith('client') ? 'far' : to} ${transport} ${ports} ${protocol}`;

/** A port of ours that resets is a failure; somebody else's, or a range that idles, may have nobody behind it. */
const breaks = [
  ['external-stun-udp-3478-in', 'fail', 1],
  ['external-sip-tcp-5061-in', 'fail', 1],
  ['internal-psom-tcp-8057-in', 'fail', 1],
  ['internal-sip-tcp-5061-out', 'fail', 1],
  ['external-rtp-tcp-50000-59999-in', 'unknown', 3],
  ['xmpp-xmpp-tcp-5269-out', 'unknown', 3],
] as const;

for (const [broken, verdict, exit] of breaks) {
  t.test(`--break ${broken}: ${verdict}, and no other flow changes`, async (t) => {
    const { code, reports } = await reportsOf(t, ['--break', broken]);
    t.equal(code, exit);
    const rules = reports.flatMap((report) => report.rules.map((rule) => ({ ...rule, vantage: report.vantage })));
    const withdrawn = rules.find(({ rule }) => rule === broken);
    if (withdrawn === undefined) throw new Error('not asked');
    t.match(withdrawn, { verdict });
    for (const rule of rules.filter((one) => one.verdict === 'fail' || one.verdict === 'unknown')) {
      t.match([rule.vantage, flowOf(rule)], [withdrawn.vantage, flowOf(withdrawn)], rule.rule);
    }
  });
}

t.test('--serve: the stand-in stays for other commands, with what is broken, and leaves nothing behind', async (t) => {
  const cwd = t.testdir();
  const { child, ended } = start(['demo', '--serve', '--break', 'external-stun-udp-3478-in'], { cwd });
  let said = '';
  child.stderr?.on('data', (text: string) => {
    said += text;
  });
  await until(t, 'it says how to ask', () => /its page/.test(said));
  const [, site = ''] = /edgeprobe check --config (\S+) --vantage outside/.exec(said) ?? [];
  const words = ['check', '--config', site, '--vantage', 'outside', '--format', 'json'];
  const { code, stdout } = await edgeprobe(words, { cwd });
  t.equal(code, 1);
  const { rules } = JSON.parse(stdout) as Told;
  const failing = rules.filter(({ verdict }) => verdict !== 'pass').map(({ rule }) => rule);
  t.strictSame(failing, ['external-stun-udp-3478-in', 'public-im-stun-udp-3478-in']);
  child.kill('SIGINT');
  t.equal((await ended).code, 130);
  t.notOk(existsSync(path.dirname(site)), 'its folder is gone');
});

t.test('the bundle alone in an empty folder, as nobody where that can be', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'edgeprobe-alone-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'edgeprobe.mjs');
  copyFileSync(bundle, file);
  chmodSync(folder, 0o755);
  chmodSync(file, 0o755);
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const [changer = '', ...flags] = nobody;
  const changes = spawnSync(changer, [...flags, process.execPath, '--version'], { cwd: folder }).status === 0;
  t.comment(changes ? 'as nobody' : 'as whoever runs the tests');
  const run = (...words: string[]) => {
    // A clean environment: the test runner's own hooks in NODE_OPTIONS would want to write as nobody.
    const line = ['env', '-i', 'HOME=/', process.execPath, file, ...words];
    const [program = '', ...rest] = changes ? [...nobody, ...line] : line;
    const { status, stdout, stderr } = spawnSync(program, rest, { cwd: folder, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const demo = run('demo');
  t.match(demo, { status: /^[03]$/, stderr: '' });
  t.match(demo.stdout, /external-stun-udp-3478-in/);
  t.match(run('rules', 'list'), { status: 0, stdout: /lync2013-federation: 10 rules/, stderr: '' });
  const check = ['check', '--vantage', 'outside', '--pack', 'lync2013-edge-public', '--rule', 'external-http-*'];
  t.match(run('check', '--vantage', 'dmz', ...check.slice(3), '--to', 'crl-server=127.0.0.1', '--format', 'json'), {
    stdout: /"schema": "edgeprobe\/report\/v1"/,
    stderr: '',
  });
  t.match(run('--version'), { status: 0, stderr: '' });
});
