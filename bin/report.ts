import { parseDuration } from '../agent/duration.ts';
import { defaultMaxAge, type MergedReport, type MergeOptions, mergeReports } from '../agent/merge.ts';
import { MixedRunsError, type RunFile } from '../agent/merge-runs.ts';
import { type Rule, readPack, shippedPackNames } from '../agent/packs.ts';
import type { RecordFile } from '../agent/record-file.ts';
import { exitCodeFor, formats, renderMerged } from '../agent/sinks/index.ts';
import { isOn, text, texts, type Values } from './command.ts';
import { withRecords } from './far.ts';
import { readOutputs, refuseUnwritable, writeAtomically } from './outputs.ts';
import { readRunOr, runHint } from './read-run.ts';
import { terminalLook, warn } from './terminal.ts';
import { quoted, UsageError } from './usage-error.ts';

const filesOf = (values: Values): string[] => {
  const { files } = values;
  const given = (Array.isArray(files) ? files : []).filter(
    (one): one is string => typeof one === 'string' && one !== '',
  );
  if (given.length > 0) return given;
  throw new UsageError('report needs runs to merge', runHint);
};

const maxAgeOf = (values: Values): number => {
  const given = text(values, 'max-age');
  if (given === null) return defaultMaxAge;
  try {
    return parseDuration(given);
  } catch (error) {
    throw new UsageError(`--max-age ${quoted(given)}: ${(error as Error).message}`, 'For example --max-age 4h.');
  }
};

/** The rows of the packs that the runs used, so that what no run asked can be named. */
const rulesOf = (runs: readonly RunFile[], own: readonly string[]): Rule[] => {
  const given = own.map((file) => readPack(file, process.cwd()));
  const used = [...new Set(runs.flatMap(({ report }) => report.run.packs))];
  const shipped = shippedPackNames();
  return used.flatMap((name) => {
    const found = given.find(({ pack }) => pack === name);
    if (found !== undefined) return found.rules;
    if (shipped.includes(name)) return readPack(name, process.cwd()).rules;
    warn(`the pack ${quoted(name)} is not here: rows of it that no run asked are not listed; give it with --pack`);
    return [];
  });
};

/** The runs, judged again with what responders heard. */
const judgedWith = (runs: readonly RunFile[], records: readonly RecordFile[], mixed: boolean): RunFile[] => {
  if (runs.length === 0) throw new UsageError('a record alone is no report', 'Give the runs that it heard as well.');
  if (records.length === 0) return [...runs];
  const again = withRecords(
    runs.map(({ report }) => report),
    records,
    mixed,
  );
  return runs.map((run, index) => ({ ...run, report: again[index] ?? run.report }));
};

const merge = (runs: readonly RunFile[], options: MergeOptions): MergedReport => {
  try {
    return mergeReports(runs, options);
  } catch (error) {
    if (!(error instanceof MixedRunsError)) throw error;
    throw new UsageError(error.message, 'Runs of one site and its packs belong together; --mixed merges others too.');
  }
};

/** `edgeprobe report`: merges runs and shows them; resolves to the exit code, as `check` has it. */
export const report = async (values: Values): Promise<number> => {
  const outputs = readOutputs(values, formats, 'table');
  const maxAge = maxAgeOf(values);
  const read = filesOf(values).map(readRunOr);
  const records = read.flatMap((one) => ('record' in one ? [one.record] : []));
  const runs = judgedWith(
    read.flatMap((one) => ('run' in one ? [one.run] : [])),
    records,
    isOn(values, 'mixed'),
  );
  refuseUnwritable(outputs.files.map(({ file }) => file));
  const rules = rulesOf(runs, texts(values, 'pack'));
  const merged = merge(runs, { maxAge, mixed: isOn(values, 'mixed'), now: new Date(), rules });
  const code = exitCodeFor(outputs.stdout, merged);
  const plain = { columns: 100, colour: false, ascii: false, exitCode: code };
  for (const { format, file } of outputs.files) writeAtomically(file, renderMerged(format, merged, plain));
  if (outputs.stdout !== null) {
    process.stdout.write(renderMerged(outputs.stdout, merged, { ...terminalLook(), exitCode: code }));
  }
  return code;
};
