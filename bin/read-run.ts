import type { RunFile } from '../agent/merge-runs.ts';
import { readReport } from '../agent/report-file.ts';
import { withHint } from './complaint.ts';

/** Where files of that kind come from. */
export const runHint = "'edgeprobe check --output json=run.json' writes a report.";

/** Reads the report of a run. Throws UsageError with what is wrong with the file. */
export const readRun = (file: string): RunFile => withHint(runHint, () => readReport(file));
