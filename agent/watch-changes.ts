import { explainCheck } from './explain.ts';
import type { JudgedCheck, JudgedRule } from './judge.ts';
import type { Because, Verdict } from './verdict.ts';
import type { View } from './watch-view.ts';

/** Which check: the labels that its series have, too. */
export interface CheckName {
  readonly pack: string;
  readonly rule: string;
  /** The endpoint's name in the site file; empty for a rule that is not asked. */
  readonly endpoint: string;
  /** The address dialled; empty where there is none. */
  readonly target: string;
  /** The address bound; empty where there is none. */
  readonly source: string;
}

/** A verdict that is not what it was. `from` is null for the first one. */
export interface VerdictChange extends CheckName {
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly from: Verdict | null;
  readonly verdict: Verdict;
  readonly because: Because;
  readonly explain: string;
}

const checkName = (rule: JudgedRule['rule'], judged?: JudgedCheck): CheckName => ({
  pack: rule.pack,
  rule: rule.id,
  endpoint: judged?.check.target.name ?? '',
  target: judged?.check.address ?? '',
  source: judged?.check.source ?? '',
});

/** One text for a check: equal for the same one. */
export const checkId = ({ pack, rule, endpoint, target, source }: CheckName): string =>
  JSON.stringify([pack, rule, endpoint, target, source]);

interface Named {
  readonly rule: JudgedRule['rule'];
  readonly name: CheckName;
  readonly id: string;
}

const named = new WeakMap<JudgedCheck['check'], Named>();

/** Name and id of a check, which are the same in every view: made once. */
export const namedCheck = (rule: JudgedRule['rule'], judged: JudgedCheck): Named => {
  const known = named.get(judged.check);
  if (known?.rule === rule) return known;
  const name = checkName(rule, judged);
  const made = { rule, name, id: checkId(name) };
  named.set(judged.check, made);
  return made;
};

/** Whether the agent has not come to this check yet. */
const isNotAskedYet = ({ observation }: JudgedCheck): boolean => observation.failure?.code === 'not-asked';

/** Follows verdicts from view to view. Checks that are gone are forgotten without a word. */
export const createChanges = (): ((view: View) => readonly VerdictChange[]) => {
  let known = new Map<string, Verdict>();
  return ({ judged: rules, at }) => {
    const now = new Map<string, Verdict>();
    const changes: VerdictChange[] = [];
    const note = (
      { id, name }: Pick<Named, 'id' | 'name'>,
      verdict: Verdict,
      because: Because,
      explain: () => string,
    ): void => {
      // Two roles of one server under one address are one check to the world: the worse verdict was told first.
      if (now.has(id)) return;
      now.set(id, verdict);
      const from = known.get(id) ?? null;
      if (from !== verdict) changes.push({ at: at.toISOString(), ...name, from, verdict, because, explain: explain() });
    };
    for (const judged of rules) {
      const { rule, skip, because } = judged;
      if (skip !== null) {
        const name = checkName(rule);
        note({ id: checkId(name), name }, 'skipped', because, () => `not asked: ${skip.explain}`);
      }
      for (const one of judged.checks) {
        if (isNotAskedYet(one)) continue;
        const { judgement } = one;
        note(namedCheck(rule, one), judgement.verdict, judgement.because, () => explainCheck(one, rules).explain);
      }
    }
    known = now;
    return changes;
  };
};
