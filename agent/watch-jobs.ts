import type { Ask, Plan, PlannedRule } from './plan.ts';
import { formatPorts } from './ports.ts';

/** A question that comes round: one for all rules that ask the same of the same host or address. */
export interface WatchJob {
  readonly key: string;
  readonly sweep: boolean;
  readonly interval: number;
  /** What its place in the first round is derived from. */
  readonly name: string;
  /** The first rule that asks it, with this one ask. */
  readonly planned: PlannedRule;
  readonly ask: Ask;
}

const isRange = ({ target: { ports }, sourcePorts }: Ask): boolean =>
  ports.to > ports.from || (sourcePorts !== undefined && sourcePorts.to > sourcePorts.from);

/** Seconds between two questions that leave from the same port: sooner, a firewall's session of the last one still lives. */
const betweenEqualSources = 600;

/** Equal keys: the same question, as long as the name has the same addresses. */
export const askKey = (ask: Ask, transport: string): string =>
  JSON.stringify([
    ...[ask.probe, transport, ask.host ?? ask.address, formatPorts([ask.target.ports]), ask.source],
    ...(ask.sourcePorts === undefined ? [] : [formatPorts([ask.sourcePorts])]),
    Object.entries(ask.options).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);

/** A plan whose sweeps ask a sample of their range; one that is smaller already stays as it is. */
export const withSamples = (plan: Plan): Plan => {
  const most = plan.site.agent.sweepSample;
  const sampled = (ask: Ask): Ask => {
    if (!isRange(ask)) return ask;
    const { sample = 0 } = ask.options;
    return { ...ask, options: { ...ask.options, sample: sample > 0 ? Math.min(sample, most) : most } };
  };
  return { ...plan, rules: plan.rules.map((planned) => ({ ...planned, asks: planned.asks.map(sampled) })) };
};

/** Every distinct question of these rules of a plan, in their order. */
export const watchJobs = (plan: Plan, rules: readonly PlannedRule[] = plan.rules): WatchJob[] => {
  const { interval, sweepInterval } = plan.site.agent;
  const jobs = new Map<string, WatchJob>();
  for (const planned of rules) {
    const { rule, asks } = planned;
    for (const ask of asks) {
      const key = askKey(ask, rule.transport);
      if (jobs.has(key)) continue;
      const sweep = isRange(ask);
      jobs.set(key, {
        key,
        sweep,
        interval: Math.max(sweep ? sweepInterval : interval, ask.sourcePorts === undefined ? 0 : betweenEqualSources),
        name: [plan.vantage, plan.place, rule.pack, rule.id, ask.target.name, ask.source ?? ''].join(' '),
        planned: { ...planned, asks: [ask] },
        ask,
      });
    }
  }
  return [...jobs.values()];
};
