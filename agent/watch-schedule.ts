import { createHash } from 'node:crypto';
import type { Clock } from '../probes/world.ts';

/** Work that comes round. It must not reject. */
export interface Job {
  /** Equal keys: the same job, which keeps its clock when the jobs are set anew. */
  readonly key: string;
  /** Seconds from one round to the next. */
  readonly interval: number;
  /** Seconds from when the job is first set to its first round. */
  readonly offset: number;
  readonly run: () => Promise<void>;
}

export interface Schedule {
  /** The jobs from now on. What is new begins after its offset, what is left out ends with the round it is in. */
  readonly set: (jobs: readonly Job[]) => void;
  readonly stop: () => void;
}

interface Entry {
  job: Job;
  due: number;
  cancel: () => void;
}

/**
 * Where in a window of so many seconds a name belongs: the same every time, and spread evenly over names. Agents and
 * rules that begin at the same instant do not ask at the same instant.
 */
export const offsetOf = (name: string, window: number): number =>
  (createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32) * window;

/**
 * The instant of the next round: on the grid that the first one began, so that lateness never adds up. Rounds that were
 * slept through (a suspended machine) are left out, not made up for.
 */
export const nextDue = (due: number, interval: number, now: number): number =>
  due + Math.max(1, Math.floor((now - due) / interval) + 1) * interval;

/** Runs jobs by a monotonic clock. A job whose last round is not over yet lets a round pass: it never overlaps itself. */
export const createSchedule = (clock: Pick<Clock, 'monotonic' | 'after'>): Schedule => {
  const entries = new Map<string, Entry>();
  const running = new Set<string>();

  const arm = (entry: Entry): void => {
    entry.cancel = clock.after(entry.due - clock.monotonic(), () => {
      entry.due = nextDue(entry.due, entry.job.interval, clock.monotonic());
      arm(entry);
      const { key, run } = entry.job;
      if (running.has(key)) return;
      running.add(key);
      void run().finally(() => running.delete(key));
    });
  };
  const drop = (key: string): void => {
    entries.get(key)?.cancel();
    entries.delete(key);
  };
  return {
    set: (jobs) => {
      const wanted = new Set(jobs.map(({ key }) => key));
      for (const key of [...entries.keys()]) if (!wanted.has(key)) drop(key);
      for (const job of jobs) {
        const known = entries.get(job.key);
        if (known?.job.interval === job.interval) {
          known.job = job;
          continue;
        }
        drop(job.key);
        const entry: Entry = { job, due: clock.monotonic() + job.offset, cancel: () => undefined };
        entries.set(job.key, entry);
        arm(entry);
      }
    },
    stop: () => {
      for (const key of [...entries.keys()]) drop(key);
    },
  };
};
