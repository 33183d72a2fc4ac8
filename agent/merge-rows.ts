import type { OrderedRun } from './merge-runs.ts';
import type { Report, ReportCheck, ReportRule } from './report.ts';
import { grouped } from './sinks/grouped.ts';
import { byWorst, type Verdict } from './verdict.ts';

/** What one place says of a row. */
export interface MergedAnswer {
  /** The number of the run that counts. */
  readonly run: number;
  readonly vantage: string;
  readonly place: string;
  readonly label: string;
  readonly expect: ReportRule['expect'];
  readonly verdict: Verdict;
  readonly because: ReportRule['because'];
  readonly path: ReportRule['path'];
  readonly explain: string;
  readonly waiver: ReportRule['waiver'];
  readonly old: boolean;
  /** The run of that place kept this answer of an earlier asking. */
  readonly kept?: NonNullable<ReportRule['kept']>;
  readonly findings: ReportRule['findings'];
  /** One for each node (`target.name`), address and source: outcome, verdict, path, because, evidence. */
  readonly checks: readonly ReportCheck[];
}

/** An opinion of a run of a place that was asked several times. */
export interface HistoryEntry {
  readonly run: number;
  readonly label: string;
  /** UTC: when its first question of this row was asked. */
  readonly at: string;
  readonly verdict: Verdict;
  readonly because: ReportRule['because'];
  /** The one that counts. */
  readonly counts: boolean;
}

/** One row of a port summary, over all places. */
export interface MergedRow
  extends Pick<
    ReportRule,
    'pack' | 'rule' | 'table' | 'protocol' | 'security' | 'transport' | 'ports' | 'from' | 'to' | 'expect'
  > {
  /** The worst of its places; `because`, `path` and `explain` are those of that place. */
  readonly verdict: Verdict;
  readonly because: ReportRule['because'];
  readonly path: ReportRule['path'];
  readonly explain: string;
  /** That of the worst place, if it covers every place that came out as badly. */
  readonly waiver: ReportRule['waiver'];
  readonly places: readonly MergedAnswer[];
  /** Oldest first; empty unless a place was asked more than once. */
  readonly history: readonly HistoryEntry[];
}

/** A row's name over all packs. */
export const rowKey = ({ pack, rule }: { readonly pack: string; readonly rule: string }): string => `${pack}/${rule}`;

const leftOut: ReadonlySet<string> = new Set(['aborted', 'not-asked']);

/** Whether every question of a row was asked: a run that was ended early must not hide what an earlier one saw. */
export const askedThrough = ({ verdict, checks }: ReportRule): boolean =>
  verdict !== 'skipped' &&
  !checks.some(({ outcome, failure }) => outcome === 'unasked' && leftOut.has(failure?.code ?? ''));

/** When a row was asked: its last question, UTC. */
export const askedAt = ({ checks, kept }: ReportRule, report: Report): string =>
  checks.map(({ startedAt }) => startedAt).reduce<string | null>(laterOf, null) ?? kept?.at ?? report.startedAt;

const laterOf = (a: string | null, b: string): string => (a !== null && new Date(a) > new Date(b) ? a : b);

interface Told {
  readonly run: OrderedRun;
  readonly rule: ReportRule;
}

/**
 * What the runs of one position say of a row, in the order in which they asked. A run that kept a row of an earlier one
 * says nothing new where that one is given too.
 */
const inOrder = (told: readonly Told[]): Told[] => {
  const given = new Set(told.map(({ run }) => run.report.run.id));
  return told
    .filter(({ run, rule: { kept } }) => kept === undefined || kept.run === run.report.run.id || !given.has(kept.run))
    .toSorted((a, b) => Date.parse(askedAt(a.rule, a.run.report)) - Date.parse(askedAt(b.rule, b.run.report)));
};

/** The newest run that asked the row through; if none did, the newest that asked; else the newest. */
const counting = (told: readonly Told[]): Told | undefined =>
  told.findLast(({ rule }) => askedThrough(rule)) ??
  told.findLast(({ rule }) => rule.verdict !== 'skipped') ??
  told.at(-1);

const day = 24 * 3600 * 1000;

/** A waiver holds to the end of its last day, UTC; what was waived when it was asked counts once that is over. */
const inForce = (waiver: ReportRule['waiver'], now: Date): ReportRule['waiver'] =>
  waiver !== null && now.getTime() < new Date(`${waiver.until}T00:00:00Z`).getTime() + day ? waiver : null;

const answerOf = ({ run, rule }: Told, now: Date): MergedAnswer => {
  const { expect, verdict, because, path, explain, findings, checks } = rule;
  const { vantage, place } = run.report;
  const waiver = inForce(rule.waiver, now);
  const { number, label } = run;
  const old = run.old || (rule.kept !== undefined && Date.parse(rule.kept.at) < run.oldBefore);
  return {
    ...{ run: number, vantage, place, label, expect, verdict, because, path, explain, waiver, old, findings, checks },
    ...(rule.kept === undefined ? {} : { kept: rule.kept }),
  };
};

const historyOf = (told: readonly Told[], counts: Told | undefined): HistoryEntry[] =>
  told.length < 2
    ? []
    : told.map((one) => ({
        run: one.run.number,
        label: one.run.label,
        at: one.rule.checks[0]?.startedAt ?? one.run.report.startedAt,
        verdict: one.rule.verdict,
        because: one.rule.because,
        counts: one === counts,
      }));

const rowOf = (told: readonly [Told, ...Told[]], now: Date): MergedRow => {
  const positions = grouped(told, ({ run }) => run.position).map(inOrder);
  const places = positions.flatMap((one) => {
    const counts = counting(one);
    return counts === undefined ? [] : [answerOf(counts, now)];
  });
  // What a waiver covers gives way to what is just as bad and not covered.
  const [worst] = places.toSorted(
    (a, b) => byWorst(a.verdict, b.verdict) || Number(a.waiver !== null) - Number(b.waiver !== null),
  );
  if (worst === undefined) throw new Error('a row that no run tells of');
  const { pack, rule, table, protocol, security, transport, ports, from, to } = told[0].rule;
  const { expect, verdict, because, path, explain, waiver } = worst;
  const history = positions.flatMap((one) => historyOf(one, counting(one)));
  return {
    ...{ pack, rule, table, protocol, security, transport, ports, from, to },
    ...{ expect, verdict, because, path, explain, waiver, places },
    history: history.toSorted((a, b) => a.run - b.run),
  };
};

/**
 * The rows of several runs, in the order of their packs where that is known, else as the runs list them.
 * @param order the places of rows (`pack/rule`) in their packs
 */
export const mergeRows = (runs: readonly OrderedRun[], order: ReadonlyMap<string, number>, now: Date): MergedRow[] => {
  const told = new Map<string, [Told, ...Told[]]>();
  for (const run of runs) {
    for (const rule of run.report.rules) {
      const known = told.get(rowKey(rule));
      if (known === undefined) told.set(rowKey(rule), [{ run, rule }]);
      else known.push({ run, rule });
    }
  }
  const last = order.size;
  const rows = [...told.values()].map((one) => rowOf(one, now));
  return rows.toSorted((a, b) => (order.get(rowKey(a)) ?? last) - (order.get(rowKey(b)) ?? last));
};

/** How many rows came out how. */
export const countVerdicts = (rows: readonly { readonly verdict: Verdict }[]): Report['summary'] => {
  const count = (verdict: Verdict): number => rows.filter((row) => row.verdict === verdict).length;
  return { pass: count('pass'), fail: count('fail'), unknown: count('unknown'), skipped: count('skipped') };
};
