import type { Clock } from '../probes/world.ts';
import type { Log } from './log.ts';

/** Somewhere that metrics are pushed to, again and again. */
export interface PushTarget {
  /** For the log: without any password. */
  readonly name: string;
  readonly push: () => Promise<void>;
}

/** A push that takes longer has failed. In seconds. */
const pushWithin = 30;

/** Failures in a row double the pause, up to so many seconds. */
const longestPause = 300;

/**
 * Pushes every `interval` seconds until stopped, one push at a time. What fails is tried again, later each time; the log
 * has one line when it begins to fail and one when it works again. Nothing else depends on it.
 */
export const pushRegularly = (target: PushTarget, interval: number, clock: Clock, log: Log): (() => void) => {
  let failures = 0;
  let stopped = false;
  let cancel: () => void = () => undefined;

  const pause = (): number => Math.min(Math.max(longestPause, interval), interval * 2 ** Math.min(failures, 16));
  const next = (): void => {
    if (!stopped) cancel = clock.after(pause(), () => void once());
  };
  const inTime = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const late = clock.after(pushWithin, () => reject(new Error(`no end after ${pushWithin} s`)));
      target.push().then(resolve, reject).finally(late);
    });
  const once = async (): Promise<void> => {
    try {
      await inTime();
      if (failures > 0) log.info('pushing works again', { target: target.name, failures });
      failures = 0;
    } catch (error) {
      failures++;
      const reason = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
      const fields = { target: target.name, reason, failures };
      if (failures === 1) log.warn('pushing failed', fields);
      else log.debug('pushing failed again', fields);
    }
    next();
  };
  next();
  return () => {
    stopped = true;
    cancel();
  };
};
