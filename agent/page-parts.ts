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
