import { type Clock, systemClock } from '../../probes/world.ts';

/** Seconds that pass in one turn of the event loop, at most. */
const mostInTurn = 0.0005;

/**
 * The system's clock, but for turns that take long: then little time passes. Where both ends are in this process, neither
 * is late for the other, however long the process waits for the processor. It keeps the processor busy.
 */
export const turnClock = (): Clock => {
  let now = 0;
  let last = systemClock.monotonic();
  let turning = false;
  let due: { readonly at: number; readonly callback: () => void }[] = [];
  const turn = (): void => {
    const instant = systemClock.monotonic();
    now += Math.min(mostInTurn, instant - last);
    last = instant;
    const over = due.filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at);
    due = due.filter((timer) => !over.includes(timer));
    for (const { callback } of over) callback();
    turning = due.length > 0;
    if (turning) setImmediate(turn);
  };
  return {
    now: () => new Date(),
    monotonic: () => now,
    after: (seconds, callback) => {
      const timer = { at: now + seconds, callback };
      due.push(timer);
      if (!turning) {
        turning = true;
        last = systemClock.monotonic();
        setImmediate(turn);
      }
      return () => {
        due = due.filter((other) => other !== timer);
      };
    },
  };
};
