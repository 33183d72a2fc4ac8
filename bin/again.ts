import { meet, whyNotAgain } from '../agent/again.ts';
import { parseDuration } from '../agent/duration.ts';
import { inWords } from '../agent/explain-words.ts';
import { ageInWords } from '../agent/kept.ts';
import { defaultMaxAge } from '../agent/merge.ts';
import { clockTolerance } from '../agent/merge-runs.ts';
import type { Report } from '../agent/report.ts';
import { localTime } from '../agent/sinks/header.ts';
import type { Change } from '../agent/until-pass.ts';
import { text, texts, type Values } from './command.ts';
import type { Loaded } from './load.ts';
import { planFlags } from './plan-flags.ts';
import { readRun } from './read-run.ts';
import { say, warn } from './terminal.ts';
import { quoted, UsageError } from './usage-error.ts';

/** Bare where every shell takes it as it is, in quotes otherwise. */
const shellWord = (given: string): string =>
  /^[\w./:=@%+,-]+$/.test(given) ? given : `'${given.replaceAll("'", `'\\''`)}'`;

/**
 * The command line that asks the same again: what a report tells people to run after a repair. Up to its rules, unless
 * the run was kept as a report in `file`, which says them.
 */
export const commandAgain = (values: Values, file: string | null): string => {
  const flags = Object.entries(planFlags).filter(([flag]) => flag !== 'rule');
  const words = flags.flatMap(([flag, { isSwitch }]) => {
    if (isSwitch) return values[flag] === true ? [`--${flag}`] : [];
    return texts(values, flag).map((given) => `--${flag} ${shellWord(given)}`);
  });
  const again = file === null ? [] : [`--again ${shellWord(file)} --until-pass 30m`];
  return ['edgeprobe check', ...words, ...again].join(' ');
};

/** How long `--until-pass` goes on, in seconds; 0 where it was not given. */
export const readUntilPass = (values: Values): number => {
  const given = text(values, 'until-pass');
  if (given === null) return 0;
  const hint = 'For example --until-pass 30m; at least 1s, at most 24h.';
  try {
    const seconds = parseDuration(given);
    if (seconds >= 1 && seconds <= 86_400) return seconds;
  } catch (error) {
    throw new UsageError(`--until-pass ${quoted(given)}: ${(error as Error).message}`, hint);
  }
  throw new UsageError(`--until-pass ${quoted(given)} is too short or too long`, hint);
};

/** Rows that one line names before it counts them. */
const namedAtMost = 3;

const few = (rows: readonly string[]): string =>
  rows.length > namedAtMost ? `${rows.length} rows` : rows.map((row) => quoted(row)).join(', ');

/** The run that `--again` names, cut down to the rows that the flags mean; null where it was not given. */
export const readAgain = (values: Values, { plan, hostName }: Loaded, now: Date): Report | null => {
  const file = text(values, 'again');
  if (file === null) return null;
  const { report } = readRun(file);
  const why = whyNotAgain(plan, hostName, report);
  if (why !== null) {
    throw new UsageError(
      `${quoted(file)} cannot be carried on: ${why}`,
      'Leave out --again to ask everything; only what was asked from here, with this site file, can be kept.',
    );
  }
  const { common, onlyRun, onlyPlan } = meet(plan, report);
  const narrowed = texts(values, 'rule').length > 0;
  if (onlyRun.length > 0 && !narrowed) {
    throw new UsageError(
      `${quoted(file)} has rows that these flags do not mean: ${few(onlyRun)}`,
      'Give the flags of that run as well, or name rows with --rule.',
    );
  }
  if (onlyPlan.length > 0 && narrowed) warn(`${few(onlyPlan)}: not part of that run, and not asked now`);
  const age = (now.getTime() - new Date(report.finishedAt).getTime()) / 1000;
  if (age > defaultMaxAge) warn(`${quoted(file)} is ${ageInWords(age)} old: what passed then is not asked again`);
  if (age < -clockTolerance) {
    warn(`${quoted(file)} ends ${ageInWords(-age)} from now: a clock was set since, and what passed in it may be old`);
  }
  return common;
};

const atTime = (at: Date, timezone: string): string =>
  `${at.toISOString().slice(0, 19)}Z (${localTime(at.toISOString(), timezone)})`;

/** Says on standard error how a row changed, with the time in UTC and on the site's clock. */
export const sayChange = ({ rule, was, at }: Change, timezone: string): void =>
  say(`${atTime(at, timezone)} ${rule.rule}: ${rule.verdict} ${rule.because}, was ${was.verdict} ${was.because}`);

/** Says on standard error why it ends although there is time left. */
export const sayNoneDue = (rows: number, seconds: number): void =>
  say(
    `${rows === 1 ? '1 row does' : `${rows} rows do`} not pass, and may be asked again in ${inWords(seconds)} only, after the end: --until-pass was too short for that`,
  );

/** Says on standard error for what is being waited, once. */
export const sayWaiting = (rows: number, end: Date, timezone: string): void =>
  say(`${rows === 1 ? '1 row does' : `${rows} rows do`} not pass; asking again until ${atTime(end, timezone)}`);
