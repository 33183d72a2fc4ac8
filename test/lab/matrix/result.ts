import { type MergeOptions, mergeReports } from '../../../agent/merge.ts';
import type { Report, ReportRule } from '../../../agent/report.ts';
import type { Case } from './cases.ts';

/** What became of one row when its packets were treated in one way: a line of the table. */
export interface Result {
  readonly pack: string;
  readonly vantage: string;
  readonly row: string;
  readonly how: string;
  readonly verdict: string;
  readonly because: string;
  /** Findings of severity error on that row. */
  readonly errors: string;
  /** `caught` failed, or an error was found on the row; `unknown` not known; `missed` passed as if nothing were wrong. */
  readonly result: 'caught' | 'unknown' | 'missed';
  /** What else changed: other rows with their verdicts, findings of the run. Empty: nothing did. */
  readonly others: string;
  /** Whom the merged runs blame: the segment that is mutated, nobody, or somebody else. */
  readonly blamed: 'right' | 'nobody' | 'wrong';
  readonly deduction: string;
  readonly seconds: string;
}

const errorsOf = ({ findings }: Pick<ReportRule, 'findings'>): string[] => [
  ...new Set(findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)),
];

const stateOf = (rule: ReportRule): string => [rule.verdict, rule.because, ...errorsOf(rule)].join(' ');

/** What changed that should not have. Rows that were not asked this time say nothing. */
const othersOf = ({ rows }: Case, before: Report, after: Report): string[] => {
  const was = new Map(before.rules.map((rule) => [rule.rule, rule]));
  const changed = after.rules.flatMap((rule) => {
    const known = was.get(rule.rule);
    if (rows.includes(rule.rule) || known === undefined || stateOf(known) === stateOf(rule)) return [];
    return [`${rule.rule}: ${stateOf(rule)}`];
  });
  const known = errorsOf(before);
  const addresses = after.rules
    .filter(({ rule }) => rows.includes(rule))
    .flatMap(({ checks }) => checks.flatMap(({ target }) => target.address ?? []));
  // What is found of the run at an address of the case is about the case.
  const elsewhere = after.findings.filter(({ target }) => !addresses.some((address) => target.includes(address)));
  const ofRun = errorsOf({ findings: elsewhere }).filter((code) => !known.includes(code));
  return [...changed, ...ofRun.map((code) => `run: ${code}`)];
};

const merging: MergeOptions = { maxAge: 4 * 3600, mixed: false, now: new Date(0) };

const blames = new Set(['segment', 'segment-and-server']);

/** Whom the mutated run blames for a row, together with the runs of the other places. */
const blameOf = (
  row: string,
  segment: 'external' | 'internal',
  runs: readonly Report[],
): Pick<Result, 'blamed' | 'deduction'> => {
  const merged = mergeReports(
    runs.map((report) => ({ report, file: null, digest: null })),
    merging,
  );
  const told = merged.deductions.filter((one) => one.rule === row && one.code !== 'nobody-blocks');
  const blaming = told.filter(({ blame }) => blame !== 'unknown' && blame !== 'nobody');
  const deduction = [...new Set(told.map(({ code }) => code))].join(' ');
  if (blaming.length === 0) return { blamed: 'nobody', deduction };
  const right = blaming.every((one) => blames.has(one.blame) && one.segment === segment);
  return { blamed: right ? 'right' : 'wrong', deduction };
};

/** The opinion of a mutated run on one row of its case; null where the row is not in it. */
export const resultOf = (
  one: Case,
  row: string,
  segment: 'external' | 'internal',
  before: Report,
  after: Report,
  elsewhere: readonly Report[],
): Result | null => {
  const rule = after.rules.find((each) => each.rule === row);
  if (rule === undefined) return null;
  const errors = errorsOf(rule);
  const caught = rule.verdict === 'fail' || errors.length > 0;
  const seconds = (Date.parse(after.finishedAt) - Date.parse(after.startedAt)) / 1000;
  return {
    ...{ pack: one.pack, vantage: one.vantage, row, how: one.how, verdict: rule.verdict, because: rule.because },
    errors: errors.join(' '),
    result: caught ? 'caught' : rule.verdict === 'pass' ? 'missed' : 'unknown',
    others: othersOf(one, before, after).join('; '),
    ...blameOf(row, segment, [...elsewhere, after]),
    seconds: seconds.toFixed(1),
  };
};
