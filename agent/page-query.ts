import type { Verdict } from './verdict.ts';

/** What a reader wants of the page. In the address, so that it can be shared and needs no script. */
export interface PageQuery {
  /** Rows of these verdicts; empty: of all. */
  readonly states: ReadonlySet<Verdict>;
  /** Words that a row has to hold, lower case. */
  readonly words: readonly string[];
  /** The version that the reader has: what has not changed since then is left out. Empty: none. */
  readonly since: string;
}

const known: readonly Verdict[] = ['fail', 'unknown', 'pass', 'skipped'];

/** Characters that anybody types to find a row. */
const longest = 100;

/** Reads `state=fail&state=unknown&q=5061`, also `state=fail,unknown`. What is not understood is left out. */
export const readPageQuery = (search: string): PageQuery => {
  const given = new URLSearchParams(search);
  const states = given.getAll('state').flatMap((one) => one.split(','));
  const words = (given.get('q') ?? '').slice(0, longest).toLowerCase().split(/\s+/);
  return {
    states: new Set(known.filter((state) => states.includes(state))),
    words: words.filter((word) => word !== ''),
    since: (given.get('since') ?? '').slice(0, longest),
  };
};

/** Whether a row of that verdict, in which these texts stand, is wanted. */
export const isWanted = ({ states, words }: PageQuery, verdict: Verdict, find: string): boolean =>
  (states.size === 0 || states.has(verdict)) && words.every((word) => find.includes(word));
