import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type * as z from 'zod';
import { FileError } from './file-error.ts';
import { printable } from './printable.ts';
import { pathText } from './yaml-file.ts';

/** Larger files are refused before they are read: a report of a hundred nodes is a few megabytes. In bytes. */
export const largestReport = 64 * 1024 * 1024;

/** Deeper values are nobody's report, and would exhaust the stack of whoever writes them out again. */
const deepest = 32;

/** Problems of one file that are listed before they are counted. */
const problemsShown = 10;

/** A kind of JSON document that is read from files, which may be anybody's. */
export interface DocumentKind {
  /** `report` */
  readonly noun: string;
  /** `edgeprobe/report/v1` */
  readonly schema: string;
  /** The command that writes it, for people who gave another file. */
  readonly madeBy: string;
  /** What to say of documents that are easily taken for it, by their schema. */
  readonly instead?: Readonly<Record<string, string>>;
}

const refuse = (file: string, message: string, line = 1, column = 1): FileError =>
  new FileError(file, [{ line, column, path: '', message }]);

const bytesOf = (file: string, noun: string): Buffer => {
  let handle: number;
  try {
    // Without waiting: a named pipe that nobody writes to must not hang us.
    handle = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') throw refuse(file, 'there is no such file');
    if (code === 'EACCES' || code === 'EPERM') throw refuse(file, 'may not be read by this user');
    throw refuse(file, `cannot be read: ${printable(error instanceof Error ? error.message : 'unknown error')}`);
  }
  try {
    const facts = fstatSync(handle);
    if (!facts.isFile()) throw refuse(file, 'is not a file');
    if (facts.size > largestReport) throw refuse(file, `is larger than ${largestReport} bytes: this is no ${noun}`);
    const bytes = Buffer.alloc(facts.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(handle, bytes, filled, bytes.length - filled, null);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(handle);
  }
};

/** Where a JSON text stops being one, counted from 1. */
const placeOf = (text: string, position: number): { line: number; column: number } => {
  const before = text.slice(0, position);
  return { line: before.split('\n').length, column: position - before.lastIndexOf('\n') };
};

const parse = (file: string, text: string, { noun, schema, madeBy }: DocumentKind): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? 0);
    const { line, column } = placeOf(text, position);
    throw refuse(file, `is not JSON; expected a ${noun} of ${madeBy} (${schema})`, line, column);
  }
};

/** Whether a value nests deeper than a report can. Without recursion, which the value could exhaust. */
const isDeep = (value: unknown): boolean => {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true;
    const next: unknown[] = [];
    for (const one of level) {
      if (one === null || typeof one !== 'object') continue;
      for (const inner of Object.values(one)) if (inner !== null && typeof inner === 'object') next.push(inner);
    }
    level = next;
  }
  return false;
};

/** The schema that a value says it has; undefined where it says none. */
const schemaOf = (value: unknown): unknown =>
  value !== null && typeof value === 'object' ? (value as { readonly schema?: unknown }).schema : undefined;

const refuseOthers = (file: string, value: unknown, { noun, schema: wanted, instead = {} }: DocumentKind): void => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refuse(file, `is no ${noun}: expected an object with the schema ${wanted}`);
  }
  const schema = schemaOf(value);
  if (schema === wanted) return;
  if (schema === undefined) throw refuse(file, `is no ${noun}: it has no schema; expected ${wanted}`);
  const found = typeof schema === 'string' ? printable(schema, 60) : typeof schema;
  const hint = Object.hasOwn(instead, found) ? `; ${instead[found]}` : '';
  throw refuse(file, `has the schema ${found}; this version reads ${wanted}${hint}`);
};

/** The text of a file of at most `largestReport` bytes, and the digest that names it. Throws FileError. */
export const readText = (file: string, noun: string): { readonly text: string; readonly digest: string } => {
  const bytes = bytesOf(file, noun);
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  return { text: bytes.toString('utf8'), digest };
};

/** Whether a text is a JSON document of that kind, as far as it says itself. */
export const isOfKind = (text: string, { schema }: DocumentKind): boolean => {
  try {
    return schemaOf(JSON.parse(text.replace(/^\ufeff/, ''))) === schema;
  } catch {
    return false;
  }
};

/**
 * A document from the text of a file. Whatever stands in it may be hostile: what is returned has the shape of the
 * schema, and nothing else is promised of its texts. Throws FileError that names the file, and what was expected where.
 */
export const parseDocument = <T extends z.ZodType>(
  text: string,
  file: string,
  kind: DocumentKind,
  schema: T,
  problem: z.core.$ZodErrorMap,
): z.output<T> => {
  const value = parse(file, text.replace(/^\ufeff/, ''), kind);
  refuseOthers(file, value, kind);
  if (isDeep(value)) throw refuse(file, `is no ${kind.noun}: values stand in one another more than ${deepest} deep`);
  const checked = schema.safeParse(value, { error: problem });
  if (checked.success) return checked.data;
  const { issues } = checked.error;
  const problems = issues.slice(0, problemsShown).map((issue) => ({
    ...{ line: 1, column: 1 },
    path: pathText(issue.path),
    message: printable(issue.message),
  }));
  const more = issues.length - problems.length;
  const rest = more > 0 ? [{ line: 1, column: 1, path: '', message: `and ${more} more problems` }] : [];
  throw new FileError(file, [...problems, ...rest]);
};
