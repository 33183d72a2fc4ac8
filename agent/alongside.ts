import type { Facts, Failure, Observation, Outcome } from '../probes/observation.ts';
import type { Question } from '../probes/probe.ts';
import type { Plan } from './plan.ts';
import { runPool } from './pool.ts';
import { questionKey, questionOf } from './question.ts';
import { type ResolvedRule, resolvePlan } from './resolve.ts';
import { askSafely, distinctQuestions, perAddress, type RunSettings } from './run.ts';

/**
 * A question asked at the far end of its segment, such as an inbound one in the DMZ, beside the server: a control for the
 * vantage that asks it for its verdict. It has no verdict of its own and never counts.
 */
export interface AlongsideCheck {
  readonly pack: string;
  readonly rule: string;
  /** Asked by the very host that is asked: no wire was crossed. */
  readonly onHost: boolean;
  readonly probe: string;
  readonly startedAt: string;
  readonly source: { readonly address: string | null; readonly port: number | null };
  readonly target: {
    readonly role: string;
    readonly name: string;
    readonly host: string | null;
    readonly address: string;
    readonly port: number;
  };
  readonly outcome: Outcome;
  readonly durationSeconds: number;
  readonly facts: Facts;
  readonly failure: Failure | null;
}

/** The distinct questions of a plan that are asked as controls, names as names: for those who want to know what will be sent. */
export const alongsideQuestions = ({ alongside }: Plan, deadline: number): Question[] => {
  const all = (alongside?.rules ?? []).flatMap(({ rule, asks }) =>
    asks.map((ask) =>
      questionOf({ ...ask, unresolved: null }, ask.address ?? ask.target.address, rule.transport, deadline),
    ),
  );
  return [...new Map(all.map((question) => [questionKey(question), question])).values()];
};

/**
 * What came of inbound questions, one for each row and address; none for what was not asked.
 * @param owned the addresses of this machine
 */
export const alongsideChecks = (
  rules: readonly ResolvedRule[],
  owned: ReadonlySet<string>,
  observations: ReadonlyMap<string, Observation>,
  deadline: number,
): AlongsideCheck[] =>
  rules.flatMap(({ rule, checks }) =>
    checks.flatMap((check): AlongsideCheck[] => {
      if (check.address === null) return [];
      const key = questionKey(questionOf(check, check.address, rule.transport, deadline));
      const observation = observations.get(key);
      if (observation === undefined) return [];
      const { probe, startedAt, source, outcome, durationSeconds, facts, failure } = observation;
      const { role, name, ports } = check.target;
      return [
        {
          ...{ pack: rule.pack, rule: rule.id, onHost: owned.has(check.address), probe, startedAt, source },
          target: { role, name, host: check.host, address: check.address, port: ports.from },
          ...{ outcome, durationSeconds, facts, failure },
        },
      ];
    }),
  );

/**
 * Asks the questions of a plan that are controls, after everything that has a verdict; each once. Empty after a run that
 * was ended early.
 */
export const askAlongside = async (
  plan: Plan,
  settings: RunSettings,
  families: ReadonlySet<4 | 6>,
): Promise<AlongsideCheck[]> => {
  const { alongside } = plan;
  if (alongside === undefined || settings.signal.aborted) return [];
  const { resolver, deadline } = settings;
  const rules = await resolvePlan({ ...plan, rules: alongside.rules }, resolver, families);
  const observations = new Map<string, Observation>();
  const asked = distinctQuestions(rules, deadline);
  const tasks = [...asked.entries()].map(([key, { question }]) => ({
    lane: question.target.address,
    run: async () => {
      observations.set(key, await askSafely(question, settings));
    },
  }));
  await runPool(tasks, { total: settings.concurrency, perLane: perAddress });
  return alongsideChecks(rules, alongside.owned, observations, deadline);
};
