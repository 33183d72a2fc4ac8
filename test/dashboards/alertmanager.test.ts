import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { freePort, ownLoopback } from '../loopback.ts';
import { needing } from '../require.ts';
import { repository } from '../sources.ts';
import { until } from '../until.ts';

const read = (name: string): string => readFileSync(path.join(repository, 'dashboards/prometheus', name), 'utf8');

/** The two files as the comment in the first one puts them together. */
const whole = (): string => read('alertmanager.yaml') + read('alertmanager-inhibition.yaml');

type Labels = Readonly<Record<string, string>>;
interface Rule {
  readonly alert?: string;
  readonly labels?: Labels;
}

const alerts = (parse(read('alerts.yaml')) as { groups: { rules: Rule[] }[] }).groups
  .flatMap(({ rules }) => rules)
  .filter(({ alert }) => alert !== undefined);

const amtool = (...args: string[]): { status: number | null; text: string } => {
  const { status, stdout, stderr } = spawnSync('amtool', args, { encoding: 'utf8', timeout: 60_000 });
  return { status, text: stdout + stderr };
};

const words = (labels: Labels): string[] => Object.entries(labels).map(([name, value]) => `${name}=${value}`);

t.test('amtool takes the whole configuration, and every alert finds its team', needing('amtool'), async (t) => {
  const file = path.join(t.testdir(), 'alertmanager.yml');
  writeFileSync(file, whole());
  const { status, text } = amtool('check-config', file);
  t.equal(status, 0, text);
  t.match(text, /- 2 inhibit rules\s+- 4 receivers/);
  t.not(alerts.length, 0);
  for (const { alert = '', labels = {} } of alerts) {
    const routed = amtool(
      'config',
      'routes',
      'test',
      `--config.file=${file}`,
      ...words({ alertname: alert, ...labels }),
    );
    t.match(routed, { status: 0, text: `${labels['team']}\n` }, `${alert} ${labels['reason'] ?? labels['severity']}`);
  }
  const shown = amtool('config', 'routes', 'show', `--config.file=${file}`);
  t.match(shown.text, /team="security"/);
});

const dmz = { site: 'contoso', vantage: 'dmz', place: 'dmz', instance: 'edge1:9763' };
const blind = { alertname: 'EdgeVantageBlind', ...dmz };
const gone = {
  alertname: 'EdgeAgentSilent',
  reason: 'scrape',
  site: 'contoso',
  vantage: 'dmz',
  instance: 'edge1:9763',
};

/** An alert beside one that might hold it back, and whether it does. */
const cases: readonly (readonly [what: string, first: Labels, second: Labels, held: boolean])[] = [
  ...['EdgeFlowFiltered', 'EdgeServiceDown', 'EdgePoolMemberDiffers', 'EdgeVerdictLost'].map(
    (alertname) => [`blind, ${alertname}`, blind, { alertname, ...dmz, rule: 'r' }, true] as const,
  ),
  ['blind, exposed', blind, { alertname: 'EdgeFlowExposed', ...dmz, rule: 'r' }, false],
  ['blind, certificate', blind, { alertname: 'EdgeCertificateExpiring', site: 'contoso', endpoint: 'edge1' }, false],
  ['blind, silent', blind, gone, false],
  ['another agent', blind, { alertname: 'EdgeServiceDown', ...dmz, instance: 'edge2:9763', rule: 'r' }, false],
  ['another place', blind, { alertname: 'EdgeServiceDown', ...dmz, place: 'lab', rule: 'r' }, false],
  ['another site', blind, { alertname: 'EdgeServiceDown', ...dmz, site: 'fabrikam', rule: 'r' }, false],
  ['gone, stale', gone, { ...gone, reason: 'stale', place: 'dmz' }, true],
  ['gone, reload', gone, { ...gone, reason: 'reload' }, true],
  ['gone, another stale', gone, { ...gone, reason: 'stale', instance: 'edge2:9763' }, false],
  ['stale, gone', { ...gone, reason: 'stale' }, gone, false],
];

t.test('who is held back by whom', needing('prometheus-alertmanager'), async (t) => {
  const dir = t.testdir({ 'alertmanager.yml': whole() });
  const port = await freePort();
  const server = spawn(
    'prometheus-alertmanager',
    [
      ...[`--config.file=${dir}/alertmanager.yml`, `--storage.path=${dir}/data`, '--cluster.listen-address='],
      `--web.listen-address=${ownLoopback}:${port}`,
    ],
    { stdio: 'ignore' },
  );
  t.teardown(() => server.kill('SIGKILL'));
  const at = `http://${ownLoopback}:${port}/api/v2/alerts`;
  const ask = async (init?: RequestInit): Promise<Response | null> => fetch(at, init).catch(() => null);
  await until(t, 'it is ready', async () => (await ask())?.status === 200);
  // Every case has a site of its own, so that they do not see each other.
  const apart = (labels: Labels, index: number): Labels => ({ ...labels, site: `${labels['site']}-${index}` });
  const all = cases.map(([what, first, second, held], index) => ({
    ...{ what, held, first: apart(first, index), second: apart(second, index) },
  }));
  const body = JSON.stringify(all.flatMap(({ first, second }) => [first, second]).map((labels) => ({ labels })));
  t.equal((await ask({ method: 'POST', body, headers: { 'content-type': 'application/json' } }))?.status, 200);
  const heldBack = async (): Promise<string[]> => {
    const now = (await (await ask())?.json()) as { labels: Labels; status: { inhibitedBy: string[] } }[];
    const found = all.map(({ what, second }) => ({
      what,
      by: now.find(({ labels }) => words(second).sort().join() === words(labels).sort().join())?.status.inhibitedBy,
    }));
    t.ok(found.every(({ by }) => by !== undefined));
    return found.flatMap(({ what, by = [] }) => (by.length > 0 ? [what] : []));
  };
  const wanted = all.filter(({ held }) => held).map(({ what }) => what);
  // It takes alerts in first, and looks at who holds back whom beside.
  await until(t, 'all of these are held back', async () => {
    const now = await heldBack();
    return wanted.every((what) => now.includes(what));
  });
  t.strictSame(await heldBack(), wanted, 'and no others');
});
