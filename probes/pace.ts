import type { Clock } from './world.ts';

/** Seconds of lateness that may be made up for: timers are coarse, and without this the mean rate would sink. */
const secondsOfCredit = 0.05;

/**
 * A pacer for dials: every call reserves the next slot and returns the seconds to wait for it.
 *
 * Slots are `1 / rate` seconds apart. Who comes late finds the slots of the last 50 ms still free, no more: so the mean
 * rate holds although timers are coarse, and no pause is followed by a burst of more than 0.05 s × `rate` dials.
 * @param rate slots per second, 0 for no limit; or what tells it at each call, where it may change
 * @throws RangeError for a rate that is negative or not a number
 */
export const createPacer = (rate: number | (() => number), clock: Pick<Clock, 'monotonic'>): (() => number) => {
  const perSecond = typeof rate === 'number' ? () => rate : rate;
  const first = perSecond();
  if (!(first >= 0)) throw new RangeError(`a rate must be 0 (none) or more per second, not ${first}`);
  let next = clock.monotonic();
  return () => {
    const slots = perSecond();
    if (slots === 0 || slots === Number.POSITIVE_INFINITY) return 0;
    const apart = 1 / slots;
    const now = clock.monotonic();
    const slot = Math.max(next, now - secondsOfCredit);
    next = slot + apart;
    return Math.max(0, slot - now);
  };
};
