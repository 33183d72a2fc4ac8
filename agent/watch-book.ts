import type { Observation } from '../probes/observation.ts';
import type { ControlResult } from './controls.ts';
import type { Sight } from './sight.ts';

/** Something that was observed since the book was last read. */
export interface Entry {
  /** The key of its question; for a name without an address, the name. */
  readonly key: string;
  readonly observation: Observation;
}

/** The latest of everything that was observed. */
export interface Book {
  readonly write: (entry: Entry) => void;
  readonly observations: ReadonlyMap<string, Observation>;
  /** What was written since the last call, in order. */
  readonly news: () => readonly Entry[];
  /** The row asked once more after the last sweep of an address, by address. */
  readonly repeats: Map<string, ControlResult>;
  sights: readonly Sight[];
  /** Forgets what nobody asks any more. */
  readonly keep: (keys: ReadonlySet<string>, addresses: ReadonlySet<string>) => void;
}

/** News beyond this are dropped, the oldest first: nobody reads them. */
const mostNews = 10_000;

export const createBook = (): Book => {
  const observations = new Map<string, Observation>();
  const repeats = new Map<string, ControlResult>();
  let news: Entry[] = [];
  return {
    observations,
    repeats,
    sights: [],
    write: (entry) => {
      observations.set(entry.key, entry.observation);
      news.push(entry);
      if (news.length > mostNews) news = news.slice(-mostNews / 2);
    },
    news: () => {
      const read = news;
      news = [];
      return read;
    },
    keep: (keys, addresses) => {
      for (const key of [...observations.keys()]) if (!keys.has(key)) observations.delete(key);
      for (const address of [...repeats.keys()]) if (!addresses.has(address)) repeats.delete(address);
    },
  };
};
