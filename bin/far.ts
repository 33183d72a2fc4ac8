import { setTimeout as sleep } from 'node:timers/promises';
import { judgeAgain, OtherSiteError, openRecords } from '../agent/judge-again.ts';
import { type RecordFile, readRecord } from '../agent/record-file.ts';
import type { Report } from '../agent/report.ts';
import { texts, type Values } from './command.ts';
import { withHint } from './complaint.ts';
import { warn } from './terminal.ts';
import { UsageError } from './usage-error.ts';

const hint = "'edgeprobe respond --record far.json' writes a record, every few seconds while it runs.";

/** How long a responder that runs is given to write down what it heard last, and how often that is looked for. */
const patienceMs = 12_000;
const lookMs = 250;

/**
 * Writings that are waited for: of a responder of several processes the first one after the last question may tell only
 * what the slowest of them had told before it.
 */
const writings = 2;

/** A record that tells what came until now; of a responder that runs, its next writings. */
const latest = async (file: string, signal: AbortSignal): Promise<RecordFile> => {
  const first = withHint(hint, () => readRecord(file));
  const until = performance.now() + patienceMs;
  let now = first;
  let seen = 0;
  while (!now.record.ended && seen < writings && performance.now() < until) {
    if (signal.aborted) break;
    await sleep(lookMs, undefined, { signal }).catch(() => undefined);
    const next = withHint(hint, () => readRecord(file));
    if (next.record.finishedAt !== now.record.finishedAt) seen++;
    now = next;
  }
  return now;
};

/** Judges a report again with records; says which of them hold nothing of it. Throws UsageError where they do not fit. */
export const withRecords = (reports: readonly Report[], records: readonly RecordFile[], mixed = false): Report[] => {
  const books = openRecords(records);
  const silent = new Map(records.map((one) => [one, 0]));
  try {
    const again = reports.map((report) => {
      const judged = judgeAgain(report, books, mixed);
      for (const one of judged.strangers) silent.set(one, (silent.get(one) ?? 0) + 1);
      return judged.report;
    });
    for (const [{ file }, count] of silent) {
      if (count === reports.length) warn(`${file} holds no request of any run given: nothing follows from it`);
    }
    return again;
  } catch (error) {
    if (!(error instanceof OtherSiteError)) throw error;
    throw new UsageError(error.message, 'A record is compared with runs that were made with the same site file.');
  }
};

/**
 * The records of `--far`: read at once, so that a wrong one is told before anything is asked, and again when the
 * questions have been asked. Null where the flag was not given.
 */
export const readFar = (values: Values): ((report: Report, signal: AbortSignal) => Promise<Report>) | null => {
  const files = texts(values, 'far');
  if (files.length === 0) return null;
  for (const file of files) withHint(hint, () => readRecord(file));
  return async (report, signal) => {
    const records = await Promise.all(files.map((file) => latest(file, signal)));
    return withRecords([report], records)[0] ?? report;
  };
};
