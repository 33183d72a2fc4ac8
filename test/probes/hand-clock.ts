import type { Clock } from '../../probes/world.ts';

/** A clock that stands still until it is told to move. */
export interface HandClock extends Clock {
  /** Moves on by so many seconds; whatever falls due on the way is called at its instant, promises included. */
  readonly advance: (seconds: number) => Promise<void>;
}

/** Lets every promise that can settle do so. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const handClock = (): HandClock => {
  let now = 0;
  let due: { at: number; callback: () => void }[] = [];
  return {
    now: () => new Date(Date.UTC(2026, 0, 1) + now * 1000),
    monotonic: () => now,
    after: (seconds, callback) => {
      const timer = { at: now + Math.max(0, seconds), callback };
      due.push(timer);
      return () => {
        due = due.filter((other) => other !== timer);
      };
    },
    advance: async (seconds) => {
      const until = now + seconds;
      for (;;) {
        await settled();
        const [next] = due.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at);
        if (!next) break;
        due = due.filter((other) => other !== next);
        now = next.at;
        next.callback();
      }
      now = until;
    },
  };
};
