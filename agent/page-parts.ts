import type { Html } from './sinks/html-escape.ts';

/** A piece of the page that changes as one. */
export interface Part {
  readonly id: string;
  /** What stands in it. */
  readonly html: Html;
  /** The version of the page in which it became what it is. */
  readonly version: number;
}

/** Numbers the versions of a page, and knows since when each of its parts is as it is. */
export interface Versions {
  /** The next version of the page, of these parts. */
  readonly next: (parts: ReadonlyMap<string, Html>) => ReadonlyMap<string, Part>;
  readonly current: () => number;
}

export const createVersions = (): Versions => {
  let version = 0;
  let known: ReadonlyMap<string, Part> = new Map();
  return {
    next: (parts) => {
      version++;
      known = new Map(
        [...parts].map(([id, html]) => {
          const before = known.get(id);
          const same = before !== undefined && before.html.source === html.source;
          return [id, same ? before : { id, html, version }];
        }),
      );
      return known;
    },
    current: () => version,
  };
};

/** Makes things anew only where what they are made of is another. Things that are not asked for any more are forgotten. */
export interface Memo<T> {
  readonly of: (id: string, from: string, make: () => T) => T;
  /** What was not asked for since the last call is forgotten. */
  readonly sweep: () => void;
}

export const createMemo = <T>(): Memo<T> => {
  let [before, now] = [new Map<string, { from: string; made: T }>(), new Map<string, { from: string; made: T }>()];
  return {
    of: (id, from, make) => {
      const known = now.get(id) ?? before.get(id);
      const entry = known?.from === from ? known : { from, made: make() };
      now.set(id, entry);
      return entry.made;
    },
    sweep: () => {
      [before, now] = [now, new Map()];
    },
  };
};
