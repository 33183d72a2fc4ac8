import type { AskedRule } from './asked-rule.ts';
import type { JudgedCheck, JudgedRule } from './judge.ts';

/** The checks of a run by what they have in common: a sentence about one looks at its neighbours, never at all. */
export interface RunIndex {
  readonly all: readonly JudgedCheck[];
  /** Everything asked of an address, in the order of the run. */
  readonly at: (address: string | null) => readonly JudgedCheck[];
  readonly of: (rule: AskedRule) => readonly JudgedCheck[];
}

const grouped = <K>(checks: readonly JudgedCheck[], keyOf: (one: JudgedCheck) => K): Map<K, JudgedCheck[]> => {
  const groups = new Map<K, JudgedCheck[]>();
  for (const one of checks) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
};

const known = new WeakMap<readonly JudgedRule[], RunIndex>();

/** The index of a run, made once for it. */
export const indexOf = (rules: readonly JudgedRule[]): RunIndex => {
  const before = known.get(rules);
  if (before !== undefined) return before;
  const all = rules.flatMap(({ checks }) => checks);
  const byAddress = grouped(all, ({ check }) => check.address);
  const byRule = grouped(all, ({ rule }) => rule);
  const made: RunIndex = {
    all,
    at: (address) => (address === null ? [] : (byAddress.get(address) ?? [])),
    of: (rule) => byRule.get(rule) ?? [],
  };
  known.set(rules, made);
  return made;
};
