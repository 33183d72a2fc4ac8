import type { Observation } from '../probes/observation.ts';
import type { Question } from '../probes/probe.ts';
import { type Control, familyOf } from './address.ts';
import { type ControlResult, controlResult, provesSight, vantageControlQuestion } from './controls.ts';
import type { Plan } from './plan.ts';
import { notMade, questionKey } from './question.ts';
import type { Resolved, ResolvedRule, Resolver } from './resolve.ts';

/** A vantage control with the questions behind it: one for every address of its name, none if the name has none. */
export interface Sight {
  readonly control: Control;
  readonly unresolved: string | null;
  readonly questions: readonly Question[];
}

/** The vantage controls of a plan, with their names resolved. */
export const sightQuestions = async (
  plan: Plan,
  rules: readonly ResolvedRule[],
  resolver: Resolver,
  deadline: number,
): Promise<Sight[]> => {
  const { control, bind } = plan.site.vantages[plan.vantage];
  // From the DMZ only rows that leave an Edge role are open, so a control has to leave from one as well.
  const access = rules.filter(({ rule }) => rule.from === 'access-edge').flatMap(({ checks }) => checks)[0]?.source;
  const source = bind.any ?? (plan.vantage === 'dmz' ? (bind['access-edge'] ?? access) : null) ?? null;
  return Promise.all(
    control.map(async (one): Promise<Sight> => {
      const resolved: Resolved =
        familyOf(one.host) === null ? await resolver(one.host) : { kind: 'addresses', addresses: [one.host] };
      if (resolved.kind === 'unresolved') return { control: one, unresolved: resolved.message, questions: [] };
      const questions = resolved.addresses.map((address) => {
        const usable = source !== null && familyOf(source) === familyOf(address) ? source : null;
        return vantageControlQuestion(one, address, usable, deadline);
      });
      return { control: one, unresolved: null, questions };
    }),
  );
};

/** What came of a vantage control: it is as expected if any of its addresses answered. */
export const sightResult = (
  { control, unresolved, questions }: Sight,
  observations: ReadonlyMap<string, Observation>,
  at: Date,
): ControlResult => {
  const seen = questions.flatMap((question) => {
    const observation = observations.get(questionKey(question));
    return observation === undefined ? [] : [{ question, observation }];
  });
  const told =
    seen.find(({ observation }) => provesSight(observation)) ??
    seen.find(({ observation }) => observation.outcome !== 'unasked') ??
    seen[0];
  if (told !== undefined) return controlResult('vantage', control.text, told, provesSight(told.observation));
  const question = vantageControlQuestion(control, control.host, null, 0);
  const message = unresolved ?? `the name ${control.host} has no address`;
  const observation = notMade(question, at, 'unresolved', { step: 'resolve', code: 'no-such-name', message });
  return controlResult('vantage', control.text, { question, observation }, false);
};
