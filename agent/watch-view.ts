import type { Question } from '../probes/probe.ts';
import { type AlongsideCheck, alongsideChecks } from './alongside.ts';
import { controlResult } from './controls.ts';
import { type JudgedRule, judgeRun } from './judge.ts';
import type { Plan } from './plan.ts';
import { isSweep, questionKey } from './question.ts';
import { type ResolvedRule, type Resolver, resolvePlan } from './resolve.ts';
import { distinctQuestions, portControls, type RunResult } from './run.ts';
import { sightResult } from './sight.ts';
import { asSeenNow } from './watch-blind.ts';
import type { Book } from './watch-book.ts';
import { askKey } from './watch-jobs.ts';

/** What is known at one instant, judged. */
export interface View {
  readonly at: Date;
  readonly plan: Plan;
  readonly judged: readonly JudgedRule[];
  readonly result: RunResult;
  /** The single questions, and those to ports that no rule opens. */
  readonly points: readonly Question[];
  readonly ports: readonly Question[];
  /** Of the DMZ: what was asked beside the servers. */
  readonly alongside: readonly AlongsideCheck[];
}

const controlsOf = (book: Book, ports: readonly Question[], rules: readonly ResolvedRule[], at: Date) => {
  const nameOf = new Map(rules.flatMap(({ checks }) => checks.map(({ address, target }) => [address, target.name])));
  const { observations } = book;
  const asked = book.sights.filter(
    ({ questions }) => questions.length === 0 || questions.some((question) => observations.has(questionKey(question))),
  );
  return [
    ...asked.map((sight) => sightResult(sight, observations, at)),
    ...ports.flatMap((question) => {
      const observation = observations.get(questionKey(question));
      if (observation === undefined) return [];
      const name = nameOf.get(question.target.address) ?? '';
      return [controlResult('port', name, { question, observation }, observation.outcome !== 'open')];
    }),
    ...book.repeats.values(),
  ];
};

/** A name without an address is asked of the resolver only: what was written of that stands for the observation. */
const withLookups = (rules: readonly JudgedRule[], book: Book): readonly JudgedRule[] =>
  rules.map((judged) => {
    if (judged.checks.every(({ key }) => key !== '')) return judged;
    const checks = judged.checks.map((one) => {
      if (one.key !== '') return one;
      const observation = book.observations.get(askKey(one.check, one.rule.transport));
      return observation === undefined ? one : { ...one, observation };
    });
    return { ...judged, checks };
  });

/**
 * Judges the latest of everything. What the book holds of questions that nobody asks any more is forgotten.
 * @param remembered the resolver's last word on every name
 */
export const judgeBook = async (
  plan: Plan,
  book: Book,
  remembered: Resolver,
  families: ReadonlySet<4 | 6>,
  at: Date,
): Promise<View> => {
  const { timeouts, sweep } = plan.site;
  const deadline = timeouts.check;
  const rules = await resolvePlan(plan, remembered, families);
  const asked = distinctQuestions(rules, deadline);
  const ports = portControls(asked.values(), sweep.controlPort, deadline);
  const lookups = rules.flatMap(({ rule, checks }) =>
    checks.flatMap((check) => (check.address === null ? [askKey(check, rule.transport)] : [])),
  );
  const controls = [...ports, ...book.sights.flatMap(({ questions }) => questions)];
  const { rules: besides = [], owned = new Set<string>() } = plan.alongside ?? {};
  const beside = await resolvePlan({ ...plan, rules: besides }, remembered, families);
  book.keep({
    keys: new Set([...asked.keys(), ...lookups, ...controls.map(questionKey)]),
    beside: new Set(distinctQuestions(beside, deadline).keys()),
    addresses: new Set([...asked.values()].map(({ question }) => question.target.address)),
  });
  const oldest = [...asked.keys()]
    .flatMap((key) => book.observations.get(key)?.startedAt ?? [])
    .reduce((first, one) => (one < first ? one : first), at.toISOString());
  const startedAt = new Date(oldest);
  const result: RunResult = {
    ...{ startedAt, finishedAt: at, interrupted: false },
    observations: asSeenNow(book, at),
    seconds: (at.getTime() - startedAt.getTime()) / 1000,
    controls: controlsOf(book, ports, rules, at),
  };
  const judged = withLookups(judgeRun(plan, rules, result, deadline), book);
  const points = [...asked.values()].map(({ question }) => question).filter((question) => !isSweep(question));
  const alongside = alongsideChecks(beside, owned, book.beside, deadline);
  return { at, plan, judged, result, points, ports, alongside };
};
