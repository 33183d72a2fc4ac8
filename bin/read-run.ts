import type { RunFile } from '../agent/merge-runs.ts';
import { readRunOrRecord } from '../agent/record-file.ts';
import { readReport } from '../agent/report-file.ts';
import { withHint } from './complaint.ts';

/** Where files of that kind come from. */
export const runHint = "'edgeprobe check --output json=run.json' writes a report.";

/** Reads the report of a run. Throws UsageError with what is wrong with the file. */
export const readRun = (file: string): RunFile => withHint(runHint, () => readReport(file));

/** Reads a file that is the report of a run or the record of a responder. Throws UsageError with what is wrong with it. */
export const readRunOr = (file: string): ReturnType<typeof readRunOrRecord> =>
  withHint(runHint, () => readRunOrRecord(file));
