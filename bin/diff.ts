import { diffReports, incomparable } from '../agent/diff.ts';
import { diffText } from '../agent/diff-text.ts';
import { safeJson } from '../agent/sinks/json.ts';
import { oneOf, text, type Values, word } from './command.ts';
import { readRun } from './read-run.ts';
import { terminalLook } from './terminal.ts';
import { UsageError } from './usage-error.ts';

const formats = ['table', 'json'] as const;

/** `edgeprobe diff`: 0 the same, 1 different. */
export const diff = async (values: Values): Promise<number> => {
  const [before, after] = [word(values, 'before'), word(values, 'after')];
  const format = oneOf(text(values, 'format') ?? 'table', formats, 'format');
  if (before === null || after === null) {
    throw new UsageError('diff needs two reports', "'edgeprobe diff before.json after.json'");
  }
  const [old, now] = [readRun(before).report, readRun(after).report];
  const reason = incomparable(old, now);
  if (reason !== null) {
    throw new UsageError(
      `these runs cannot be compared: ${reason}`,
      "Compare two runs of one site from one vantage; 'edgeprobe report' puts runs of several vantages together.",
    );
  }
  const found = diffReports(old, now);
  process.stdout.write(format === 'json' ? safeJson(found, 2) : diffText(found, terminalLook()));
  return found.same ? 0 : 1;
};
