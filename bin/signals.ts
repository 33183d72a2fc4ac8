import type { Resolver } from '../agent/resolve.ts';

/** What a signal made of a run: the exit code, or null where none came. */
export interface Interruptible {
  readonly signal: AbortSignal;
  readonly exitCode: () => 130 | 143 | null;
  /** Ends the work as a signal would, without an exit code. */
  readonly abort: () => void;
  readonly release: () => void;
}

/** The first SIGINT or SIGTERM ends the work, so that the partial report is still written; the second ends the process. */
export const interruptible = (): Interruptible => {
  const controller = new AbortController();
  let code: 130 | 143 | null = null;
  const on = (value: 130 | 143) => (): void => {
    if (code !== null) process.exit(value);
    code = value;
    controller.abort();
  };
  const onInterrupt = on(130);
  const onTerminate = on(143);
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);
  return {
    signal: controller.signal,
    exitCode: () => code,
    abort: () => controller.abort(),
    release: () => process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate),
  };
};

/** The resolver until the signal comes: the system's cannot be called back, but nobody has to wait for it. */
export const resolverUntil =
  (signal: AbortSignal, resolver: Resolver): Resolver =>
  (host) => {
    const ended = {
      kind: 'unresolved',
      code: 'resolver-failed',
      message: `this run was ended while ${host} was looked up`,
    } as const;
    return new Promise((resolve, reject) => {
      const end = (): void => resolve(ended);
      if (signal.aborted) return end();
      signal.addEventListener('abort', end, { once: true });
      resolver(host)
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', end));
    });
  };
