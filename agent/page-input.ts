import { counted } from './explain-words.ts';
import type { MergedReport } from './merge.ts';
import type { Report, ReportCheck, ReportRule } from './report.ts';
import type { Verdict } from './verdict.ts';
import type { VerdictChange } from './watch-changes.ts';
import type { Past } from './watch-history.ts';

/** What the status page shows. */
export interface PageInput {
  readonly report: Report;
  /** The same, as the HTML report wants it. */
  readonly merged: MergedReport;
  readonly ready: boolean;
  /** Seconds from one round to the next: of single ports, and of ranges. */
  readonly interval: number;
  readonly sweepInterval: number;
  /** The last changes, oldest first. */
  readonly changes: readonly VerdictChange[];
  /** The last results of a check, oldest first. */
  readonly historyOf: (rule: Pick<ReportRule, 'pack' | 'rule'>, check: ReportCheck) => readonly Past[];
}

/** Whether the agent has come to this check already. */
export const wasAsked = ({ failure }: ReportCheck): boolean => failure?.code !== 'not-asked';

export const isRange = ({ target }: ReportCheck): boolean => target.ports !== undefined;

/** Results older than this many rounds are marked: something holds the agent up. */
const roundsUntilOld = 3;

/** Seconds until a result is marked as old. A round may take its time, so it is never less than half a minute. */
export const oldAfter = ({ interval, sweepInterval }: PageInput, check: ReportCheck): number =>
  Math.max(30, roundsUntilOld * (isRange(check) ? sweepInterval : interval));

/** The controls that tell whether this vantage sees anything; and whether none of them answers. */
export const sightOf = ({ controls }: Report): { failed: string[]; blind: boolean } => {
  const own = controls.filter(({ kind }) => kind === 'vantage');
  const failed = own.filter(({ asExpected }) => !asExpected).map(({ target }) => target);
  return { failed, blind: own.length > 0 && failed.length === own.length };
};

/** Findings of severity error that nobody waived: they have to be repaired even where every row passes. */
export const errorsOf = ({ findings }: MergedReport): number =>
  findings.filter(({ severity, waived }) => severity === 'error' && !waived).length;

/** What stands in the title and the icon: the worst there is, in words. */
export const worstOf = ({ report, merged }: PageInput): { state: Verdict; words: string } => {
  const { summary } = report;
  const errors = errorsOf(merged);
  if (summary.fail > 0) return { state: 'fail', words: `${summary.fail} fail` };
  if (errors > 0) return { state: 'fail', words: counted(errors, 'error') };
  if (sightOf(report).blind) return { state: 'unknown', words: 'blind' };
  if (summary.unknown > 0) return { state: 'unknown', words: `${summary.unknown} unknown` };
  return summary.pass > 0 ? { state: 'pass', words: `${summary.pass} pass` } : { state: 'skipped', words: 'not asked' };
};
