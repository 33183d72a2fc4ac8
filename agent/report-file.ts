import { type DocumentKind, parseDocument, readText } from './json-file.ts';
import type { RunFile } from './merge-runs.ts';
import type { Report } from './report.ts';
import { reportProblem, reportSchema } from './report-schema.ts';

const report: DocumentKind = {
  noun: 'report',
  schema: 'edgeprobe/report/v1',
  madeBy: "'edgeprobe check --format json'",
  instead: { 'edgeprobe/merged-report/v1': 'give the reports that it was merged from' },
};

/**
 * A report from the text of a file. Whatever stands in it may be hostile: what is returned has the shape of a report,
 * and nothing else is promised of its texts. Throws FileError that names the file, and what was expected where.
 */
export const parseReport = (text: string, file: string): Report =>
  parseDocument(text, file, report, reportSchema, reportProblem) as unknown as Report;

/** Reads a report file of at most `largestReport` bytes, with the digest that names it. Throws FileError. */
export const readReport = (file: string): RunFile => {
  const { text, digest } = readText(file, report.noun);
  return { report: parseReport(text, file), file, digest };
};
