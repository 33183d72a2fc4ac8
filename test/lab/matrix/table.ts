import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { keyOf } from './cases.ts';
import type { Result } from './result.ts';

/** The columns of the table, in their order. */
const columns = [
  ...['pack', 'vantage', 'row', 'how', 'result', 'verdict', 'because', 'errors', 'others', 'blamed', 'deduction'],
  'seconds',
] as const satisfies readonly (keyof Result)[];

/** Texts here are ids, codes and lists of them: none has a comma or a quote. */
const lineOf = (result: Result): string =>
  `${columns.map((column) => result[column].replace(/[,"\n]/g, ' ')).join(',')}\n`;

/** The lines of a table that stands in a file; none where there is no file yet. A line cut short is left out. */
export const readTable = (file: string): Result[] => {
  if (!existsSync(file)) return [];
  const [, ...lines] = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const cells = line.split(',');
    if (cells.length !== columns.length) return [];
    return [Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])) as unknown as Result];
  });
};

/** Adds lines to the table in a file, and makes it if need be. */
export const appendTable = (file: string, results: readonly Result[]): void => {
  mkdirSync(dirname(file), { recursive: true });
  const head = existsSync(file) ? '' : `${columns.join(',')}\n`;
  appendFileSync(file, head + results.map(lineOf).join(''));
};

/** The keys of what a table has. */
export const keysOf = (results: readonly Result[]): Set<string> =>
  new Set(results.map(({ pack, row, how }) => keyOf(pack, row, how)));
