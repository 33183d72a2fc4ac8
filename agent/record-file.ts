import { type DocumentKind, isOfKind, parseDocument, readText } from './json-file.ts';
import type { RunFile } from './merge-runs.ts';
import { recordSchema } from './record-schema.ts';
import { parseReport } from './report-file.ts';
import { reportProblem } from './report-schema.ts';
import type { FarRecord } from './respond-record.ts';

const recordKind: DocumentKind = {
  noun: 'record',
  schema: 'edgeprobe/record/v1',
  madeBy: "'edgeprobe respond --record'",
  instead: { 'edgeprobe/report/v1': 'that is the report of a run, which report takes as it is' },
};

/** A responder's record, and the file it was read from. */
export interface RecordFile {
  readonly record: FarRecord;
  readonly file: string;
  /** The first eight hex digits of the file's SHA-256. */
  readonly digest: string;
}

/** A record from the text of a file, which may be hostile. Throws FileError as `parseReport` does. */
export const parseRecord = (text: string, file: string): FarRecord =>
  parseDocument(text, file, recordKind, recordSchema, reportProblem) as unknown as FarRecord;

/** Reads the record of a responder. Throws FileError. */
export const readRecord = (file: string): RecordFile => {
  const { text, digest } = readText(file, recordKind.noun);
  return { record: parseRecord(text, file), file, digest };
};

/** Reads a file that is the report of a run or the record of a responder: its schema tells. Throws FileError. */
export const readRunOrRecord = (file: string): { readonly run: RunFile } | { readonly record: RecordFile } => {
  const { text, digest } = readText(file, 'report');
  return isOfKind(text, recordKind)
    ? { record: { record: parseRecord(text, file), file, digest } }
    : { run: { report: parseReport(text, file), file, digest } };
};
