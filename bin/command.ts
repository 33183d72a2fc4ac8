import type { Argv } from 'yargs';
import { nearMiss } from '../agent/near-miss.ts';
import { UsageError } from './usage-error.ts';

/** The values of a command's flags and positionals, as yargs gives them: text, or lists of it where given twice. */
export type Values = Readonly<Record<string, unknown>>;

/** One command of the command line: light to import; what it needs to run is loaded when it runs. */
export interface Command {
  /** yargs' notation: `check`, `rules <action>`. */
  readonly name: string;
  readonly summary: string;
  readonly configure: (argv: Argv) => Argv;
  readonly run: (values: Values) => Promise<number>;
}

/** A flag's single text; null if it was not given. A flag given twice is a mistake, and so is an empty one. */
export const text = (values: Values, flag: string): string | null => {
  const value = values[flag];
  if (value === undefined) return null;
  if (Array.isArray(value)) throw new UsageError(`--${flag} was given ${value.length} times`, 'Give it once.');
  if (typeof value !== 'string' || value === '') throw new UsageError(`--${flag} needs a value`);
  return value;
};

/** A repeatable flag's texts. */
export const texts = (values: Values, flag: string): string[] => {
  const value = values[flag];
  if (value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  return list.map((one: unknown) => {
    if (typeof one !== 'string' || one === '') throw new UsageError(`--${flag} needs a value`);
    return one;
  });
};

/** A flag's whole number within limits; null if it was not given. */
export const whole = (values: Values, flag: string, least: number, most: number): number | null => {
  const given = text(values, flag);
  if (given === null) return null;
  const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`--${flag} ${JSON.stringify(given)} is not a whole number from ${least} to ${most}`);
};

/** A word out of a list, with the near miss of a wrong one. */
export const oneOf = <T extends string>(value: string, allowed: readonly T[], what: string): T => {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  const near = nearMiss(value, allowed);
  const hint = `${near === null ? '' : `Did you mean ${near}? `}One of: ${allowed.join(', ')}.`;
  throw new UsageError(`${what} ${JSON.stringify(value)} does not exist`, hint);
};
