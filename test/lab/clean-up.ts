import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folderPattern = /^edgeprobe-lab-(\d+)-/;

// Exit handlers can only do synchronous work; a lab that was closed properly is not in here any more.
const open = new Set<() => void>();
const closeAll = (): void => {
  for (const close of open) close();
};
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGALRM'] as const;
const onSignal = (signal: NodeJS.Signals): void => {
  closeAll();
  for (const one of signals) process.off(one, onSignal);
  process.kill(process.pid, signal);
};
/** Sees to it that this is called if the process ends before `unguard`: on exit, on an uncaught error, on a signal. */
export const guard = (close: () => void): void => {
  if (open.size === 0) {
    process.on('exit', closeAll);
    for (const signal of signals) process.on(signal, onSignal);
  }
  open.add(close);
};
/** Takes it back. */
export const unguard = (close: () => void): void => {
  open.delete(close);
  if (open.size > 0) return;
  process.off('exit', closeAll);
  for (const signal of signals) process.off(signal, onSignal);
};

/** A new folder for a lab of this process; removes those of labs whose process is gone. */
export const ownFolder = (): string => {
  for (const name of readdirSync(tmpdir())) {
    const owner = folderPattern.exec(name)?.[1];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another lab is taking it away at this moment: the two are in each other's way, and it will be gone.
    }
  }
  return mkdtempSync(join(tmpdir(), `edgeprobe-lab-${process.pid}-`));
};
