import type { Observation } from '../probes/observation.ts';
import type { ControlResult } from './controls.ts';
import { type Learned, nothingLearned } from './diagnose.ts';
import type { Sight } from './sight.ts';

/** Something that was observed since the book was last read. */
export interface Entry {
  /** The key of its question; for a name without an address, the name. */
  readonly key: string;
  readonly observation: Observation;
}

/** The latest of everything that was observed. */
export interface Book {
  /** @param blind whether no host that must answer from here did */
  readonly write: (entry: Entry, blind?: boolean) => void;
  readonly observations: ReadonlyMap<string, Observation>;
  /** The keys of those that were made by a blind agent. */
  readonly blind: ReadonlySet<string>;
  /** What was written since the last call, in order. */
  readonly news: () => readonly Entry[];
  /** The row asked once more after the last sweep of an address, by address. */
  readonly repeats: Map<string, ControlResult>;
  /** The inbound questions of the DMZ, by the key of their question: controls of others, without a verdict here. */
  readonly beside: Map<string, Observation>;
  sights: readonly Sight[];
  learned: Omit<Learned, 'self'>;
  /** Forgets what nobody asks any more. */
  readonly keep: (asked: {
    readonly keys: ReadonlySet<string>;
    readonly beside: ReadonlySet<string>;
    readonly addresses: ReadonlySet<string>;
  }) => void;
}

/** News beyond this are dropped, the oldest first: nobody reads them. */
const mostNews = 10_000;

export const createBook = (): Book => {
  const observations = new Map<string, Observation>();
  const blindly = new Set<string>();
  const repeats = new Map<string, ControlResult>();
  const beside = new Map<string, Observation>();
  let news: Entry[] = [];
  return {
    observations,
    blind: blindly,
    repeats,
    beside,
    sights: [],
    learned: nothingLearned,
    write: (entry, blind = false) => {
      observations.set(entry.key, entry.observation);
      if (blind) blindly.add(entry.key);
      else blindly.delete(entry.key);
      news.push(entry);
      if (news.length > mostNews) news = news.slice(-mostNews / 2);
    },
    news: () => {
      const read = news;
      news = [];
      return read;
    },
    keep: ({ keys, beside: asked, addresses }) => {
      for (const key of [...observations.keys()]) if (!keys.has(key)) observations.delete(key);
      for (const key of [...blindly]) if (!keys.has(key)) blindly.delete(key);
      for (const key of [...beside.keys()]) if (!asked.has(key)) beside.delete(key);
      for (const address of [...repeats.keys()]) if (!addresses.has(address)) repeats.delete(address);
    },
  };
};
