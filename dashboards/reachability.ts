import type { Layout } from './compose.ts';
import { anyIsBad, lines, matrix, stat, table, timeline } from './panels.ts';
import { age, having, ofVantage, series, shareOfPassing, verdicts, withRow, worst } from './queries.ts';
import { media, services } from './reachability-services.ts';
import { rangeVariable } from './variables.ts';

/** An agent whose place has no name of its own is called by its vantage: once is enough. */
const columns = `label_join(${worst(`${ofVantage}, pack, rule`)}, "column", " ", "vantage", "place")`;
const named = `label_replace(${columns}, "column", "$1$2$3", "column", "(?:(inside) inside|(dmz) dmz|(outside) outside)")`;
const cells = `label_join(${named}, "row", " ", "pack", "rule")`;

/** Findings of the vantage as a whole have no pack, so choosing a pack must not hide them. */
const findings = `max by (${ofVantage}, rule, endpoint, target, code, severity) (${series('finding').replace('pack=~"$pack"', 'pack=~"$pack|"')})`;

const now = {
  title: 'Now',
  panels: [
    stat(
      { title: 'Failing', description: 'Checks whose verdict is fail.', span: 4, height: 4, steps: anyIsBad },
      `sum(${verdicts('fail')})`,
      'no data',
    ),
    stat(
      {
        title: 'Unknown',
        description: 'Checks that nothing can be said of: the reason is on the page of the agent.',
        span: 4,
        height: 4,
      },
      `sum(${verdicts('unknown')})`,
      'no data',
    ),
    stat(
      {
        title: 'Passing',
        description: 'The share of passing checks among those that were asked.',
        span: 4,
        height: 4,
        unit: 'percentunit',
      },
      `sum(${verdicts('pass')}) / (sum(${verdicts('pass|fail|unknown')}) > 0)`,
      'none',
    ),
    stat(
      {
        title: 'Blind agents',
        description: 'No host that must answer does: the silence of everything else says nothing.',
        span: 4,
        height: 4,
        steps: anyIsBad,
      },
      `sum(max by (${ofVantage}) (${series('control')}) == bool 0)`,
      'no control',
    ),
    stat(
      { title: 'Findings', description: 'Diagnoses of severity warning or error that hold now.', span: 4, height: 4 },
      `count(${series('finding', ['severity=~"warning|error"'])})`,
    ),
    stat(
      {
        title: 'Oldest result',
        description: 'Results are kept from one check to the next. Ranges are asked less often.',
        span: 4,
        height: 4,
        unit: 's',
      },
      `max(${age})`,
      'none',
    ),
    (id: number) =>
      matrix(
        {
          title: 'Rule by vantage, $site',
          description:
            'The worst verdict of all endpoints of a rule, seen from each place. An empty cell: the rule is not asked there.',
          span: 24,
          height: 14,
        },
        cells,
      )(id)
        .repeat('site')
        .repeatDirection('v'),
    table(
      {
        title: 'Failing now',
        description: 'As firewall people think: from where, to which address, which ports.',
        span: 24,
        height: 9,
      },
      `max by (${ofVantage}, rule, endpoint, target, source, transport, ports, from, to, expect) (${withRow(having('fail'))})`,
      {
        site: 'site',
        vantage: 'vantage',
        place: 'place',
        source: 'source',
        endpoint: 'endpoint',
        target: 'address',
        transport: 'transport',
        ports: 'ports',
        from: 'from',
        to: 'to',
        expect: 'expected',
        rule: 'rule',
      },
    ),
    table(
      {
        title: 'Findings',
        description: 'Diagnoses that hold now. "edgeprobe findings show CODE" tells what each means and what to do.',
        span: 24,
        height: 9,
      },
      findings,
      {
        site: 'site',
        vantage: 'vantage',
        place: 'place',
        severity: 'severity',
        code: 'code',
        endpoint: 'endpoint',
        target: 'address',
        rule: 'rule',
      },
    ),
  ],
};

const overTime = {
  title: 'Over time',
  panels: [
    timeline({ title: 'Verdicts', description: 'A line for each rule, endpoint and place.', span: 24, height: 16 }, [
      worst(`${ofVantage}, rule, endpoint`),
      '{{site}} {{vantage}} {{place}} {{rule}} {{endpoint}}',
    ]),
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
      {
        title: 'Checks by outcome',
        description: 'Also what happened between two scrapes is counted.',
        span: 12,
        height: 8,
        unit: 'cps',
      },
      [[`sum by (outcome) (rate(${series('checks')}[10m]))`, '{{outcome}}']],
      true,
    ),
    lines(
      {
        title: 'Oldest result',
        description: 'By place. It should stay below the interval of sweeps.',
        span: 12,
        height: 8,
        unit: 's',
      },
      [[`max by (${ofVantage}) (${age})`, '{{site}} {{vantage}} {{place}}']],
    ),
    lines(
      {
        title: 'Slowest check',
        description: 'How long the last check of a single port or range took.',
        span: 12,
        height: 8,
        unit: 's',
      },
      [[`max by (${ofVantage}) (${series('duration')})`, '{{site}} {{vantage}} {{place}}']],
    ),
  ],
};

/** One cell for each rule and place, and what stands behind it. */
export const reachability: Layout = {
  uid: 'edgeprobe-reachability',
  title: 'edgeprobe / Reachability',
  description: 'Which rows of the port summary hold, seen from inside, the DMZ and outside.',
  from: 'now-6h',
  variables: [rangeVariable()],
  rows: [now, overTime, services, media],
};
