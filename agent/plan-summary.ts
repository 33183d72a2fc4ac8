import { probeNamed } from '../probes/index.ts';
import type { Cost, Question } from '../probes/probe.ts';
import { formatHostPort } from './address.ts';
import { alongsideQuestions } from './alongside.ts';
import { vantageControlQuestion } from './controls.ts';
import { hairpinQuestions } from './hairpin.ts';
import type { Plan } from './plan.ts';
import { formatPorts } from './ports.ts';
import { isSweep, questionKey, questionOf } from './question.ts';
import type { ResolvedRule } from './resolve.ts';
import { distinctQuestions, perAddress, portControls, questionsAtOnce } from './run.ts';

/** One question of a plan, with the rules it is asked for and what it costs. */
export interface PlannedQuestion {
  readonly rules: readonly string[];
  readonly flow: string;
  /** Who opens the connection, as the row says: a role, or any. */
  readonly asker: string;
  readonly protocol: string;
  readonly security: string;
  readonly transport: 'tcp' | 'udp';
  readonly address: string;
  readonly ports: string;
  /** The source port that the row fixes, or their range; null: any. */
  readonly sourcePorts: string | null;
  readonly probe: string;
  /** Ports of the range that are asked, where it is not all of them: the best verdict is then unknown. */
  readonly sampled: number | null;
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
  /** In the DMZ: inbound questions asked beside the servers, without a verdict. */
  readonly alongside: readonly string[];
  /** In the DMZ of a site behind NAT: from an A/V Edge to published addresses of its pool, without a verdict. */
  readonly hairpins: readonly string[];
  readonly rate: number;
  readonly total: Cost;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const most = (numbers: readonly number[]): number => numbers.reduce((found, one) => Math.max(found, one), 0);

/** What is asked of one address, and what it costs. */
type Priced = readonly [address: string, cost: Cost];

/** Seconds that single ports take if nothing answers: so many side by side in all, and fewer per address. */
const secondsIntoSilence = (points: readonly Priced[], atOnce: number): number => {
  const rounds = (of: readonly Priced[], sideBySide: number): number =>
    Math.ceil(of.length / sideBySide) * most(of.map(([, cost]) => cost.secondsMost));
  const lanes = new Map<string, Priced[]>();
  for (const priced of points) lanes.set(priced[0], [...(lanes.get(priced[0]) ?? []), priced]);
  return most([rounds(points, atOnce), ...[...lanes.values()].map((lane) => rounds(lane, perAddress))]);
};

/**
 * Single ports run side by side, a few per address; sweeps run one after the other, after them; last, one row that
 * passed is asked again at every swept address. If nothing answers, none passed.
 */
const totalCost = (points: readonly Priced[], sweeps: readonly Priced[], rate: number, atOnce: number): Cost => {
  const all = [...points, ...sweeps].map(([, cost]) => cost);
  const swept = new Set(sweeps.map(([address]) => address));
  const repeats = [...swept].flatMap((address) => {
    const there = points.flatMap(([other, cost]) => (other === address ? [cost.least] : []));
    return there.length === 0 ? [] : [Math.min(...there)];
  });
  return {
    least: sum(all.map((cost) => cost.least)) + sum(repeats),
    most: sum(all.map((cost) => cost.most)),
    states: most([...sweeps.map(([, cost]) => cost.states), sum(points.map(([, cost]) => cost.states))]),
    secondsLeast:
      most([rate > 0 ? points.length / rate : 0, ...points.map(([, cost]) => cost.secondsLeast)]) +
      sum(sweeps.map(([, cost]) => cost.secondsLeast)),
    secondsMost: secondsIntoSilence(points, atOnce) + sum(sweeps.map(([, cost]) => cost.secondsMost)),
  };
};

const sampledOf = ({ target, source, options }: Question): number | null => {
  if (options.only !== undefined) return options.only.length;
  const sources = source.port !== null && source.lastPort !== undefined ? source.lastPort - source.port + 1 : null;
  const size = sources ?? target.lastPort - target.port + 1;
  return options.sample !== undefined && options.sample > 0 && options.sample < size ? options.sample : null;
};

/** What a run of this plan would ask and cost. Names that were not resolved stand as names. Sends nothing. */
export const summarisePlan = (plan: Plan, rules: readonly ResolvedRule[]): PlanSummary => {
  const { site, vantage, place, packs } = plan;
  const { rate, controlPort } = site.sweep;
  const deadline = site.timeouts.check;
  const asked = distinctQuestions(rules, deadline);
  const costOf = (question: Question): Cost => probeNamed(question.probe).cost(question, rate);

  const questions = [...asked].map(([key, { question, check }]): PlannedQuestion => {
    const asking = rules.filter(({ rule, checks }) =>
      checks.some(
        (one) => one.address !== null && questionKey(questionOf(one, one.address, rule.transport, deadline)) === key,
      ),
    );
    const [first] = asking;
    if (first === undefined) throw new Error('a question that no rule asks');
    const { protocol, security, transport, from: asker } = first.rule;
    const ports = formatPorts([check.target.ports]);
    const sourcePorts = check.sourcePorts === undefined ? null : formatPorts([check.sourcePorts]);
    const secured = security === 'none' ? '' : ` ${security}`;
    return {
      rules: asking.map(({ rule }) => rule.id),
      flow: `${protocol}${secured} ${transport}/${ports}${sourcePorts === null ? '' : ` from ${sourcePorts}`}`,
      ...{ asker, protocol, security, transport, address: question.target.address, ports, sourcePorts },
      probe: question.probe,
      sampled: sampledOf(question),
      from: question.source.address,
      role: check.target.role,
      name: check.target.name,
      to: formatHostPort(question.target.address, ports),
      expect: first.expect,
      sweep: isSweep(question),
      cost: costOf(question),
    };
  });
  const controls = portControls(asked.values(), controlPort, deadline);
  const sight = site.vantages[vantage].control.map((control) => control.text);
  const every = [...asked.values()].map(({ question }) => question);
  const seeing = site.vantages[vantage].control.map((one) => vantageControlQuestion(one, one.host, null, deadline));
  const beside = alongsideQuestions(plan, deadline);
  const hairpins = (plan.hairpins ?? []).map((one) => hairpinQuestions(one, deadline));
  const asides = [...controls, ...seeing, ...beside, ...hairpins.flat()];
  const points = [...every.filter((question) => !isSweep(question)), ...asides];
  const priced = (question: Question): Priced => [question.target.address, costOf(question)];
  return {
    ...{ site: site.name, siteDigest: site.digest, vantage, place, packs },
    questions: [...questions.filter(({ sweep }) => !sweep), ...questions.filter(({ sweep }) => sweep)],
    skipped: rules.flatMap(({ rule, skip }) => (skip === null ? [] : [{ rule: rule.id, ...skip }])),
    controls: [...sight, ...controls.map(({ target }) => `tcp://${formatHostPort(target.address, target.port)}`)],
    alongside: beside.map(
      ({ probe, transport, target }) => `${probe} ${transport} ${formatHostPort(target.address, target.port)}`,
    ),
    hairpins: hairpins.map(
      ([, { probe, source, target }]) => `${probe} ${source.address} to ${formatHostPort(target.address, target.port)}`,
    ),
    rate,
    total: totalCost(
      points.map(priced),
      every.filter(isSweep).map(priced),
      rate,
      questionsAtOnce(site.sweep.concurrency),
    ),
  };
};
