import { exitCodeOf } from './exit-code.ts';
import { type MergedFinding, mergeFindings } from './merge-findings.ts';
import { countVerdicts, type MergedRow, mergeRows } from './merge-rows.ts';
import { describeRun, type MergedRun, type Ordering, orderRuns, type RunFile } from './merge-runs.ts';
import { type NotTested, notTested, type Width, widthOf } from './merge-tested.ts';
import type { Rule } from './packs.ts';
import type { Report } from './report.ts';
import { type Deduction, deduceSegments } from './segments-seen.ts';
import { recordsOfAll, type UsedRecord } from './used-records.ts';
import type { Path, Verdict } from './verdict.ts';

/** One stretch of network that somebody signs for: how many of its rows came out how. */
export interface SegmentSummary {
  readonly segment: 'external' | 'internal';
  /** What firewall people sign. */
  readonly paths: Readonly<Record<Path, number>>;
  readonly verdicts: Readonly<Record<Verdict, number>>;
}

/**
 * Several runs as one document: `edgeprobe report --format json`. Other people's files depend on these names.
 *
 * - `site siteDigest packs timezone` of the newest run; `mixed` if runs of different sites or packs stand together
 * - `madeAt` when it was merged (UTC); `maxAgeSeconds` above which runs are marked `old`
 * - `runs[]` who asked, oldest first; everything else names them by `number` and by `label`; `aheadSeconds` where one
 *   began after `madeAt`, so that a clock is wrong
 * - `records[]` of responders that the runs were judged with: `host as digest startedAt finishedAt ended`
 * - `summary` rows by verdict, `rows[]` the port summary in the order of the packs: the verdict of a row is that of its
 *   worst place; `rows[].places[]` what each place says, `places[].checks[]` each node (`target.name`), as in
 *   `edgeprobe/report/v1`; `rows[].history[]` earlier opinions of places that were asked more than once
 * - `deductions[]` who blocks, by segment: `code blame sure doubts explain`
 * - `segments[]` paths and verdicts counted for those who sign
 * - `findings[]` of all runs, each once, with `rows` and `places`; the worst first
 * - `notTested[]` rows, questions and ports of which nothing is known
 * - `width` "wider than the table?": ports that no row opens, and rows that must be blocked
 * - `exitCode` as `edgeprobe check` would end
 */
export interface MergedReport {
  readonly schema: 'edgeprobe/merged-report/v1';
  readonly site: string;
  readonly siteDigest: string;
  readonly mixed: boolean;
  readonly packs: readonly string[];
  readonly timezone: string;
  readonly tool: Report['tool'];
  readonly madeAt: string;
  readonly maxAgeSeconds: number;
  readonly summary: Readonly<Record<Verdict, number>>;
  readonly exitCode: 0 | 1 | 3;
  readonly runs: readonly MergedRun[];
  readonly records: readonly UsedRecord[];
  readonly rows: readonly MergedRow[];
  readonly deductions: readonly Deduction[];
  readonly segments: readonly SegmentSummary[];
  readonly findings: readonly MergedFinding[];
  readonly notTested: readonly NotTested[];
  readonly width: Width;
}

export interface MergeOptions extends Ordering {
  /** The rows of the packs in their order, as far as they can be read here. */
  readonly rules?: readonly Rule[];
}

/** Runs older than this, measured from the newest, are marked: four hours, in seconds. */
export const defaultMaxAge = 4 * 3600;

/** The firewall that a row crosses: towards clients and partners, or towards the servers inside. */
const segmentOf = ({ table, from, to }: MergedRow): SegmentSummary['segment'] =>
  table === 'internal' || from === 'edge-internal' || to === 'edge-internal' ? 'internal' : 'external';

const summarise = (rows: readonly MergedRow[]): SegmentSummary[] =>
  (['external', 'internal'] as const).flatMap((segment): SegmentSummary[] => {
    const own = rows.filter((row) => segmentOf(row) === segment && row.verdict !== 'skipped');
    const paths = { open: 0, lost: 0, refused: 0, cut: 0, unknown: 0 };
    for (const { path } of own) paths[path]++;
    return own.length === 0 ? [] : [{ segment, paths, verdicts: countVerdicts(own) }];
  });

/**
 * One report over vantages, places and nodes. The newest run of a place counts; what it did not ask, an earlier one
 * tells. Throws MixedRunsError where runs do not belong together, and Error without any run.
 */
export const mergeReports = (files: readonly RunFile[], options: MergeOptions): MergedReport => {
  const { maxAge, now, rules = [] } = options;
  const runs = orderRuns(files, options);
  const newest = runs.at(-1)?.report;
  if (newest === undefined) throw new Error('no runs to merge');
  const order = new Map(rules.map((rule, index) => [`${rule.pack}/${rule.id}`, index]));
  const rows = mergeRows(runs, order, now);
  const used = new Set(rows.flatMap(({ places }) => places.map(({ run }) => run)));
  // A run may have asked controls only, for the rows of others: the newest of its position tells them.
  const asking = new Map(
    runs.flatMap((run) => ((run.report.alongside ?? []).length > 0 ? [[run.position, run.number]] : [])),
  );
  for (const number of asking.values()) used.add(number);
  const counting = runs.filter(({ number }) => used.has(number));
  const findings = mergeFindings(counting, rows);
  // A place that could not ask a row leaves nothing open where another place asked it.
  const answers = rows.flatMap(({ places }) => {
    const asked = places.filter(({ verdict }) => verdict !== 'skipped');
    return asked.length > 0 ? asked : places;
  });
  const countedFindings = findings.filter(({ waived }) => !waived);
  return {
    schema: 'edgeprobe/merged-report/v1',
    site: newest.site,
    siteDigest: newest.siteDigest,
    mixed: new Set(runs.map(({ report }) => `${report.site} ${report.siteDigest}`)).size > 1,
    packs: [...new Set(runs.flatMap(({ report }) => report.run.packs))],
    timezone: newest.run.timezone,
    tool: newest.tool,
    madeAt: now.toISOString(),
    maxAgeSeconds: maxAge,
    summary: countVerdicts(rows),
    exitCode: exitCodeOf({ rules: answers.map((one) => ({ ...one, findings: [] })), findings: countedFindings }),
    runs: runs.map((run) => describeRun(run, !used.has(run.number))),
    records: recordsOfAll(runs.flatMap(({ report }) => report.records ?? [])),
    rows,
    deductions: deduceSegments(counting, rows),
    segments: summarise(rows),
    findings,
    notTested: notTested(rows, runs, rules),
    width: widthOf(runs, rows),
  };
};

/** A single run as a merged report, for formats that are the same for one run and for many. */
export const alone = (report: Report): MergedReport =>
  mergeReports([{ report, file: null, digest: null }], {
    maxAge: defaultMaxAge,
    mixed: false,
    now: new Date(report.startedAt),
  });
