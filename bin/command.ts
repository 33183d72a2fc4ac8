import { nearMiss } from '../agent/near-miss.ts';
import { quoted, UsageError } from './usage-error.ts';

/** The values of a command's flags and positionals, as yargs gives them: text, or lists of it where given twice. */
export type Values = Readonly<Record<string, unknown>>;

/** One flag of a command. A flag takes a value unless it is a switch. */
export interface Flag {
  readonly describe: string;
  readonly alias?: string;
  readonly isSwitch?: true;
}

/** One command of the command line: light to import; what it needs to run is loaded when it runs. */
export interface Command {
  readonly name: string;
  /** The words after the name, with what each is. */
  readonly words: Readonly<Record<string, string>>;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly summary: string;
  /** What follows the name in the first line of its help. */
  readonly usage: string;
  /** Command lines to copy (without `edgeprobe`), each with what it is good for. */
  readonly examples: readonly (readonly [line: string, about: string])[];
  readonly run: (values: Values) => Promise<number>;
}

const given = (flag: string, value: unknown): string => {
  if (typeof value === 'string' && value !== '') return value;
  throw new UsageError(
    `--${flag} needs a value`,
    'A value that begins with a hyphen is joined with =, as in --note=-x.',
  );
};

/** A flag's single text; null if it was not given. A flag given twice is a mistake, and so is an empty one. */
export const text = (values: Values, flag: string): string | null => {
  const value = values[flag];
  if (value === undefined) return null;
  if (Array.isArray(value)) throw new UsageError(`--${flag} was given ${value.length} times`, 'Give it once.');
  return given(flag, value);
};

/** A repeatable flag's texts. */
export const texts = (values: Values, flag: string): string[] => {
  const value = values[flag];
  if (value === undefined) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((one) => given(flag, one));
};

/** Whether a switch was given. It takes no value. */
export const isOn = (values: Values, flag: string): boolean => {
  const value = values[flag];
  if (value === undefined || value === true) return value === true;
  throw new UsageError(`--${flag} takes no value`, 'Give it once and alone, or leave it out.');
};

/** A word after the command; null if it was not given. */
export const word = (values: Values, name: string): string | null => {
  const value = values[name];
  return typeof value === 'string' ? value : null;
};

/** A flag's whole number within limits; null if it was not given. */
export const whole = (values: Values, flag: string, least: number, most: number): number | null => {
  const given = text(values, flag);
  if (given === null) return null;
  const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(
    `--${flag} ${quoted(given)} is not a number this flag can take`,
    `Give a whole number from ${least} to ${most}.`,
  );
};

const mostMeant = 5;

/** What somebody who typed `given` may have meant, as a sentence that ends in a blank; empty if nobody can tell. */
export const didYouMean = (given: string, candidates: readonly string[]): string => {
  const near = nearMiss(given, candidates);
  if (near !== null) return `Did you mean ${near}? `;
  const bare = given.replaceAll('*', '').toLowerCase();
  const holding = bare.length < 3 ? [] : [...new Set(candidates.filter((one) => one.includes(bare)))];
  if (holding.length === 0 || holding.length > mostMeant) return '';
  return `Did you mean ${holding.join(' or ')}? `;
};

/** A word out of a list, with the near miss of a wrong one. */
export const oneOf = <T extends string>(value: string, allowed: readonly T[], what: string): T => {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new UsageError(
    `there is no ${what} ${quoted(value)}`,
    `${didYouMean(value, allowed)}One of: ${allowed.join(', ')}.`,
  );
};
