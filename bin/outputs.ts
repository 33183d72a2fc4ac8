import { randomBytes } from 'node:crypto';
import { realpathSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { oneOf, text, texts, type Values } from './command.ts';
import { quoted, UsageError } from './usage-error.ts';

/** Where results go: to standard output in one format (or not at all), and to files. */
export interface Outputs<F extends string> {
  readonly stdout: F | null;
  readonly files: readonly { readonly format: F; readonly file: string }[];
}

const example = 'For example --output json=run.json, or --output run.txt for a table.';

/** Endings of files that are not the name of their format. */
const endings: Readonly<Record<string, string>> = {
  '.md': 'markdown',
  '.htm': 'html',
  '.xml': 'junit',
  '.prom': 'prometheus',
};

/** Reads `--format` and `--output [format=]file`. With `--output` standard output stays empty unless `--format` is given. */
export const readOutputs = <F extends string>(values: Values, formats: readonly F[], first: F): Outputs<F> => {
  const format = text(values, 'format');
  const files = texts(values, 'output').map((given) => {
    const [, word, rest] = /^([a-z]+)=(.*)$/s.exec(given) ?? [];
    const file = word === undefined ? given : rest;
    if (file === undefined || file === '') throw new UsageError(`--output ${quoted(given)} names no file`, example);
    if (file === '-') throw new UsageError('--output writes files', 'Standard output has --format.');
    if (word !== undefined) return { format: oneOf(word, formats, 'format'), file };
    const ending = endings[extname(file)] ?? extname(file).slice(1);
    return { format: formats.find((one) => one === ending) ?? first, file };
  });
  const names = files.map(({ file }) => resolve(file));
  const twice = files.find((_, index) => names.indexOf(names[index] ?? '') !== index);
  if (twice) throw new UsageError(`--output names ${quoted(twice.file)} twice`, 'Give each output a file of its own.');
  const asked = format === null ? null : oneOf(format, formats, 'format');
  return { stdout: asked ?? (files.length > 0 ? null : first), files };
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the name is too long',
};

const cannotWrite = (file: string, error: unknown): UsageError => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new UsageError(`cannot write ${quoted(file)}: ${reasons[code] ?? message}`, example);
};

/** What stands under that name now; a link is followed, so that writing keeps it. */
const standing = (file: string): { path: string; stats: Stats | undefined } => {
  const stats = statSync(file, { throwIfNoEntry: false });
  return { path: stats === undefined ? file : realpathSync(file), stats };
};

const temporaryFor = (path: string): string => `${path}.${randomBytes(4).toString('hex')}.tmp`;

/** Refuses files that cannot be written, before anything is asked: a result without a place would be lost. */
export const refuseUnwritable = (files: readonly string[]): void => {
  for (const file of files) {
    try {
      const { path, stats } = standing(file);
      if (stats?.isDirectory()) throw cannotWrite(file, { code: 'EISDIR' });
      if (stats !== undefined && !stats.isFile()) continue;
      const temporary = temporaryFor(path);
      writeFileSync(temporary, '', { flag: 'wx' });
      rmSync(temporary);
    } catch (error) {
      throw error instanceof UsageError ? error : cannotWrite(file, error);
    }
  }
};

/**
 * Writes a file so that a reader finds the old one or the new one, never a part; a device or a pipe is written into.
 * Throws UsageError if it cannot.
 */
export const writeAtomically = (file: string, content: string): void => {
  let temporary: string | null = null;
  try {
    const { path, stats } = standing(file);
    if (stats !== undefined && !stats.isFile()) {
      writeFileSync(path, content);
      return;
    }
    temporary = temporaryFor(path);
    writeFileSync(temporary, content, { mode: stats === undefined ? 0o644 : stats.mode & 0o777, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    if (temporary !== null) rmSync(temporary, { force: true });
    throw cannotWrite(file, error);
  }
};
