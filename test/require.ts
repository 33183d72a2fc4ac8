import { spawnSync } from 'node:child_process';
import type { Test } from 'tap';

/** What a test may need beyond Node: `root`, `linux`, the name of a program on the PATH, or `lib:NAME` to compile against. */
export type Need = 'root' | 'linux' | (string & {});

const succeeds = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args, { stdio: 'ignore' }).status === 0;

const has = (need: Need): boolean => {
  // Other systems have one loopback address only, and no limits in /proc.
  if (need === 'linux') return process.platform === 'linux';
  if (need === 'root') return process.getuid?.() === 0;
  if (need.startsWith('lib:')) return succeeds('pkg-config', '--exists', need.slice(4));
  return succeeds('sh', '-c', `command -v "$0"`, need);
};

/**
 * The options of a tap subtest that needs more than Node: skipped with a reason where something is missing.
 * With EDGEPROBE_REQUIRE=all (CI) nothing may skip: a missing thing is an error.
 */
export const needing = (...needs: Need[]): { skip: string | false } => {
  const missing = needs.filter((need) => !has(need));
  if (missing.length === 0) return { skip: false };
  const reason = `needs ${missing.join(', ')}`;
  if (process.env['EDGEPROBE_REQUIRE'] === 'all') throw new Error(`EDGEPROBE_REQUIRE=all, but this test ${reason}`);
  return { skip: reason };
};

/** Fails the test unless the call throws (or rejects with) an error whose message matches. Returns the error. */
export const throwsMatching = async (t: Test, call: () => unknown, pattern: RegExp): Promise<Error> => {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    t.match(error.message, pattern);
    return error;
  }
  t.fail(`expected an error matching ${pattern}, but nothing failed`);
  return new Error('nothing failed');
};
