import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Test } from 'tap';
import '../no-hooks.ts';

/** The one file that people run. */
export const bundle = fileURLToPath(new URL('../../../edgeprobe.mjs', import.meta.url));

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A module loaded before the command. */
  readonly preload?: string;
  /** Another file than the bundle. */
  readonly file?: string;
  /** A command line that ends in running ours. */
  readonly within?: readonly string[];
}

/** Variables that would change what a command shows, taken out so that tests see the same everywhere. */
const { FORCE_COLOR, NO_COLOR, COLUMNS, LC_ALL, LC_CTYPE, LANG, TERM, SHELL, ZSH_NAME, ...neutral } = process.env;

/** Starts a command line of edgeprobe in a folder. */
export const start = (
  words: readonly string[],
  { cwd, env = {}, preload, file = bundle, within = [] }: Surroundings,
): Started => {
  const before = preload === undefined ? [] : ['--import', pathToFileURL(preload).href];
  const [program = process.execPath, ...line] = [...within, process.execPath, ...before, file, ...words];
  const child = spawn(program, line, { cwd, env: { ...neutral, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
};

/** Runs a command line of edgeprobe to its end. */
export const edgeprobe = (words: readonly string[], surroundings: Surroundings): Promise<Ended> =>
  start(words, surroundings).ended;

/** Runs so many things side by side; the results in the order of the things. */
export const sideBySide = async <T, R>(things: readonly T[], run: (thing: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < things.length; index = next++) {
      const thing = things[index];
      if (thing !== undefined) results[index] = await run(thing);
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  return results;
};

/** What is true of every refusal: exit 2, nothing on standard output, a message and a hint, no trace of our insides. */
export const isRefusal = (t: Test, name: string, ended: Ended, message: RegExp, hint: RegExp): void => {
  const { code, stdout, stderr } = ended;
  const lines = stderr.split('\n');
  t.match({ code, stdout }, { code: 2, stdout: '' }, `${name}: exit 2, nothing on standard output`);
  t.match(lines[0], /^edgeprobe: [^ ]/, `${name}: says who complains`);
  t.match(stderr, message, `${name}: says what is wrong`);
  t.match(lines.at(-2), hint, `${name}: ends with a hint`);
  t.equal(lines.at(-1), '', `${name}: ends its last line`);
  t.notMatch(stderr, /\n\s+at |Error:|ENOENT|EISDIR|undefined|NaN|\[object|SENT/, `${name}: no insides, nothing sent`);
};
