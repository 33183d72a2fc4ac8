import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { needing } from '../require.ts';
import { repository } from '../sources.ts';
import { strangersIn } from './promql.ts';

const folder = path.join(repository, 'dashboards/prometheus');
const read = (name: string): unknown => parse(readFileSync(path.join(folder, name), 'utf8'));

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const rulesOf = (name: string): Rule[] =>
  (read(name) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);

const alerting = rulesOf('alerts.yaml');
const recording = rulesOf('recording.yaml');
const alerts = alerting.filter(({ alert }) => alert !== undefined);

const promtool = (...args: string[]): { status: number | null; text: string } => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', timeout: 60_000 });
  return { status, text: stdout + stderr };
};

t.test('rules ask for what an agent sends', async (t) => {
  const recorded = alerting.flatMap(({ record }) => record ?? []);
  for (const { alert, record, expr } of alerting) t.strictSame(strangersIn(expr, recorded), [], alert ?? record ?? '');
  for (const { record, expr } of recording) t.strictSame(strangersIn(expr), [], record ?? '');
  const names = [...recorded, ...recording.flatMap(({ record }) => record ?? [])];
  t.strictSame(
    names.filter((name) => !/^[a-z_]+:edgeprobe_\w+:\w+$/.test(name)),
    [],
    'level:metric:operation',
  );
});

/** The anchors of a page, as they are made of its headings. */
const anchors = new Set(
  [...readFileSync(path.join(repository, 'docs/runbook.md'), 'utf8').matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = '']) =>
      `docs/runbook.md#${heading
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-')}`,
  ),
);

t.test('alerts say how bad it is, what is wrong and where to read on', async (t) => {
  t.strictSame(
    [...new Set(alerts.map(({ alert }) => alert))],
    [
      ...['EdgeFlowFiltered', 'EdgeServiceDown', 'EdgeFlowExposed', 'EdgePoolMemberDiffers', 'EdgeVerdictLost'],
      ...['EdgeVantageBlind', 'EdgeAgentSilent', 'EdgeCertificateExpiring'],
    ],
  );
  for (const { alert = '', labels, annotations } of alerts) {
    t.match(labels?.['severity'], /^(critical|warning)$/, alert);
    t.match(labels?.['team'], /^(network|uc|security|monitoring)$/, alert);
    t.match(annotations?.['summary'], /\$labels\.(endpoint|place|instance)/, alert);
    t.match(annotations?.['description'], /\.$/, alert);
    t.equal(annotations?.['runbook_url'], `docs/runbook.md#${alert.toLowerCase()}`);
    t.ok(anchors.has(annotations?.['runbook_url'] ?? ''), `${alert} has a section in the runbook`);
  }
});

t.test('a join keeps the instance', async (t) => {
  const crosswise = alerts
    .concat(alerting)
    .flatMap(({ expr }) => [...expr.matchAll(/\bon \(([^)]*)\)/g)].map(([, labels = '']) => labels))
    .filter((labels) => !/\binstance\b/.test(labels));
  t.strictSame(crosswise, []);
});

interface AlertTest {
  readonly alert_rule_test?: readonly { alertname: string; exp_alerts?: readonly { exp_labels: Rule['labels'] }[] }[];
}

t.test('each alert is seen to begin and to end', async (t) => {
  const { tests } = read('tests.yaml') as { tests: AlertTest[] };
  for (const { alert = '', labels } of alerts) {
    const isOurs = (seen: Rule['labels']): boolean =>
      Object.entries(labels ?? {}).every(([name, value]) => seen?.[name] === value);
    const passing = tests.some(({ alert_rule_test: cases = [] }) => {
      const own = cases.filter(({ alertname }) => alertname === alert);
      const fires = own.findIndex(({ exp_alerts: seen = [] }) => seen.some(({ exp_labels: one }) => isOurs(one)));
      return fires > 0 && own[0]?.exp_alerts?.length === 0 && own.at(-1)?.exp_alerts?.length === 0 && own.length > 2;
    });
    t.ok(passing, `${alert} ${labels?.['reason'] ?? labels?.['severity']}: not yet, then, and no more`);
  }
});

t.test('an agent that is blind keeps others quiet', async (t) => {
  const { inhibit_rules: rules } = read('alertmanager-inhibition.yaml') as {
    inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal: string[] }[];
  };
  const names = new Set(alerts.map(({ alert }) => alert));
  for (const { source_matchers: from, target_matchers: to, equal } of rules) {
    const named = [...from, ...to].flatMap((one) => one.match(/Edge\w+/g) ?? []);
    t.ok(named.length > 1);
    t.strictSame(
      named.filter((name) => !names.has(name)),
      [],
    );
    t.ok(equal.includes('site') && equal.includes('vantage') && equal.includes('instance'), 'of this agent alone');
  }
  const blind = rules.find(({ source_matchers: from }) => from.some((one) => one.includes('EdgeVantageBlind')));
  for (const name of ['EdgeFlowFiltered', 'EdgeServiceDown', 'EdgePoolMemberDiffers', 'EdgeVerdictLost']) {
    t.match(blind?.target_matchers.join(), name);
  }
  t.notMatch(blind?.target_matchers.join(), 'EdgeFlowExposed', 'what answers is no work of blindness');
});

t.test('promtool finds nothing wrong with the rules', needing('promtool'), async (t) => {
  const { status, text } = promtool('check', 'rules', `${folder}/alerts.yaml`, `${folder}/recording.yaml`);
  t.equal(status, 0, text);
});

t.test('promtool sees alerts begin and end', needing('promtool'), async (t) => {
  const { status, text } = promtool('test', 'rules', `${folder}/tests.yaml`);
  t.equal(status, 0, text);
});

t.test('promtool takes the scrape configuration', needing('promtool'), async (t) => {
  const dir = t.testdir({
    targets: {
      'edgeprobe-contoso.json': '[{"targets":["127.0.0.1:9763"],"labels":{"site":"contoso","vantage":"dmz"}}]',
    },
    rules: {},
  });
  for (const name of ['alerts.yaml', 'recording.yaml']) cpSync(`${folder}/${name}`, `${dir}/rules/${name}`);
  cpSync(`${folder}/scrape.yaml`, `${dir}/prometheus.yml`);
  const { status, text } = promtool('check', 'config', `${dir}/prometheus.yml`);
  t.equal(status, 0, text);
  t.match(text, /2 rule files found/);
  const { scrape_configs: jobs } = read('scrape.yaml') as { scrape_configs: Record<string, unknown>[] };
  t.strictSame(
    jobs.map((job) => [job['job_name'], job['honor_labels']]),
    [['edgeprobe', true]],
  );
});
