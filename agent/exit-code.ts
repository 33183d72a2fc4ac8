import type { Report, ReportRule } from './report.ts';

/** Skips that leave a question open; the others are decisions of the site or facts of this host. */
const costly: ReadonlySet<string> = new Set(['no-endpoint', 'no-source-address', 'no-probe-yet']);

/** What of a report decides the exit code: of one run, or of several that were merged. */
export interface Counted {
  readonly rules: readonly Pick<ReportRule, 'waiver' | 'verdict' | 'because' | 'findings'>[];
  readonly findings: Report['findings'];
}

/**
 * 0 every rule passed; 1 a rule failed, or a finding of severity error; 3 nothing failed, but something is unknown or
 * could not be asked. What a waiver covers is not counted.
 */
export const exitCodeOf = ({ rules, findings }: Counted): 0 | 1 | 3 => {
  const counted = rules.filter((rule) => rule.waiver === null);
  const errors = [...findings, ...counted.flatMap((rule) => rule.findings)].some(
    ({ severity }) => severity === 'error',
  );
  if (errors || counted.some(({ verdict }) => verdict === 'fail')) return 1;
  const open = counted.some(
    ({ verdict, because }) => verdict === 'unknown' || (verdict === 'skipped' && costly.has(because)),
  );
  return open ? 3 : 0;
};
