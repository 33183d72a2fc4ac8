import { hairpinRows } from './hairpin.ts';
import { askedAt, askedThrough, countVerdicts, rowKey } from './merge-rows.ts';
import type { Plan, PlannedRule } from './plan.ts';
import type { Report, ReportRule } from './report.ts';
import { joinRecords } from './used-records.ts';

const keyOf = ({ rule }: PlannedRule): string => rowKey({ pack: rule.pack, rule: rule.id });

const hasError = ({ findings }: Pick<ReportRule, 'findings'>): boolean =>
  findings.some(({ severity }) => severity === 'error');

/**
 * The rows of a report that asking again could better: not passed, or passed with an error. All that were asked, if the
 * report has an error that is no row's: which row it hangs on is not known.
 * @param waived whether rows count whose verdict is waived
 */
export const openRows = (report: Report, waived: boolean): Set<string> => {
  const every = hasError(report);
  const open = report.rules.filter(
    (rule) =>
      rule.verdict !== 'skipped' &&
      (every || rule.verdict !== 'pass' || hasError(rule)) &&
      (waived || rule.waiver === null),
  );
  return new Set(open.map(rowKey));
};

/** Why a run cannot be carried on with this plan from here; null if it can. `host` is the name of this one. */
export const whyNotAgain = (plan: Plan, host: string, before: Report): string | null => {
  const parts: readonly [string, string, string][] = [
    ['of the site', before.site, plan.site.name],
    ['of the site file with the digest', before.siteDigest, plan.site.digest],
    ['from the vantage', before.vantage, plan.vantage],
    ['from the place', before.place, plan.place],
    ['from the host', before.run.host, host],
    ['of the packs', before.run.packs.toSorted().join(' '), plan.packs.toSorted().join(' ')],
  ];
  const other = parts.find(([, was, is]) => was !== is);
  return other === undefined ? null : `it is ${other[0]} ${other[1]}, and this is ${other[2]}`;
};

/** A run cut down to the rows of a plan, with the rows that only one of the two has. */
export const meet = (plan: Plan, before: Report): { common: Report; onlyRun: string[]; onlyPlan: string[] } => {
  const planned = new Set(plan.rules.map(keyOf));
  const known = new Set(before.rules.map(rowKey));
  return {
    common: { ...before, rules: before.rules.filter((rule) => planned.has(rowKey(rule))) },
    onlyRun: [...known].filter((key) => !planned.has(key)),
    onlyPlan: [...planned].filter((key) => !known.has(key)),
  };
};

/**
 * The part of a plan that asks some rows again. For every address among them, a row that passed there is asked as well:
 * it shows that the host lives and that we are not shunned, and it is the row to repeat after a sweep.
 */
export const planAgain = (plan: Plan, before: Report, wanted: ReadonlySet<string>): Plan => {
  const passed = new Set(before.rules.filter(({ verdict }) => verdict === 'pass').map(rowKey));
  // What was skipped costs nothing, and may have found an address of this host meanwhile.
  const skipped = new Set(before.rules.filter(({ verdict }) => verdict === 'skipped').map(rowKey));
  const open = plan.rules.filter((rule) => wanted.has(keyOf(rule)) || skipped.has(keyOf(rule)));
  const points = plan.rules.filter(
    (one) => !wanted.has(keyOf(one)) && passed.has(keyOf(one)) && !one.rule.ports.includes('-'),
  );
  const witnesses = new Set<PlannedRule>();
  for (const { target, source } of open.flatMap(({ asks }) => asks)) {
    const there = points.filter(
      ({ asks, expect }) => expect === 'reachable' && asks.some((ask) => ask.target.address === target.address),
    );
    if (there.some((one) => witnesses.has(one))) continue;
    const [witness] = [...there.filter(({ asks }) => asks.some((ask) => ask.source === source)), ...there];
    if (witness !== undefined) witnesses.add(witness);
  }
  const rules = plan.rules.filter((one) => open.includes(one) || witnesses.has(one));
  // The finding of a row that is kept is kept with it.
  const hairpins = plan.hairpins?.filter(({ transport }) => {
    const concerned = (of: readonly PlannedRule[]): boolean => hairpinRows(of, transport).length > 0;
    return concerned(rules) || !concerned(plan.rules);
  });
  return { ...plan, rules, ...(hairpins === undefined ? {} : { hairpins }) };
};

const keep = (rule: ReportRule, before: Report): ReportRule =>
  rule.kept === undefined ? { ...rule, kept: { run: before.run.id, at: askedAt(rule, before) } } : rule;

const controlKey = ({ kind, target, address, port }: Report['controls'][number]): string =>
  JSON.stringify([kind, target, address, port]);

/** What DNS says of the site's names is not asked again with every row, and says nothing of controls. */
const lasting: ReadonlySet<string> = new Set(['dns-split', 'srv-missing']);

/**
 * One report of a run and of what was asked again after it. Rows that were not asked again, or not to their end, are kept
 * and say when they were asked (`kept`). Controls are those of the later run; of rounds of one run, the last of each.
 */
export const carryOn = (before: Report, after: Report): Report => {
  const later = new Map(after.rules.map((rule) => [rowKey(rule), rule]));
  const rules = before.rules.map((rule): ReportRule => {
    const now = later.get(rowKey(rule));
    if (now === undefined) return rule.verdict === 'skipped' ? rule : keep(rule, before);
    return now.verdict === 'skipped' || askedThrough(now) || !askedThrough(rule) ? now : keep(rule, before);
  });
  const sameRun = before.run.id === after.run.id;
  const asked = new Set(after.controls.map(controlKey));
  const controls = sameRun ? before.controls.filter((one) => !asked.has(controlKey(one))) : [];
  const found = new Set(after.findings.map(({ code, target }) => `${code} ${target}`));
  const findings = before.findings.filter(({ code, target }) => lasting.has(code) && !found.has(`${code} ${target}`));
  const alongside = after.alongside ?? before.alongside;
  const records = joinRecords([...(before.records ?? []), ...(after.records ?? [])]);
  return {
    ...after,
    startedAt: sameRun ? before.startedAt : after.startedAt,
    summary: countVerdicts(rules),
    controls: [...controls, ...after.controls],
    findings: [...after.findings, ...findings],
    rules,
    ...(alongside === undefined ? {} : { alongside }),
    ...(records.length === 0 ? {} : { records }),
  };
};
