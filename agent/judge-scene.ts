import type { Observation } from '../probes/observation.ts';
import { type ControlResult, type PortControl, portControlOf } from './controls.ts';
import type { Plan } from './plan.ts';
import { questionKey, questionOf } from './question.ts';
import type { ResolvedRule } from './resolve.ts';
import type { RunResult } from './run.ts';

/** What the judge knows beside one check: the whole run. */
export interface Scene {
  readonly plan: Plan;
  readonly result: RunResult;
  readonly deadline: number;
  readonly blind: boolean;
  /** Whether silence to a sweep of that address says nothing, because we were shunned meanwhile. */
  readonly shunned: (address: string) => boolean;
  readonly portControl: ReadonlyMap<string, PortControl>;
  /** Addresses whose control port opened, whoever did that. */
  readonly opensAnything: ReadonlySet<string>;
  /** Everything asked of one address, by address. */
  readonly byAddress: ReadonlyMap<string, readonly { readonly key: string; readonly observation: Observation }[]>;
}

/** Stands for the control port among the things asked of an address: that it opens proves nobody alive. */
export const controlPortKey = 'control-port';

export const controlKey = (address: string, source: string | null): string => `${address} ${source}`;

/** Addresses that a repeated row was silent at; addresses without such a row share the fate of the others. */
const shunnedFrom = (repeats: readonly ControlResult[]): Scene['shunned'] => {
  const silent = new Set(
    repeats.flatMap((one) => (one.observation.outcome === 'filtered' && !one.asExpected ? [one.address] : [])),
  );
  const repeated = new Set(repeats.map((one) => one.address));
  return (address) => silent.has(address) || (silent.size > 0 && !repeated.has(address));
};

/** Blind: vantage controls were asked, and none of them answered. */
const isBlind = (controls: readonly ControlResult[]): boolean => {
  const asked = controls.filter((one) => one.observation.failure?.code !== 'aborted');
  return asked.length > 0 && asked.every((one) => !one.asExpected);
};

/** What there is to know of a run beside each of its checks. */
export const sceneOf = (plan: Plan, rules: readonly ResolvedRule[], result: RunResult, deadline: number): Scene => {
  const kind = (wanted: ControlResult['kind']): ControlResult[] => result.controls.filter((one) => one.kind === wanted);
  const byAddress = new Map<string, { key: string; observation: Observation }[]>();
  const add = (address: string, key: string, observation: Observation): void => {
    const there = byAddress.get(address);
    if (there === undefined) byAddress.set(address, [{ key, observation }]);
    else there.push({ key, observation });
  };
  for (const { rule, checks } of rules) {
    for (const check of checks) {
      if (check.address === null) continue;
      const key = questionKey(questionOf(check, check.address, rule.transport, deadline));
      const observation = result.observations.get(key);
      if (observation) add(check.address, key, observation);
    }
  }
  for (const { address, observation } of kind('port')) add(address, controlPortKey, observation);
  return {
    plan,
    result,
    deadline,
    blind: isBlind(kind('vantage')),
    shunned: shunnedFrom(kind('repeat')),
    portControl: new Map(
      kind('port').map((one) => [controlKey(one.address, one.source), portControlOf(one.observation)]),
    ),
    opensAnything: new Set(
      kind('port').flatMap((one) => (portControlOf(one.observation) === 'open' ? [one.address] : [])),
    ),
    byAddress,
  };
};
