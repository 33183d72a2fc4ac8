import { readFileSync, statSync } from 'node:fs';
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type * as z from 'zod';
import { FileError, type FileProblem, plain } from './file-error.ts';
import { nearMiss } from './near-miss.ts';
import { keysAllowedAt } from './schema-keys.ts';

/** Larger files are refused before they are parsed: a site or pack file is a few kilobytes. In bytes. */
export const largestFile = 1024 * 1024;

/** Where a value stands in the file; for a path that is not there, where the nearest enclosing value stands. */
export type Locate = (path: (string | number)[]) => { line: number; column: number };

export type Parsed<T> = { ok: true; value: T; locate: Locate } | { ok: false; problems: FileProblem[] };

const shown = (text: string): string => plain(text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** A path as people write it: `servers.edge1.av-edge.ports["443"]`, `rules[3].ports`. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const word = String(part);
      if (!/^[A-Za-z_][\w-]*$/.test(word)) return `["${shown(word)}"]`;
      return index === 0 ? word : `.${word}`;
    })
    .join('');

/** The text of a file. Throws FileError if it cannot be read, is no file, or is larger than `largestFile`. */
export const readTextFile = (file: string): string => {
  const refuse = (message: string): FileError => new FileError(file, [{ line: 1, column: 1, path: '', message }]);
  try {
    const facts = statSync(file);
    if (!facts.isFile()) throw refuse('is not a file');
    if (facts.size > largestFile) throw refuse(tooLarge);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof FileError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') throw refuse('there is no such file');
    if (code === 'EACCES' || code === 'EPERM') throw refuse('may not be read by this user');
    throw refuse(`cannot be read: ${error instanceof Error ? shown(error.message) : 'unknown error'}`);
  }
};

const tooLarge = `is larger than ${largestFile} bytes: this is not the file that was meant`;

const quoted = (value: unknown): string => `"${shown(String(value))}"`;

const found = (input: unknown): string => {
  if (input === null) return 'nothing';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'a map';
  return typeof input === 'string' ? `the text ${quoted(input)}` : String(input);
};

const kinds: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
  null: 'nothing',
};

const meant = (word: unknown, candidates: readonly string[]): string => {
  const near = nearMiss(String(word), candidates);
  if (near !== null) return `; did you mean ${quoted(near)}?`;
  return candidates.length === 0 ? '' : `; allowed: ${candidates.join(', ')}`;
};

/** Our words for what zod found; a message given in the schema itself has precedence, zod's own stands for the rest. */
const say: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined && issue.code !== 'custom') return 'is missing';
  if (issue.code === 'invalid_type')
    return `expected ${kinds[issue.expected] ?? issue.expected}, found ${found(issue.input)}`;
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    if (typeof issue.input === 'object') return `expected one of ${allowed.join(', ')}, found ${found(issue.input)}`;
    const near = allowed.length > 1 ? nearMiss(String(issue.input), allowed) : null;
    const hint = near === null ? '' : `; did you mean ${quoted(near)}?`;
    return `${quoted(issue.input)} is not allowed here: ${allowed.length > 1 ? 'one of ' : 'only '}${allowed.join(', ')}${hint}`;
  }
  return undefined;
};

interface Complaint {
  path: PropertyKey[];
  at: 'key' | 'value';
  message: string;
}

/** Of the alternatives of a union the one that fits best is explained: fewest complaints, and not of another kind. */
const explainUnion = (errors: z.core.$ZodIssue[][], message: string): z.core.$ZodIssue[] | string => {
  const sameKind = errors.filter(
    (issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  const [first, ...others] = sameKind.length > 0 ? sameKind : [];
  if (first) return others.reduce((best, issues) => (issues.length < best.length ? issues : best), first);
  const wanted = errors.flatMap((issues) => issues.slice(0, 1).map((issue) => issue.message));
  return wanted.length > 0 ? [...new Set(wanted)].join(', or ') : message;
};

const complaints = (issues: z.core.$ZodIssue[], schema: z.core.$ZodType, prefix: PropertyKey[]): Complaint[] =>
  issues.flatMap((issue): Complaint[] => {
    const path = [...prefix, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const allowed = keysAllowedAt(schema, path);
      return issue.keys.map((key) => {
        return { path: [...path, key], at: 'key', message: `unknown key${meant(key, allowed)}` };
      });
    }
    if (issue.code === 'invalid_key') {
      const allowed = keysAllowedAt(schema, path.slice(0, -1));
      const why = allowed.length > 0 ? `unknown key${meant(path.at(-1), allowed)}` : issue.issues[0]?.message;
      return [{ path, at: 'key', message: why ?? issue.message }];
    }
    if (issue.code === 'invalid_union' && issue.message !== 'is missing') {
      const explained = explainUnion(issue.errors, issue.message);
      if (typeof explained !== 'string') return complaints(explained, schema, path);
      return [{ path, at: 'value', message: explained }];
    }
    return [{ path, at: 'value', message: issue.message }];
  });

type Early = { offset: number; message: string };

/**
 * What yaml would let pass: a key that occurs twice would silently win or lose (`443` and `"443"` become the same key),
 * and an alias without an anchor is found late and without its place. Linear, unlike yaml's own check of keys.
 */
const structureProblems = (document: Document): Early[] => {
  const problems: Early[] = [];
  const anchors = new Set<string>();
  visit(document, {
    Alias: (_, { source, range }) => {
      if (!anchors.has(source))
        problems.push({ offset: range?.[0] ?? 0, message: `no anchor &${shown(source)} before this alias` });
    },
    Value: (_, { anchor }) => {
      if (anchor !== undefined) anchors.add(anchor);
    },
    Map: (_, map) => {
      if (map.anchor !== undefined) anchors.add(map.anchor);
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const offset = (key as Node | null)?.range?.[0] ?? 0;
        if (!isScalar(key)) {
          problems.push({ offset, message: 'a key must be a single word' });
          continue;
        }
        const name = String(key.value);
        if (name === '__proto__') problems.push({ offset, message: 'this word cannot be a key' });
        if (seen.has(name)) problems.push({ offset, message: `the key ${quoted(name)} stands here a second time` });
        seen.add(name);
      }
    },
  });
  return problems;
};

/** Walks down the parsed nodes as far as the path is really there. */
const offsetOf = (document: Document, path: readonly PropertyKey[], at: 'key' | 'value'): number => {
  let node: unknown = document.contents;
  let offset = 0;
  for (const [depth, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      const key = pair?.key as Node | undefined;
      if (!isPair(pair) || !key) break;
      offset = key.range?.[0] ?? offset;
      if (at === 'key' && depth === path.length - 1) return offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
    } else break;
  }
  return (node as Node | null | undefined)?.range?.[0] ?? offset;
};

/**
 * Parses a YAML 1.2 text and validates it. Everything that is wrong comes back at once, in the order of the file,
 * each with its place; nothing is printed and nothing is thrown.
 */
export const parseYaml = <T>(text: string, schema: z.ZodType<T>): Parsed<T> => {
  const whole = (message: string): Parsed<T> => ({ ok: false, problems: [{ line: 1, column: 1, path: '', message }] });
  if (Buffer.byteLength(text) > largestFile) return whole(tooLarge);
  const lineCounter = new LineCounter();
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const inOrder = (problems: FileProblem[]): Parsed<T> => ({
    ok: false,
    problems: problems.sort((a, b) => a.line - b.line || a.column - b.column),
  });

  let document: Document;
  let data: unknown;
  try {
    document = parseDocument(text, { lineCounter, uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
    const syntax = [...document.errors, ...document.warnings].map(({ pos, message }) => ({ offset: pos[0], message }));
    const early: Early[] = syntax.length > 0 ? syntax : structureProblems(document);
    if (early.length > 0)
      return inOrder(early.map(({ offset, message }) => ({ ...place(offset), path: '', message: plain(message) })));
    if (document.contents === null) return whole('the file is empty');
    data = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof RangeError) return whole('is nested too deeply');
    return whole(`cannot be parsed: ${error instanceof Error ? shown(error.message) : 'unknown error'}`);
  }

  const checked = schema.safeParse(data, { error: say });
  if (checked.success) {
    return { ok: true, value: checked.data, locate: (path) => place(offsetOf(document, path, 'value')) };
  }
  return inOrder(
    complaints(checked.error.issues, schema, []).map(({ path, at, message }) => ({
      ...place(offsetOf(document, path, at)),
      path: pathText(path),
      message: plain(message),
    })),
  );
};
