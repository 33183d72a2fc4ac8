import { alone, type MergedReport } from '../merge.ts';
import type { Report } from '../report.ts';
import { csvSink } from './csv.ts';
import { htmlSink } from './html.ts';
import { jsonSink, safeJson } from './json.ts';
import { junitSink } from './junit.ts';
import { markdownSink } from './markdown.ts';
import { mergedTableSink } from './merged-table.ts';
import { nagiosCode, nagiosSink } from './nagios.ts';
import { prometheusSink } from './prometheus.ts';
import { type RenderOptions, tableSink } from './table.ts';
import { tapSink } from './tap.ts';

export type { RenderOptions } from './table.ts';

/** The formats of a report; the first is the default. */
export const formats = ['table', 'json', 'junit', 'tap', 'markdown', 'html', 'csv', 'nagios'] as const;

export type Format = (typeof formats)[number];

/** The formats of one run: beside those of every report the numbers of one place. */
export const runFormats = [...formats, 'prometheus'] as const;

export type RunFormat = (typeof runFormats)[number];

/** Formats that say the same of one run and of many. */
const shared = {
  junit: junitSink,
  tap: tapSink,
  markdown: markdownSink,
  html: htmlSink,
  csv: csvSink,
  nagios: nagiosSink,
} as const satisfies Partial<Record<Format, (report: MergedReport) => string>>;

/** A report in one of the formats, as text that ends with a newline. */
export const render = (format: RunFormat, report: Report, options: RenderOptions): string => {
  if (format === 'table') return tableSink(report, options);
  if (format === 'prometheus') return prometheusSink(report);
  return format === 'json' ? jsonSink(report) : shared[format](alone(report));
};

/** Merged runs in one of the formats, as text that ends with a newline. */
export const renderMerged = (format: Format, report: MergedReport, options: RenderOptions): string => {
  if (format === 'table') return mergedTableSink(report, options);
  return format === 'json' ? safeJson(report, 2) : shared[format](report);
};

/** The exit code that goes with a format on standard output: monitoring plugins have codes of their own. */
export const exitCodeFor = (format: RunFormat | null, report: MergedReport): number =>
  format === 'nagios' ? nagiosCode(report) : report.exitCode;
