import type { Report } from '../report.ts';
import { jsonSink } from './json.ts';
import { type RenderOptions, tableSink } from './table.ts';

export type { RenderOptions } from './table.ts';

/** The formats of a report; the first is the default. */
export const formats = ['table', 'json'] as const;

export type Format = (typeof formats)[number];

const sinks: Readonly<Record<Format, (report: Report, options: RenderOptions) => string>> = {
  table: tableSink,
  json: jsonSink,
};

/** A report in one of the formats, as text that ends with a newline. */
export const render = (format: Format, report: Report, options: RenderOptions): string =>
  sinks[format](report, options);
