import { aborted, type Failed } from './failure.ts';
import type { World } from './world.ts';

/** What came while we waited. A failure of a datagram channel does not end it: another answer may follow. */
export type Received =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'silence' }
  | ({ readonly kind: 'failed' } & Failed);

/** One reader waits for what somebody else brings. */
export interface Waiting {
  /** Says that there may be something now. */
  readonly wake: () => void;
  /** What there is, as soon as there is something; silence at the instant `until`, a failure after an abort. */
  readonly receive: (until: number) => Promise<Received>;
}

const silent = (): void => undefined;

/** @param take what there is, and null while there is nothing */
export const waitingFor = (take: () => Received | null, world: World): Waiting => {
  let wake = silent;
  return {
    wake: () => wake(),
    receive: (until) =>
      new Promise((resolve) => {
        const settle = (received: Received): void => {
          wake = silent;
          cancel();
          world.signal.removeEventListener('abort', onAbort);
          resolve(received);
        };
        const onAbort = (): void => settle({ kind: 'failed', ...aborted('receive') });
        const cancel = world.clock.after(until - world.clock.monotonic(), () => settle({ kind: 'silence' }));
        if (world.signal.aborted) return onAbort();
        world.signal.addEventListener('abort', onAbort);
        wake = () => {
          const received = take();
          if (received) settle(received);
        };
        wake();
      }),
  };
};
