import { socketAddress } from './explain-words.ts';
import type { Finding } from './findings.ts';
import {
  type Labels,
  type MetricKey,
  noLabels,
  outcomeStates,
  type Sample,
  type Series,
  verdictStates,
} from './metric-catalogue.ts';
import { factSeries, timestampOf } from './metric-facts.ts';
import { edgeEnd, type Role } from './packs.ts';
import type { Report, ReportCheck, ReportRule } from './report.ts';
import { byWorst } from './verdict.ts';

/** How often a check comes round, in seconds: for single ports, and for ranges. */
export interface Intervals {
  readonly interval: number;
  readonly sweepInterval: number;
}

const ofRule = (report: Report, { pack, rule }: ReportRule): Labels => {
  const { site, vantage, place } = report;
  return { site, vantage, place, pack, rule, endpoint: '', target: '', source: '' };
};

const ofCheck = (labels: Labels, { target, bound }: ReportCheck): Labels => ({
  ...labels,
  endpoint: target.name,
  target: target.address ?? '',
  source: bound ?? '',
});

/** The labels of the states of a set, made once. */
const stateLabels = (label: string, states: readonly string[]): readonly (readonly [string, Labels])[] =>
  states.map((state) => [state, { [label]: state }] as const);

const stateSets = {
  verdict: stateLabels('verdict', verdictStates),
  outcome: stateLabels('outcome', outcomeStates),
} as const;

const states = (metric: keyof typeof stateSets, is: string, shared: Labels): Series[] =>
  stateSets[metric].map(([state, labels]) => ({ metric, labels, shared, value: state === is ? 1 : 0 }));

/** A number of the check itself. */
const plain = (metric: MetricKey, shared: Labels, value: number): Series => ({
  metric,
  labels: noLabels,
  shared,
  value,
});

const infoOf = (rule: ReportRule, shared: Labels): Series => {
  const { table, protocol, security, transport, ports, from, to, expect } = rule;
  const role = edgeEnd({ from: from as Role, to: to as Role })?.role ?? '';
  return {
    metric: 'info',
    labels: { table, role, protocol, security, transport, ports, from, to, expect },
    shared,
    value: 1,
  };
};

/** Whether the packets got through, whatever was expected; null where that is not known. */
const reachable = (expect: ReportRule['expect'], check: ReportCheck): 0 | 1 | null => {
  const { outcome, path, verdict } = check;
  if (outcome === 'answered') return 1;
  if (verdict === 'unknown' || verdict === 'skipped') return null;
  if (path === 'open') return 1;
  if (path !== 'unknown') return 0;
  return (verdict === 'pass') === (expect === 'reachable') ? 1 : 0;
};

/** The findings of a rule by the checks that they were seen at: each names them by endpoint, address and port. */
const byTarget = (findings: readonly Finding[]): ReadonlyMap<string, Finding[]> => {
  const found = new Map<string, Finding[]>();
  for (const finding of findings) {
    for (const target of new Set(finding.target.split(', '))) {
      const there = found.get(target);
      if (there === undefined) found.set(target, [finding]);
      else there.push(finding);
    }
  }
  return found;
};

const nameOf = ({ target: { name, address, host, ports, port } }: ReportCheck): string =>
  `${name} ${socketAddress(address ?? host ?? '', ports ?? String(port))}`;

/** One series for each code, however many messages there are. */
const findingSeries = (findings: readonly Finding[], shared: Labels): Series[] =>
  [...new Map(findings.map(({ code, severity }) => [code, severity]))].map(([code, severity]) => ({
    metric: 'finding',
    labels: { code, severity },
    shared,
    value: 1,
  }));

/** Whether the agent has not come to this check yet: then it has no series. */
const isAsked = ({ failure }: ReportCheck): boolean => failure?.code !== 'not-asked';

const checkSeries = (
  rule: ReportRule,
  info: Series,
  findings: readonly Finding[],
  check: ReportCheck,
  shared: Labels,
  intervals: Intervals | null,
): Series[] => {
  const through = reachable(rule.expect, check);
  const range = check.target.ports !== undefined;
  const last = timestampOf(check.startedAt);
  return [
    ...states('verdict', check.verdict, shared),
    ...(through === null ? [] : [plain('reachable', shared, through)]),
    ...states('outcome', check.outcome, shared),
    { ...info, shared },
    ...(last === null ? [] : [plain('lastCheck', shared, last)]),
    plain('duration', shared, check.durationSeconds),
    ...factSeries(check.probe, check.facts, shared),
    ...findingSeries(findings, shared),
    ...(intervals === null ? [] : [plain('interval', shared, range ? intervals.sweepInterval : intervals.interval)]),
  ];
};

const ruleSeries = (report: Report, rule: ReportRule, intervals: Intervals | null): Series[] => {
  const labels = ofRule(report, rule);
  const info = infoOf(rule, labels);
  if (rule.verdict === 'skipped') return [...states('verdict', 'skipped', labels), info];
  // Two roles of one server under one address are one series: that of the worse verdict.
  const worstFirst = rule.checks.filter(isAsked).toSorted((a, b) => byWorst(a.verdict, b.verdict));
  const checks = new Map<string, readonly [check: ReportCheck, shared: Labels]>();
  for (const check of worstFirst) {
    const shared = ofCheck(labels, check);
    const key = JSON.stringify([shared['endpoint'], shared['target'], shared['source']]);
    if (!checks.has(key)) checks.set(key, [check, shared]);
  }
  const there = byTarget(rule.findings);
  const located = new Set(rule.checks.flatMap((check) => there.get(nameOf(check)) ?? []));
  const elsewhere = rule.findings.filter((finding) => !located.has(finding));
  return [
    ...[...checks.values()].flatMap(([check, shared]) =>
      checkSeries(rule, info, there.get(nameOf(check)) ?? [], check, shared, intervals),
    ),
    ...findingSeries(elsewhere, labels),
  ];
};

const runSeries = (report: Report): Series[] => {
  const { site, vantage, place } = report;
  const controls = new Map(
    report.controls.flatMap(({ kind, target, asExpected }) => (kind === 'vantage' ? [[target, asExpected]] : [])),
  );
  const nowhere = { site, vantage, place, pack: '', rule: '', endpoint: '', target: '', source: '' };
  return [
    ...findingSeries(report.findings, nowhere),
    ...[...controls].map(
      ([target, asExpected]): Series => ({
        metric: 'control',
        labels: { control: target },
        shared: { site, vantage, place },
        value: asExpected ? 1 : 0,
      }),
    ),
  ];
};

/**
 * A report as samples: everything in it that is a number now. Every series once.
 * @param intervals of an agent; null for a report that nobody will renew
 */
export const seriesOf = (report: Report, intervals: Intervals | null): Series[] => {
  // A row that stands there twice has one set of series: that of the last.
  const rules = new Map(report.rules.map((rule) => [`${rule.pack} ${rule.rule}`, rule]));
  return [
    ...[...rules.values()].flatMap((rule) => ruleSeries(report, rule, intervals)),
    ...runSeries(report),
    { metric: 'build', labels: { version: report.tool.version }, shared: noLabels, value: 1 },
  ];
};

/** The same with the labels of each series in one piece. */
export const samplesOf = (report: Report, intervals: Intervals | null): Sample[] =>
  seriesOf(report, intervals).map(({ metric, labels, shared, value }) => ({
    metric,
    labels: { ...shared, ...labels },
    value,
  }));
