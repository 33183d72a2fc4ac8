import type { Outcome } from '../probes/observation.ts';
import type { Because, Verdict } from './verdict.ts';

/** What once came of a check. */
export interface Past {
  /** UTC, ISO 8601: when it was asked. */
  readonly at: string;
  readonly verdict: Verdict;
  readonly because: Because;
  readonly outcome: Outcome;
  readonly durationSeconds: number;
}

/** Results kept of one check. Failures tell more than successes, so they stay longer. */
const kept = { pass: 3, other: 12 } as const;

export interface History {
  readonly add: (check: string, past: Past) => void;
  /** Oldest first. */
  readonly of: (check: string) => readonly Past[];
  /** Forgets every check that is not among these. */
  readonly keep: (checks: ReadonlySet<string>) => void;
}

/** The last results of every check. */
export const createHistory = (): History => {
  const all = new Map<string, readonly Past[]>();
  return {
    add: (check, past) => {
      const before = all.get(check) ?? [];
      if (before.some(({ at }) => at === past.at)) return;
      const now = [...before, past];
      const passes = now.filter(({ verdict }) => verdict === 'pass').slice(-kept.pass);
      const others = now.filter(({ verdict }) => verdict !== 'pass').slice(-kept.other);
      all.set(
        check,
        now.filter((one) => passes.includes(one) || others.includes(one)),
      );
    },
    of: (check) => all.get(check) ?? [],
    keep: (checks) => {
      for (const check of [...all.keys()]) if (!checks.has(check)) all.delete(check);
    },
  };
};
