import { counted, listed, socketAddress } from '../explain-words.ts';
import { ageInWords } from '../kept.ts';
import type { MergedReport } from '../merge.ts';
import type { MergedAnswer, MergedRow } from '../merge-rows.ts';
import type { MergedRun } from '../merge-runs.ts';
import type { ReportCheck } from '../report.ts';
import type { Deduction } from '../segments-seen.ts';
import { grouped } from './grouped.ts';

/** `SIP mtls tcp/5061`, `MSTURN udp/3478` */
export const flowWords = ({ protocol, security, transport, ports }: Omit<MergedRow, 'places'>): string => {
  const secured = security === 'none' || protocol === 'HTTPS' || protocol === 'MTLS' ? '' : ` ${security}`;
  return `${protocol === 'STUN/MSTURN' ? 'MSTURN' : protocol}${secured} ${transport}/${ports}`;
};

/** `edge1 131.107.155.10:5061` */
export const nodeWords = ({ target }: ReportCheck): string => {
  const address = target.address ?? target.host ?? '';
  const at = socketAddress(address, target.ports ?? String(target.port ?? ''));
  return target.name === address ? at : `${target.name} ${at}`;
};

/** The role that a row is asked of; of a row to "any" that of whoever was asked. */
export const roleOf = ({ to }: MergedRow, { checks }: MergedAnswer): string =>
  to === 'any' ? (checks[0]?.target.role ?? to) : to;

/** Checks that did not pass, at every place. */
export const badChecks = ({ places }: MergedRow): ReportCheck[] =>
  places.flatMap(({ checks }) => checks.filter(({ verdict }) => verdict !== 'pass'));

/** What to do next about a row, each advice once. */
export const adviceOf = (row: MergedRow): string[] => [
  ...new Set(badChecks(row).flatMap(({ advice }) => (advice === null || advice === '' ? [] : [advice]))),
];

/** What places said of a row that they were asked more than once: those that changed their mind, and the others. */
export const historyOf = ({ history }: MergedRow) => {
  const told = grouped(history, ({ label }) => label);
  const isChanged = ([first, ...later]: (typeof told)[number]): boolean =>
    later.some(({ verdict }) => verdict !== first.verdict);
  return { changed: told.filter(isChanged), alike: told.filter((all) => !isChanged(all)) };
};

/** `4 rows were asked again and came out alike.`; null where none was. */
export const askedAlikeWords = (rows: readonly MergedRow[]): string | null => {
  const count = rows.filter((row) => historyOf(row).alike.length > 0).length;
  return count === 0
    ? null
    : `${counted(count, 'row')} ${count === 1 ? 'was' : 'were'} asked again and came out alike.`;
};

/** `waived until 2026-12-31, not counted: no responder allowed (CHG1)` */
export const waiverWords = (waiver: NonNullable<MergedAnswer['waiver']>): string =>
  `waived until ${waiver.until}, not counted: ${waiver.reason}${waiver.ticket === null ? '' : ` (${waiver.ticket})`}`;

/** The result in a word: what the exit code says, or that a run was ended early. */
export const resultWord = ({ exitCode, runs }: MergedReport): string => {
  if (runs.some(({ interrupted, superseded }) => interrupted && !superseded)) return 'ENDED EARLY';
  if (exitCode === 0) return 'PASS';
  return exitCode === 1 ? 'FAIL' : 'UNKNOWN';
};

/** `begins 3 h after this report was made`: what is wrong with a run of the future; null where nothing is. */
export const aheadWords = ({ aheadSeconds }: MergedRun): string | null =>
  aheadSeconds === null ? null : `begins ${ageInWords(aheadSeconds)} after this report was made`;

/** Where the clocks of a run and of the responders that heard it differ by less, they agree. */
const clocksAgree = 2;

/** `3 h ahead of the responder's clock`; null where no record was given to compare with. */
export const clockWords = ({ clockOffsetSeconds: offset }: MergedRun): string | null => {
  if (offset === null) return null;
  if (Math.abs(offset) < clocksAgree) return `within ${clocksAgree} s of the responder's`;
  return `${ageInWords(Math.abs(offset))} ${offset > 0 ? 'ahead of' : 'behind'} the responder's`;
};

const runsInWords = (runs: readonly MergedRun[]): string =>
  listed(runs.map(({ number, label, host }) => `run ${number} (${label}, ${host})`));

/** What to do about old runs whose rows count; null where there are none. */
export const oldAdvice = ({ runs, maxAgeSeconds }: MergedReport): string | null => {
  const old = runs.filter((run) => run.old && !run.superseded);
  if (old.length === 0) return null;
  return `${runsInWords(old)} ended more than ${ageInWords(maxAgeSeconds)} before the newest: ask again from there before anybody signs`;
};

/** What to do about runs of the future; null where there are none. */
export const aheadAdvice = ({ runs }: MergedReport): string | null => {
  const ahead = runs.filter(({ aheadSeconds }) => aheadSeconds !== null);
  if (ahead.length === 0) return null;
  const which = runsInWords(ahead);
  const begin = ahead.length === 1 ? 'begins' : 'begin';
  return `${which} ${begin} after this report was made: the clock there is ahead, or the one here is behind; set it and ask again, because until then the order of runs, their age and the times in logs are not to be trusted`;
};

/** `14 pass, 1 fail, 0 unknown, 2 not asked`, and whether that is all: whoever signs reads this line first. */
export const summaryWords = ({ summary: { pass, fail, unknown, skipped }, notTested }: MergedReport): string => {
  const inNoRun = notTested.filter(({ because }) => because === 'no-run').length;
  const rest = inNoRun === 0 ? '' : `; ${counted(inNoRun, 'more row')} of the packs in no run`;
  return `${pass} pass, ${fail} fail, ${unknown} unknown, ${skipped} not asked${rest}`;
};

/** Who blocks, with the conditions that are not known to hold. */
export const deductionText = ({ explain, doubts }: Deduction): string =>
  doubts.length === 0 ? explain : `${explain} (${listed(doubts)})`;

/** Who blocks a row as one place asked it, at every node or at one; nothing where nobody does. */
export type TellDeductions = (row: MergedRow, answer: MergedAnswer, node?: string) => string[];

/** Looks up who blocks. */
export const deductionsOf = ({ deductions }: MergedReport): TellDeductions => {
  const told = deductions.filter(({ code }) => code !== 'nobody-blocks');
  const keyOf = (one: { readonly pack: string; readonly rule: string }, label: string): string =>
    JSON.stringify([one.pack, one.rule, label]);
  const byRow = new Map(grouped(told, (one) => keyOf(one, one.label)).map((all) => [keyOf(all[0], all[0].label), all]));
  return (row, { label }, node) => {
    const all = byRow.get(keyOf(row, label)) ?? [];
    return [...new Set(all.filter((one) => node === undefined || one.node === node).map(deductionText))];
  };
};
