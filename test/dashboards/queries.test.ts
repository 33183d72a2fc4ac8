import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { type Metric, type MetricKey, metrics } from '../../agent/metric-catalogue.ts';
import { needing } from '../require.ts';
import { dashboards, panelQueries } from './panels-of.ts';
import { asSent } from './promql.ts';

type Labels = Readonly<Record<string, string>>;
interface Series {
  readonly series: string;
  readonly values: string;
}

const written = (name: string, labels: Labels): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(', ')}}`;

const agent = { job: 'edgeprobe', instance: 'ext:9763', site: 'contoso', vantage: 'outside' };
const check = (rule: string, endpoint: string, instance = agent.instance): Labels => ({
  ...{ ...agent, instance, place: 'outside', pack: 'lync2013-edge-public', rule, endpoint },
  ...{ target: '131.107.155.30', source: '' },
});

const one = (key: MetricKey, labels: Labels, values: string, suffix = ''): Series => {
  const { name, labels: own }: Metric = metrics[key];
  const kept = Object.entries(labels).filter(([label]) =>
    [...own, 'job', 'instance', 'site', 'vantage', 'le'].includes(label),
  );
  return { series: written(name + suffix, Object.fromEntries(kept)), values };
};

const row = {
  table: 'external',
  role: 'av-edge',
  protocol: 'STUN/MSTURN',
  security: 'none',
  transport: 'udp',
  ports: '3478',
  from: 'any',
  to: 'av-edge',
  expect: 'reachable',
};

/** A check whose verdict is `before` for 15 minutes, then `after`. */
const changing = (labels: Labels, before: string, after: string): Series[] => [
  ...['pass', 'fail', 'unknown', 'skipped'].map((verdict) =>
    one('verdict', { ...labels, verdict }, `${before === verdict ? 1 : 0}x14 ${after === verdict ? 1 : 0}x20`),
  ),
  one('info', { ...labels, ...row }, '1x40'),
];

const stun = check('external-stun-udp-3478-in', 'edge1');
const everything: Labels = {
  ...{
    ...stun,
    severity: 'error',
    code: 'stun-lost',
    dialect: 'msturn',
    outcome: 'open',
    version: '0.1.0',
    cipher: 'x',
  },
  ...{ client_certificate: 'requested', address: '203.0.113.50', control: 'tcp://203.0.113.53:53' },
};

/** Two agents at one vantage, and one that is gone: something to see on every panel. */
const scene: Series[] = [
  ...changing(stun, 'pass', 'fail'),
  ...changing(check('external-sip-tcp-5061-in', 'edge1'), 'fail', 'pass'),
  ...changing(check('external-sip-tcp-443-in', 'edge1'), 'fail', 'fail'),
  ...changing(check('external-sip-tcp-443-in', 'edge1', 'ext2:9763'), 'fail', 'fail'),
  ...changing(check('external-psom-tcp-443-in', 'edge1'), 'unknown', 'unknown'),
  { series: written('up', agent), values: '1x40' },
  { series: written('up', { ...agent, instance: 'dead:9763' }), values: '0x40' },
  { series: written('up', { ...agent, instance: 'gone:9763' }), values: '1x5' },
  ...(Object.entries(metrics) as [MetricKey, Metric][]).flatMap(([key, { type }]): Series[] => {
    if (key === 'verdict' || key === 'info') return [];
    if (type !== 'histogram')
      return [one(key, everything, type === 'counter' ? '0+3x40' : key === 'lastCheck' ? '0x40' : '60x40')];
    return ['0.1', '0.2', '+Inf'].map((le) =>
      one(key, { ...everything, le }, le === '0.1' ? '0+1x40' : '0+3x40', '_bucket'),
    );
  }),
];

interface Expected {
  readonly expr: string;
  readonly eval_time: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

/** What promtool says of these expectations; empty if it agrees. JSON is YAML. */
const complaints = (dir: string, expected: readonly Expected[]): string => {
  const file = `${dir}/tests.yaml`;
  writeFileSync(
    file,
    JSON.stringify({ rule_files: [], tests: [{ interval: '1m', input_series: scene, promql_expr_test: expected }] }),
  );
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return status === 0 ? '' : stdout + stderr;
};

const queryOf = (where: string): string => {
  const expr = panelQueries().find((query) => query.where === `edgeprobe / ${where}`)?.expr;
  if (expr === undefined) throw new Error(`no panel ${where}`);
  return asSent(expr);
};

t.test('every query of every panel is understood, and finds something', needing('promtool'), async (t) => {
  const hasData = panelQueries().map(({ expr }) => ({
    ...{ expr: `count(${asSent(expr)}) > bool 0`, eval_time: '20m' },
    exp_samples: [{ labels: '{}', value: 1 }],
  }));
  t.equal(complaints(t.testdir(), hasData), '');
  t.match(
    complaints(t.testdir(), [
      { expr: 'edgeprobe_build_info{version="9"}', eval_time: '20m', exp_samples: [{ labels: '{}', value: 1 }] },
    ]),
    'nil',
    'it would complain',
  );
});

t.test('without any data nothing is said to be well', needing('promtool'), async (t) => {
  for (const where of ['Reachability: Failing', 'Reachability: Unknown', 'Fleet: Sites with failures']) {
    const expr = panelQueries().find((query) => query.where === `edgeprobe / ${where} A`)?.expr ?? '';
    const elsewhere = { expr: asSent(expr, 600, 60, { site: 'nowhere' }), eval_time: '20m', exp_samples: [] };
    t.equal(complaints(t.testdir(), [elsewhere]), '', `${where}: no zero`);
    const [dashboard, title] = where.split(': ');
    const panels = dashboards().find((one) => one.title === `edgeprobe / ${dashboard}`)?.panels ?? [];
    t.equal(panels.find((panel) => panel.title === title)?.fieldConfig?.defaults.noValue, 'no data', where);
  }
});

t.test('the numbers are right', needing('promtool'), async (t) => {
  const cell = (rule: string, value: number) => ({
    labels: written('', {
      ...{
        column: 'outside',
        pack: 'lync2013-edge-public',
        place: 'outside',
        row: `lync2013-edge-public ${rule}`,
        rule,
        site: 'contoso',
      },
      vantage: 'outside',
    }),
    value,
  });
  const number = (where: string, value: number) => ({
    ...{ expr: queryOf(where), eval_time: '20m' },
    exp_samples: [{ labels: '{}', value }],
  });
  const way = { site: 'contoso', firewall: 'external', vantage: 'outside', from: 'any', to: 'av-edge' };
  t.equal(
    complaints(t.testdir(), [
      {
        ...{ expr: queryOf('Reachability: Rule by vantage, $site A'), eval_time: '20m' },
        exp_samples: [
          cell('external-stun-udp-3478-in', 3),
          cell('external-sip-tcp-5061-in', 1),
          cell('external-sip-tcp-443-in', 3),
          cell('external-psom-tcp-443-in', 2),
        ],
      },
      number('Reachability: Failing A', 3),
      number('Reachability: Unknown A', 1),
      number('Reachability: Passing A', 0.2),
      number('Cut-over: Mended A', 1),
      number('Cut-over: Broken A', 1),
      number('Cut-over: Still failing A', 2),
      {
        expr: queryOf('Cut-over: By firewall A'),
        eval_time: '20m',
        exp_samples: [{ labels: written('', way), value: 3 }],
      },
      number('Fleet: Agents missing A', 2),
      number('Fleet: Agents A', 1),
      number('Fleet: Agents stale A', 1),
      number('Fleet: Sites with failures A', 1),
    ]),
    '',
  );
});
