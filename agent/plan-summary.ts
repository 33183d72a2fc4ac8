import { probeNamed } from '../probes/index.ts';
import type { Cost } from '../probes/probe.ts';
import { formatHostPort } from './address.ts';
import type { Plan } from './plan.ts';
import { formatPorts } from './ports.ts';
import { isSweep, questionKey, questionOf } from './question.ts';
import type { ResolvedRule } from './resolve.ts';
import { distinctQuestions, perAddress, portControls } from './run.ts';

/** One question of a plan, with the rules it is asked for and what it costs. */
export interface PlannedQuestion {
  readonly rules: readonly string[];
  readonly flow: string;
  readonly probe: string;
  readonly from: string | null;
  readonly role: string;
  readonly name: string;
  readonly to: string;
  readonly expect: string;
  readonly sweep: boolean;
  readonly cost: Cost;
}

/** A plan in figures: every distinct question once, and what all of them cost together. */
export interface PlanSummary {
  readonly site: string;
  readonly siteDigest: string;
  readonly vantage: string;
  readonly place: string;
  readonly packs: readonly string[];
  readonly questions: readonly PlannedQuestion[];
  readonly skipped: readonly { readonly rule: string; readonly because: string; readonly explain: string }[];
  readonly controls: readonly string[];
  readonly rate: number;
  readonly total: Cost;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** Single ports run side by side, a few per address; sweeps run one after the other, after them. */
const totalCost = (points: readonly [string, Cost][], sweeps: readonly Cost[], rate: number): Cost => {
  const all = [...points.map(([, cost]) => cost), ...sweeps];
  const lanes = new Map<string, number[]>();
  for (const [address, cost] of points) lanes.set(address, [...(lanes.get(address) ?? []), cost.secondsMost]);
  const slowest = (seconds: readonly number[]): number => {
    const longest = Math.max(0, ...seconds);
    return Math.max(longest, Math.ceil(seconds.length / perAddress) * longest);
  };
  const pointsMost = Math.max(0, ...[...lanes.values()].map(slowest));
  const dials = points.length;
  return {
    least: sum(all.map((cost) => cost.least)),
    most: sum(all.map((cost) => cost.most)),
    states: Math.max(0, ...sweeps.map((cost) => cost.states), sum(points.map(([, cost]) => cost.states))),
    secondsLeast:
      Math.max(rate > 0 ? dials / rate : 0, ...points.map(([, cost]) => cost.secondsLeast)) +
      sum(sweeps.map((cost) => cost.secondsLeast)),
    secondsMost: pointsMost + sum(sweeps.map((cost) => cost.secondsMost)),
  };
};

/** What a run of this plan would ask and cost. Names that were not resolved stand as names. Sends nothing. */
export const summarisePlan = (plan: Plan, rules: readonly ResolvedRule[]): PlanSummary => {
  const { site, vantage, place, packs } = plan;
  const { rate, controlPort } = site.sweep;
  const deadline = site.timeouts.check;
  const asked = distinctQuestions(rules, deadline);
  const costOf = (question: Parameters<typeof isSweep>[0]): Cost => probeNamed(question.probe).cost(question, rate);

  const questions = [...asked].map(([key, { question, check }]): PlannedQuestion => {
    const asking = rules.filter(({ rule, checks }) =>
      checks.some(
        (one) => one.address !== null && questionKey(questionOf(one, one.address, rule.transport, deadline)) === key,
      ),
    );
    const [first] = asking;
    if (first === undefined) throw new Error('a question that no rule asks');
    const { protocol, security, transport } = first.rule;
    const secured = security === 'none' ? '' : ` ${security}`;
    return {
      rules: asking.map(({ rule }) => rule.id),
      flow: `${protocol}${secured} ${transport}/${formatPorts([check.target.ports])}`,
      probe: question.probe,
      from: question.source.address,
      role: check.target.role,
      name: check.target.name,
      to: formatHostPort(question.target.address, formatPorts([check.target.ports])),
      expect: first.expect,
      sweep: isSweep(question),
      cost: costOf(question),
    };
  });
  const controls = portControls(asked.values(), controlPort, deadline);
  const sight = site.vantages[vantage].control.map((control) => control.text);
  const every = [...asked.values()].map(({ question }) => question);
  const points = [...every.filter((question) => !isSweep(question)), ...controls];
  return {
    ...{ site: site.name, siteDigest: site.digest, vantage, place, packs },
    questions: [...questions.filter(({ sweep }) => !sweep), ...questions.filter(({ sweep }) => sweep)],
    skipped: rules.flatMap(({ rule, skip }) => (skip === null ? [] : [{ rule: rule.id, ...skip }])),
    controls: [...sight, ...controls.map(({ target }) => `tcp://${formatHostPort(target.address, target.port)}`)],
    rate,
    total: totalCost(
      points.map((question) => [question.target.address, costOf(question)]),
      every.filter(isSweep).map(costOf),
      rate,
    ),
  };
};
