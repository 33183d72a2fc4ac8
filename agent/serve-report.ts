import type { Report, ReportCheck, ReportRule } from './report.ts';
import { safeJson } from './sinks/json.ts';
import type { Watch } from './watch.ts';
import { type CheckName, checkId, type VerdictChange } from './watch-changes.ts';
import type { Past } from './watch-history.ts';

/** What an agent adds to its report: how it asks, and what it remembers. */
interface AgentReport extends Report {
  readonly agent: {
    readonly ready: boolean;
    readonly intervalSeconds: number;
    readonly sweepIntervalSeconds: number;
    /** The last verdict changes, oldest first. */
    readonly changes: readonly VerdictChange[];
    /** Checks that did not pass lately, with their last results, oldest first; failures are kept longer. */
    readonly history: readonly {
      readonly pack: string;
      readonly rule: string;
      readonly endpoint: string;
      readonly target: string;
      readonly source: string;
      readonly results: readonly Past[];
    }[];
  };
}

/** The name that a check of a report has among changes, results and series. */
export const reportedCheckName = (
  { pack, rule }: Pick<ReportRule, 'pack' | 'rule'>,
  { target, bound }: ReportCheck,
): CheckName => ({ pack, rule, endpoint: target.name, target: target.address ?? '', source: bound ?? '' });

/** The report of an agent; null until there is one. */
const agentReport = (watch: Watch, changes: readonly VerdictChange[]): AgentReport | null => {
  const report = watch.report();
  const view = watch.view();
  if (report === null || view === null) return null;
  const { interval, sweepInterval } = view.plan.site.agent;
  const history = report.rules.flatMap((rule) =>
    rule.checks.flatMap((check) => {
      const named = reportedCheckName(rule, check);
      const results = watch.history(checkId(named));
      return results.every(({ verdict }) => verdict === 'pass') ? [] : [{ ...named, results }];
    }),
  );
  return {
    ...report,
    agent: {
      ready: watch.ready(),
      intervalSeconds: interval,
      sweepIntervalSeconds: sweepInterval,
      changes,
      history,
    },
  };
};

/** The same as JSON, made once for every view. */
export const reportText = (watch: Watch, changes: () => readonly VerdictChange[]): (() => string | null) => {
  let made: { readonly of: unknown; readonly text: string } | null = null;
  return () => {
    const view = watch.view();
    if (view === null) return null;
    if (made?.of !== view) made = { of: view, text: safeJson(agentReport(watch, changes()), 0) };
    return made.text;
  };
};
