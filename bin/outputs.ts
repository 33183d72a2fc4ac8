import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { oneOf, text, texts, type Values } from './command.ts';
import { UsageError } from './usage-error.ts';

/** Where results go: to standard output in one format (or not at all), and to files. */
export interface Outputs<F extends string> {
  readonly stdout: F | null;
  readonly files: readonly { readonly format: F; readonly file: string }[];
}

/** Reads `--format` and `--output [format=]file`. With `--output` standard output stays empty unless `--format` is given. */
export const readOutputs = <F extends string>(values: Values, formats: readonly F[], first: F): Outputs<F> => {
  const format = text(values, 'format');
  const files = texts(values, 'output').map((given) => {
    const [, word, rest] = /^([a-z]+)=(.*)$/s.exec(given) ?? [];
    const file = word === undefined ? given : rest;
    if (file === undefined || file === '') throw new UsageError(`--output ${JSON.stringify(given)} names no file`);
    if (word !== undefined) return { format: oneOf(word, formats, 'the format'), file };
    return { format: formats.find((one) => extname(file) === `.${one}`) ?? first, file };
  });
  const asked = format === null ? null : oneOf(format, formats, 'the format');
  return { stdout: asked ?? (files.length > 0 ? null : first), files };
};

/** Writes a file so that a reader finds the old one or the new one, never a part. Throws UsageError if it cannot. */
export const writeAtomically = (file: string, content: string): void => {
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, content, { mode: 0o644, flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(`cannot write ${file}: ${(error as Error).message}`);
  }
};
