import type { Layout } from './compose.ts';
import { anyIsBad, joined, lines, stat, table, timeline } from './panels.ts';
import { alsoIn, byFirewall, having, ofVantage, shareOfPassing, verdicts, withRow, worst } from './queries.ts';

/** Before is the start of the time range. */
const before = 'offset $__range';

const ofRow = `${ofVantage}, rule, endpoint, target, source, transport, ports, from, to`;
const rowColumns = {
  ...{ site: 'site', vantage: 'vantage', place: 'place', source: 'source', endpoint: 'endpoint', target: 'address' },
  ...{ transport: 'transport', ports: 'ports', from: 'from', to: 'to', rule: 'rule' },
};

const mended = alsoIn(having('pass'), having('fail|unknown', before));
const broken = alsoIn(having('fail'), having('pass|unknown', before));
const still = alsoIn(having('fail'), having('fail', before));

const rowsOf = (title: string, description: string, checks: string) =>
  table({ title, description, span: 24, height: 8 }, `max by (${ofRow}) (${withRow(checks)})`, rowColumns);

const counted = (title: string, description: string, checks: string, bad: boolean) =>
  stat({ title, description, span: 6, height: 4, ...(bad ? { steps: anyIsBad } : {}) }, `count(${checks})`);

const comparison = {
  title: 'Before and after: the start and the end of the time range',
  panels: [
    counted('Mended', 'Fail or unknown before, pass now.', mended, false),
    counted('Broken', 'Pass or unknown before, fail now.', broken, true),
    counted('Still failing', 'Fail before, fail now.', still, true),
    stat(
      {
        title: 'Passing now',
        description: 'The share of passing checks among those that were asked.',
        span: 6,
        height: 4,
        unit: 'percentunit',
      },
      `sum(${verdicts('pass')}) / (sum(${verdicts('pass|fail|unknown')}) > 0)`,
      'none',
    ),
    joined(
      {
        title: 'Verdicts by place',
        description: 'How many checks have each verdict, before and now.',
        span: 12,
        height: 8,
      },
      [
        `sum by (${ofVantage}, verdict) (${verdicts('.+', before)})`,
        `sum by (${ofVantage}, verdict) (${verdicts('.+')})`,
      ],
      { site: 'site', vantage: 'vantage', place: 'place', verdict: 'verdict', 'Value #A': 'before', 'Value #B': 'now' },
      {},
    ),
    joined(
      {
        title: 'By firewall',
        description:
          'How many checks fail and pass on each way. Rows of the internal table cross the internal firewall, all others the external one.',
        span: 12,
        height: 8,
      },
      [byFirewall(verdicts('fail', before)), byFirewall(verdicts('fail')), byFirewall(verdicts('pass'))],
      {
        site: 'site',
        firewall: 'firewall',
        vantage: 'vantage',
        from: 'from',
        to: 'to',
        'Value #A': 'failed before',
        'Value #B': 'fail now',
        'Value #C': 'pass now',
      },
      {},
    ),
  ],
};

const rows = {
  title: 'Row by row',
  panels: [
    rowsOf('Broken', 'Pass or unknown before, fail now.', broken),
    rowsOf('Still failing', 'Fail before, fail now.', still),
    rowsOf('Mended', 'Fail or unknown before, pass now.', mended),
  ],
};

const course = {
  title: 'The course of it',
  panels: [
    lines(
      {
        title: 'Share passing',
        description: 'Of the checks that were asked.',
        span: 12,
        height: 8,
        unit: 'percentunit',
      },
      [[shareOfPassing(ofVantage), '{{site}} {{vantage}} {{place}}']],
    ),
    lines(
      { title: 'Checks by verdict', description: 'Of all places together.', span: 12, height: 8 },
      [[`sum by (verdict) (${verdicts('.+')})`, '{{verdict}}']],
      true,
    ),
    timeline(
      {
        title: 'What failed at any time',
        description: 'Only rules that failed within the time range.',
        span: 24,
        height: 14,
      },
      [
        `${worst(`${ofVantage}, rule, endpoint`)} and on (${ofVantage}, rule, endpoint) (max_over_time(${having('fail')}[$__range:$__interval] @ end()) == 1)`,
        '{{site}} {{vantage}} {{place}} {{rule}} {{endpoint}}',
      ],
    ),
  ],
};

/** A change of the firewalls, from its start to now. */
export const cutover: Layout = {
  uid: 'edgeprobe-cutover',
  title: 'edgeprobe / Cut-over',
  description:
    'A change of firewalls: set the time range to begin before it. What is mended, broken, still failing, and at which firewall.',
  from: 'now-4h',
  rows: [comparison, rows, course],
};
