import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';

/** Milliseconds until a wait is in vain: many times what any of them takes, also on a machine with much other work. */
const longest = 90_000;

/** Waits until something holds; fails the test if it never does. */
export const until = async (t: Test, what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  for (const end = performance.now() + longest; performance.now() < end; await sleep(20)) {
    if (await holds()) return;
  }
  t.fail(`waited in vain: ${what}`);
};
