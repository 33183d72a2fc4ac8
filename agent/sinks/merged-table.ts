import { basename } from 'node:path';
import { counted, listed } from '../explain-words.ts';
import { keptWords } from '../kept.ts';
import type { MergedReport } from '../merge.ts';
import { type MergedRow, rowKey } from '../merge-rows.ts';
import type { MergedRun } from '../merge-runs.ts';
import type { ReportRule } from '../report.ts';
import { recordWords } from '../used-records.ts';
import { type Block, blocksOf } from './blocks.ts';
import { indent } from './columns.ts';
import { detailLines, findingLines } from './details.ts';
import { grouped } from './grouped.ts';
import { endCut, hanging } from './layout.ts';
import { mergedColumns, mergedLine, mergedTitle } from './merged-columns.ts';
import {
  aheadAdvice,
  aheadWords,
  clockWords,
  deductionText,
  historyOf,
  resultWord,
  summaryWords,
} from './row-words.ts';
import { sharedFindingLines } from './shared-findings.ts';
import type { RenderOptions } from './table.ts';
import { type Colour, type Theme, themeOf } from './theme.ts';

/** Narrower, nothing can be read; wider, lines become too long to read. */
const columnLimits = { least: 60, most: 200 } as const;

const headerCap = 400;

/** Seconds between two clocks that whoever searches a log by the time must know of. */
const worthTelling = 2;

/** Rows that one line of what was not tested names, before it counts them. */
const namedAtMost = 2;

/** Sentences on who blocks one row before it says how many more there are. */
const mostDeductions = 4;

/** Addresses of a run before there are "more". */
const mostAddresses = 3;

const few = (words: readonly string[]): string =>
  words.length > mostAddresses
    ? `${words.slice(0, mostAddresses).join(', ')} and ${words.length - mostAddresses} more`
    : words.join(', ');

const runWords = (run: MergedRun): string => {
  const seen = run.seenAs.filter((one) => !run.sources.includes(one));
  const from = run.sources.length === 0 ? '' : `, from ${few(run.sources)}`;
  const mapped = seen.length === 0 ? '' : ` (the far side saw ${few(seen)})`;
  const when = `${run.startedAt.slice(0, 19)}Z to ${run.finishedAt.slice(11, 19)}Z`;
  const ahead = aheadWords(run);
  const remarks = [
    ...(ahead === null ? [] : [`CLOCK WRONG: ${ahead}`]),
    ...(run.old ? ['OLD'] : []),
    ...(Math.abs(run.clockOffsetSeconds ?? 0) < worthTelling ? [] : [`its clock is ${clockWords(run)}`]),
    ...(run.superseded ? ['superseded by a later run'] : []),
    ...(run.kept === null ? [] : [keptWords(run.kept, run.finishedAt)]),
    ...(run.interrupted ? ['ENDED EARLY'] : []),
    ...(run.note === null ? [] : [run.note]),
  ];
  const file = run.file === null ? [] : [`${basename(run.file)} ${run.digest ?? ''}`];
  return [`${run.label}, ${run.host}${from}${mapped}`, when, ...file, ...remarks].join(' · ');
};

const headerLines = (report: MergedReport, columns: number, theme: Theme): string[] => {
  const { tool, site, siteDigest, packs, runs, records, mixed } = report;
  const who = `${site} · ${counted(runs.length, 'run')}${mixed ? ' of DIFFERENT sites' : ''}`;
  const what = packs.map((pack) => basename(pack)).join(' ');
  return [
    ...hanging(
      `${endCut(theme.say(`${tool.name} ${tool.version}`), 30, theme.cut)}  `,
      theme.say(who, headerCap),
      columns,
    ),
    ...hanging(`config ${endCut(theme.say(siteDigest), 20, theme.cut)}  `, theme.say(what, headerCap), columns),
    ...runs.flatMap((run) => hanging(`run ${run.number}  `, theme.say(runWords(run), headerCap), columns)),
    ...records.flatMap((one) => hanging('judged with what ', theme.say(recordWords(one), headerCap), columns)),
  ];
};

/** A row as if one run had asked it from everywhere: for the parts that are the same for one run and for many. */
const asRule = (row: MergedRow): ReportRule => {
  const { places, history: _, ...rule } = row;
  return {
    ...rule,
    findings: places.flatMap(({ findings }) => findings),
    checks: places.flatMap(({ checks }) => checks),
  };
};

/** Who blocks, in one line for each way to say it. */
const deductionLines = (block: Block, report: MergedReport, columns: number, theme: Theme): string[] => {
  const keys = new Set([block.rule, ...block.twins].map(rowKey));
  const told = report.deductions.filter((one) => keys.has(rowKey(one)) && one.code !== 'nobody-blocks');
  const alike = [...new Set(told.map(deductionText))];
  const more = alike.length > mostDeductions ? [`and ${alike.length - mostDeductions} more, see --format json`] : [];
  return [...alike.slice(0, mostDeductions), ...more].flatMap((text) =>
    hanging(`${' '.repeat(indent)}who  `, theme.say(text), columns),
  );
};

/** What a place said before, where it said something else. */
const historyWords = (row: MergedRow): string =>
  historyOf(row)
    .changed.map(
      (told) => `${told[0].label} ${told.map(({ verdict, at }) => `${verdict} ${at.slice(11, 16)}Z`).join(', ')}`,
    )
    .join(' · ');

const blockLines = (
  block: Block,
  report: MergedReport,
  columns: number,
  theme: Theme,
  table: ReturnType<typeof mergedColumns>,
): string[] => {
  const row = report.rows.find((one) => rowKey(one) === rowKey(block.rule));
  if (row === undefined) return [];
  const alarm = block.findings.some(({ severity }) => severity !== 'info');
  const widths = { rule: 1, flow: 1, to: 0, path: 1, nodes: 1, took: 0 };
  const history = row.verdict === 'skipped' ? '' : historyWords(row);
  return [
    mergedLine(row, table, alarm, theme),
    ...(row.verdict === 'pass' ? [] : deductionLines(block, report, columns, theme)),
    ...detailLines(block, widths, columns, theme),
    ...(history === '' ? [] : hanging(`${' '.repeat(indent)}was  `, theme.say(history), columns)),
  ];
};

const widthText = ({ width: { verdict, controls, blocked } }: MergedReport): string => {
  const open = controls.filter(({ outcome }) => outcome === 'open' || outcome === 'answered');
  const exposed = blocked.filter((one) => one.verdict === 'fail');
  const asked = `${counted(controls.length, 'control port')}${blocked.length > 0 ? ` and ${counted(blocked.length, 'row')} that must be blocked` : ''}`;
  if (verdict === 'not-asked') return 'not known: no port beside the table was asked';
  if (verdict === 'none-seen') return `nothing seen: ${asked}, all shut`;
  if (verdict === 'unclear') return `not known: of ${asked} some gave no clear answer`;
  const names = [
    ...open.map(({ node, address, port }) => `${node} ${address}:${port}`),
    ...exposed.map(({ rule }) => rule),
  ];
  return `YES: ${few(names)}`;
};

const notTestedWords = ({ notTested }: MergedReport): string[] =>
  grouped(notTested, ({ reason }) => reason).map((alike) => {
    const names = [...new Set(alike.map(({ rule }) => rule))];
    return `${names.length <= namedAtMost ? listed(names) : counted(names.length, 'row')}: ${alike[0].reason}`;
  });

const nextWords = (report: MergedReport): string => {
  const open = report.rows.find(
    ({ verdict, waiver }) => (verdict === 'fail' || verdict === 'unknown') && waiver === null,
  );
  const place = open?.places.find(({ verdict }) => verdict === open.verdict);
  if (open !== undefined) {
    return `repair from the top (do), ask again from ${place?.label ?? 'there'}, and merge the new run with these`;
  }
  const ahead = aheadAdvice(report);
  if (ahead !== null) return ahead;
  if (report.runs.some(({ old }) => old)) return 'ask the old runs again before anybody signs';
  const missing = ['inside', 'dmz', 'outside'].filter((one) => !report.runs.some(({ vantage }) => vantage === one));
  if (missing.length > 0) return `ask from ${listed(missing)} as well, and merge that run with these`;
  if (report.exitCode === 0) return '--format markdown makes the page that is signed';
  return report.exitCode === 1
    ? 'see the lines with !, repair, and ask again'
    : 'what was not tested stays open: see above';
};

const resultColour: Readonly<Record<string, Colour>> = { PASS: 'green', FAIL: 'red' };

const footerLines = (report: MergedReport, blocks: readonly Block[], columns: number, theme: Theme): string[] => {
  const say = (label: string, text: string): string[] => hanging(label.padEnd(indent), theme.say(text), columns);
  const ofRuns = report.findings.filter(({ rows, code }) => rows.length === 0 || code === 'tls-inspection');
  const name = resultWord(report);
  const [result = '', ...more] = say('result', `${name}, exit ${report.exitCode} · ${summaryWords(report)}`);
  return [
    ...sharedFindingLines(blocks, columns, theme),
    ...findingLines(ofRuns, 0, columns, theme),
    ...say('wider?', widthText(report)),
    ...notTestedWords(report).flatMap((text, index) => say(index === 0 ? 'not tested' : '', text)),
    result.replace(name, theme.paint(resultColour[name] ?? 'yellow', name)),
    ...more,
    ...say('next', nextWords(report)),
  ];
};

/** Merged runs for people: the port summary with a column for each place, the worst first. Ends with a newline. */
export const mergedTableSink = (report: MergedReport, options: RenderOptions): string => {
  const theme = themeOf(options);
  const columns = Math.min(columnLimits.most, Math.max(columnLimits.least, options.columns));
  const blocks = blocksOf({ rules: report.rows.map(asRule) });
  const shown = report.rows.filter((row) => blocks.some(({ rule }) => rowKey(rule) === rowKey(row)));
  const table = mergedColumns(report, shown, columns, theme);
  const body =
    blocks.length === 0
      ? ['no row was asked']
      : [mergedTitle(table, theme), ...blocks.flatMap((block) => blockLines(block, report, columns, theme, table))];
  const lines = [
    ...headerLines(report, columns, theme),
    '',
    ...body,
    '',
    ...footerLines(report, blocks, columns, theme),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
};
