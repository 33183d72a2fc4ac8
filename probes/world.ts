import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { type Fence, openFence } from './fence.ts';
import type { Meter } from './meter.ts';

/** Time by the front door. Instants are seconds of a clock that never jumps; only `now` is calendar time. */
export interface Clock {
  /** Calendar time, for reports and logs. */
  now(): Date;
  /** Seconds on a monotonic clock, for deadlines and durations. */
  monotonic(): number;
  /** Calls back after so many seconds, unless the returned function is called before. */
  after(seconds: number, callback: () => void): () => void;
}

/** What a probe gets from outside beside its question. */
export interface World {
  readonly clock: Clock;
  /** So many unpredictable bytes. */
  readonly random: (size: number) => Uint8Array;
  /** Aborted when nobody wants the answer any more: the probe then ends at once. */
  readonly signal: AbortSignal;
  /** What the administrator of this host allows: asked wherever a socket is made. */
  readonly fence: Fence;
  /** Counts what the sockets send; left out where nobody asked for it. */
  readonly meter?: Meter;
}

/** The machine's own clock. Timers do not keep the process alive longer than their callers' promises. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now() / 1000,
  after: (seconds, callback) => {
    const timer = setTimeout(callback, Math.max(0, seconds * 1000));
    return () => clearTimeout(timer);
  },
};

/**
 * The real world. Every wait listens to the one signal, so it may have any number of listeners.
 * @param fence that of this host; left out only by tests, which an architecture test sees to
 */
export const systemWorld = (signal: AbortSignal, fence: Fence = openFence): World => {
  setMaxListeners(0, signal);
  return { clock: systemClock, random: (size) => randomBytes(size), signal, fence };
};

/** Waits so many seconds, less if the signal is aborted. */
export const pause = (world: Pick<World, 'clock' | 'signal'>, seconds: number): Promise<void> =>
  new Promise((resolve) => {
    if (world.signal.aborted) return resolve();
    const done = (): void => {
      cancel();
      world.signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = world.clock.after(seconds, done);
    world.signal.addEventListener('abort', done);
  });
