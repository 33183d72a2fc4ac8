import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProgram } from './timed.ts';

/** A program that stays. */
export interface Standing {
  readonly child: ChildProcess;
  /** From its start to the words that were waited for. */
  readonly seconds: number;
  /** What it has said so far on both streams. */
  readonly said: () => string;
  /** Ends it and all that it started: whoever is left would hold its streams. */
  readonly end: () => void;
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** A process and all that it started. */
const family = (pid: number): number[] => [
  pid,
  ...read(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((child) => family(Number(child))),
];

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
};

/** Starts a program and waits until it says so. Throws if it ends before, or says nothing of the kind for two minutes. */
export const startUntil = async (argv: readonly string[], words: RegExp): Promise<Standing> => {
  const since = performance.now();
  const child = startProgram(argv);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (said += text));
  // With its streams: a process may end before what it said was read.
  let over = false;
  child.once('close', () => {
    over = true;
  });
  while (!words.test(said)) {
    if (over || performance.now() - since > 120_000)
      throw new Error(`bench: ${argv.slice(0, 8).join(' ')} never said ${words}: ${said.slice(-500)}`);
    await sleep(10);
  }
  const seconds = (performance.now() - since) / 1000;
  const end = (): void => {
    for (const pid of family(child.pid ?? 0)) kill(pid);
  };
  return { child, seconds, said: () => said, end };
};

/** Resident memory in megabytes, from the text of /proc/PID/status. */
export const readResident = (status: string): number => Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;

/** Seconds of computing so far, from the text of /proc/PID/stat: a hundredth is the unit. */
export const readCpu = (stat: string): number => {
  // The name in parentheses may hold anything; the 12th and 13th word after it are user and system time.
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(words[11] ?? 0) + Number(words[12] ?? 0)) / 100;
};

/** Of a process and all that it started. */
export const residentMegabytes = (pid: number): number =>
  family(pid).reduce((sum, one) => sum + readResident(read(`/proc/${one}/status`)), 0);

export const cpuSeconds = (pid: number): number =>
  family(pid).reduce((sum, one) => sum + readCpu(read(`/proc/${one}/stat`)), 0);
