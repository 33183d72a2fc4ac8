import { socketAddress } from './explain-words.ts';
import type { Finding } from './findings.ts';
import { outcomeStates, type Sample, verdictStates } from './metric-catalogue.ts';
import { factSamples, timestampOf } from './metric-facts.ts';
import { edgeEnd, type Role } from './packs.ts';
import type { Report, ReportCheck, ReportRule } from './report.ts';
import { byWorst } from './verdict.ts';

/** How often a check comes round, in seconds: for single ports, and for ranges. */
export interface Intervals {
  readonly interval: number;
  readonly sweepInterval: number;
}

type Labels = Sample['labels'];

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

const states = (
  metric: Sample['metric'],
  label: string,
  all: readonly string[],
  is: string,
  labels: Labels,
): Sample[] => all.map((state) => ({ metric, labels: { ...labels, [label]: state }, value: state === is ? 1 : 0 }));

const infoOf = (rule: ReportRule, labels: Labels): Sample => {
  const { table, protocol, security, transport, ports, from, to, expect } = rule;
  const role = edgeEnd({ from: from as Role, to: to as Role })?.role ?? '';
  return {
    metric: 'info',
    labels: { ...labels, table, role, protocol, security, transport, ports, from, to, expect },
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

/** A finding, and the checks that it was seen at: it names them by endpoint, address and port. */
interface Located {
  readonly finding: Finding;
  readonly targets: ReadonlySet<string>;
}

// Read once for all checks of a rule: with hundreds of endpoints a finding may name them all.
const located = (finding: Finding): Located => ({ finding, targets: new Set(finding.target.split(', ')) });

const nameOf = ({ target: { name, address, host, ports, port } }: ReportCheck): string =>
  `${name} ${socketAddress(address ?? host ?? '', ports ?? String(port))}`;

const findingSample = ({ code, severity }: Finding, labels: Labels): Sample => ({
  metric: 'finding',
  labels: { ...labels, code, severity },
  value: 1,
});

/** Whether the agent has not come to this check yet: then it has no series. */
const isAsked = ({ failure }: ReportCheck): boolean => failure?.code !== 'not-asked';

const checkSamples = (
  rule: ReportRule,
  findings: readonly Located[],
  check: ReportCheck,
  labels: Labels,
  intervals: Intervals | null,
): Sample[] => {
  const name = nameOf(check);
  const through = reachable(rule.expect, check);
  const range = check.target.ports !== undefined;
  const last = timestampOf(check.startedAt);
  return [
    ...states('verdict', 'verdict', verdictStates, check.verdict, labels),
    ...(through === null ? [] : [{ metric: 'reachable', labels, value: through } as const]),
    ...states('outcome', 'outcome', outcomeStates, check.outcome, labels),
    infoOf(rule, labels),
    ...(last === null ? [] : [{ metric: 'lastCheck', labels, value: last } as const]),
    { metric: 'duration', labels, value: check.durationSeconds },
    ...factSamples(check.probe, check.facts, labels),
    ...findings.filter(({ targets }) => targets.has(name)).map(({ finding }) => findingSample(finding, labels)),
    ...(intervals === null
      ? []
      : [{ metric: 'interval', labels, value: range ? intervals.sweepInterval : intervals.interval } as const]),
  ];
};

const ruleSamples = (report: Report, rule: ReportRule, intervals: Intervals | null): Sample[] => {
  const labels = ofRule(report, rule);
  if (rule.verdict === 'skipped') {
    return [...states('verdict', 'verdict', verdictStates, 'skipped', labels), infoOf(rule, labels)];
  }
  // Two roles of one server under one address are one series: that of the worse verdict.
  const worstFirst = rule.checks.filter(isAsked).toSorted((a, b) => byWorst(a.verdict, b.verdict));
  const checks = new Map<string, ReportCheck>();
  for (const check of worstFirst) {
    const key = JSON.stringify(ofCheck(labels, check));
    if (!checks.has(key)) checks.set(key, check);
  }
  const findings = rule.findings.map(located);
  const names = rule.checks.map(nameOf);
  const elsewhere = findings.filter(({ targets }) => !names.some((name) => targets.has(name)));
  return [
    ...[...checks.values()].flatMap((check) => checkSamples(rule, findings, check, ofCheck(labels, check), intervals)),
    ...elsewhere.map(({ finding }) => findingSample(finding, labels)),
  ];
};

const runSamples = (report: Report): Sample[] => {
  const { site, vantage, place } = report;
  const nowhere = { site, vantage, place, pack: '', rule: '', endpoint: '', target: '', source: '' };
  return [
    ...report.findings.map((one) => findingSample(one, nowhere)),
    ...report.controls
      .filter(({ kind }) => kind === 'vantage')
      .map(
        ({ target, asExpected }): Sample => ({
          metric: 'control',
          labels: { site, vantage, place, control: target },
          value: asExpected ? 1 : 0,
        }),
      ),
  ];
};

const onceEach = (samples: readonly Sample[]): Sample[] => [
  ...new Map(samples.map((sample) => [JSON.stringify([sample.metric, sample.labels]), sample])).values(),
];

/**
 * A report as samples: everything in it that is a number now. Every series once.
 * @param intervals of an agent; null for a report that nobody will renew
 */
export const samplesOf = (report: Report, intervals: Intervals | null): Sample[] =>
  onceEach([
    ...report.rules.flatMap((rule) => ruleSamples(report, rule, intervals)),
    ...runSamples(report),
    { metric: 'build', labels: { version: report.tool.version }, value: 1 },
  ]);
