import { setMaxListeners } from 'node:events';
import type { Asking } from './probe.ts';
import type { Dialect } from './stun-exchange.ts';
import type { Heard } from './stun-facts.ts';

/** The first answer decides; the other dialects get this long to show that they are spoken, too. */
const graceSeconds = { least: 0.05, most: 0.5 } as const;

/** How long the dialect that carries the proof may come after the others: a lost one is repeated meanwhile. */
const graceForProof = 1.5;

/** Everything heard to one question, over all its dials. */
export interface Tally {
  /** The asking world whose signal also says: enough. */
  readonly asking: Asking;
  readonly heard: readonly Heard[];
  /** Whether an answer to that request was heard already. */
  readonly has: (dialect: Dialect) => boolean;
  /** Notes an answer. `waited` is what one round trip took: twice that is left to the other dialects. */
  readonly hear: (asked: Dialect, heard: Heard, waited: number) => void;
  /** Ends all waiting now. */
  readonly enough: () => void;
  /** Lets go of timers and signals. To be called once. */
  readonly release: () => void;
}

/** Begins the tally of a question that asks these dialects side by side. `proving` is waited for longest. */
export const tallyOf = (outer: Asking, wanted: readonly Dialect[], proving: Dialect | null = null): Tally => {
  const stop = new AbortController();
  // Every wait of every dial listens.
  setMaxListeners(0, stop.signal);
  const enough = (): void => stop.abort();
  const heard: Heard[] = [];
  const answered = new Set<Dialect>();
  let endGrace = (): void => undefined;

  if (outer.signal.aborted) enough();
  outer.signal.addEventListener('abort', enough);

  return {
    asking: { ...outer, signal: stop.signal },
    heard,
    has: (dialect) => answered.has(dialect),
    hear: (asked, one, waited) => {
      if (answered.has(asked)) return;
      answered.add(asked);
      heard.push(one);
      if (answered.size === wanted.length) enough();
      else if (heard.length === 1 || asked === proving) {
        endGrace();
        const enoughFor = Math.min(graceSeconds.most, Math.max(graceSeconds.least, 2 * waited));
        const grace = proving === null || asked === proving ? enoughFor : graceForProof;
        endGrace = outer.clock.after(grace, enough);
      }
    },
    enough,
    release: () => {
      endGrace();
      outer.signal.removeEventListener('abort', enough);
    },
  };
};
