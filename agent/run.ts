import { aborted } from '../probes/failure.ts';
import type { Observation } from '../probes/observation.ts';
import type { Question } from '../probes/probe.ts';
import type { Clock } from '../probes/world.ts';
import { type ControlResult, controlPortQuestion, controlResult } from './controls.ts';
import type { Plan } from './plan.ts';
import { runPool } from './pool.ts';
import { isSweep, notMade, questionKey, questionOf } from './question.ts';
import type { Check, ResolvedRule, Resolver } from './resolve.ts';
import { sightQuestions, sightResult } from './sight.ts';

/** How a run asks: limits, and the way to the probes. */
export interface RunSettings {
  /** Deadline of every single question, in seconds. */
  readonly deadline: number;
  /** Questions side by side in all. */
  readonly concurrency: number;
  readonly controlPort: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly resolver: Resolver;
  /** Asks one question of its probe. Must not reject for anything that the network does. */
  readonly ask: (question: Question, progress?: (done: number, total: number) => void) => Promise<Observation>;
  /** Told when a question begins and ends, for people who watch. */
  readonly watch?: (event: RunEvent) => void;
}

export type RunEvent =
  | { readonly kind: 'asked'; readonly done: number; readonly total: number }
  | { readonly kind: 'sweeping'; readonly question: Question; readonly done: number; readonly total: number };

/** Everything that was observed, by the key of its question. */
export interface RunResult {
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** Monotonic seconds between the two. */
  readonly seconds: number;
  readonly observations: ReadonlyMap<string, Observation>;
  readonly controls: readonly ControlResult[];
  /** The run was ended before everything was asked. */
  readonly interrupted: boolean;
}

/** Questions to one address at a time: a server must not take us for an attack, nor a firewall. */
export const perAddress = 4;

const mostAtOnce = 32;

/** Questions side by side in all, whatever the addresses: a limit for sweeps that is lower holds here too. */
export const questionsAtOnce = (concurrency: number | 'auto'): number =>
  concurrency === 'auto' ? mostAtOnce : Math.min(concurrency, mostAtOnce);

/** A question with the first check that asks it. */
export interface Asked {
  readonly question: Question;
  readonly check: Check;
}

/** The distinct questions of a resolved plan, in the order of its rules. */
export const distinctQuestions = (rules: readonly ResolvedRule[], deadline: number): Map<string, Asked> => {
  const found = new Map<string, Asked>();
  for (const { rule, checks } of rules) {
    for (const check of checks) {
      if (check.address === null) continue;
      const question = questionOf(check, check.address, rule.transport, deadline);
      const key = questionKey(question);
      if (!found.has(key)) found.set(key, { question, check });
    }
  }
  return found;
};

const controlsOf = new WeakMap<Question, Question>();

/** The question to the control port beside a question: the same object every time. */
const controlOf = (question: Question, controlPort: number, deadline: number): Question => {
  const known = controlsOf.get(question);
  if (known?.target.port === controlPort && known.deadlineSeconds === deadline) return known;
  const control = controlPortQuestion(question.target.address, controlPort, question.source.address, deadline);
  controlsOf.set(question, control);
  return control;
};

/** The control-port questions of a run: one per address of ours (or swept) and source. */
export const portControls = (asked: Iterable<Asked>, controlPort: number, deadline: number): Question[] => {
  const found = new Map<string, Question>();
  for (const { question, check } of asked) {
    if (!check.target.ours && !isSweep(question) && !check.target.responder) continue;
    const control = controlOf(question, controlPort, deadline);
    found.set(questionKey(control), control);
  }
  return [...found.values()];
};

/** Whether that the port opens is all the question asks. */
const isTcp = (question: Question): boolean => question.probe === 'tcp' && !isSweep(question);

/** Asks one question, whatever happens: after an abort it is not asked, and a fault of ours spoils nothing else. */
export const askSafely = async (question: Question, settings: RunSettings): Promise<Observation> => {
  const { clock, signal, watch } = settings;
  if (signal.aborted) return notMade(question, clock.now(), 'unasked', aborted('start').failure);
  const progress = (done: number, total: number): void => watch?.({ kind: 'sweeping', question, done, total });
  try {
    return await settings.ask(question, isSweep(question) ? progress : undefined);
  } catch (error) {
    const message = `a fault in edgeprobe: ${error instanceof Error ? error.message : String(error)}`;
    return notMade(question, clock.now(), 'unasked', { step: 'start', code: 'internal-error', message });
  }
};

/**
 * Control ports that were silent although something that must be shut was refused there: they are asked once more when
 * everything else is over. Whoever refuses by ICMP says so about once a second, and the control may have come too late.
 */
const controlsToRepeat = (
  ports: readonly Question[],
  rules: readonly ResolvedRule[],
  deadline: number,
  observations: ReadonlyMap<string, Observation>,
): Question[] => {
  const refused = new Set(
    rules.flatMap(({ rule, expect, checks }) =>
      checks.flatMap((check) => {
        if (expect === 'reachable' || check.address === null) return [];
        const key = questionKey(questionOf(check, check.address, rule.transport, deadline));
        return observations.get(key)?.outcome === 'closed' ? [check.address] : [];
      }),
    ),
  );
  return ports.filter(
    (port) => refused.has(port.target.address) && observations.get(questionKey(port))?.outcome === 'filtered',
  );
};

/** A row that passed at a swept address: if there is a choice, from the address that the sweep came from. */
export const rowToRepeat = (
  address: string,
  sweeps: readonly Question[],
  points: readonly Question[],
  observations: ReadonlyMap<string, Observation>,
): Question | undefined => {
  const sources = sweeps.flatMap(({ target, source }) => (target.address === address ? [source.address] : []));
  const passed = points.filter((question) => {
    const outcome = observations.get(questionKey(question))?.outcome;
    return question.target.address === address && (outcome === 'answered' || (outcome === 'open' && isTcp(question)));
  });
  return passed.find(({ source }) => sources.includes(source.address)) ?? passed[0];
};

/**
 * Asks a resolved plan: controls and single ports first, sweeps last and one after the other, and then once more one
 * row that had passed on every swept address (did the sweep get us shunned?).
 */
export const run = async (plan: Plan, rules: readonly ResolvedRule[], settings: RunSettings): Promise<RunResult> => {
  const { clock, signal, deadline } = settings;
  const startedAt = clock.now();
  const started = clock.monotonic();
  const observations = new Map<string, Observation>();
  const distinct = distinctQuestions(rules, deadline);
  const asked = [...distinct.values()];
  const points = asked.map(({ question }) => question).filter((question) => !isSweep(question));
  const sweeps = asked.map(({ question }) => question).filter(isSweep);
  const sights = await sightQuestions(plan, rules, settings.resolver, deadline);
  const ports = portControls(asked, settings.controlPort, deadline);

  let done = 0;
  const single = [...sights.flatMap(({ questions }) => questions), ...points, ...ports];
  const singles = [...new Map(single.map((question) => [questionKey(question), question])).values()];
  const tasks = singles.map((question) => ({
    lane: question.target.address,
    run: async () => {
      observations.set(questionKey(question), await askSafely(question, settings));
      settings.watch?.({ kind: 'asked', done: ++done, total: singles.length });
    },
  }));
  await runPool(tasks, { total: settings.concurrency, perLane: perAddress });

  for (const question of sweeps) observations.set(questionKey(question), await askSafely(question, settings));
  for (const question of controlsToRepeat(ports, rules, deadline, observations)) {
    const again = await askSafely(question, settings);
    if (!signal.aborted) observations.set(questionKey(question), again);
  }

  const nameOf = new Map(asked.map(({ question, check }) => [question.target.address, check.target.name]));
  const controls = sights.map((sight) => sightResult(sight, observations, startedAt));
  for (const question of ports) {
    const observation = observations.get(questionKey(question));
    const name = nameOf.get(question.target.address) ?? '';
    if (observation) {
      controls.push(controlResult('port', name, { question, observation }, observation.outcome !== 'open'));
    }
  }
  for (const address of new Set(sweeps.map(({ target }) => target.address))) {
    const question = rowToRepeat(address, sweeps, points, observations);
    if (question === undefined) continue;
    const before = observations.get(questionKey(question));
    const observation = await askSafely(question, settings);
    // Ended meanwhile, or before: then its silence is ours.
    if (signal.aborted) continue;
    const asBefore = observation.outcome === before?.outcome;
    controls.push(controlResult('repeat', nameOf.get(address) ?? '', { question, observation }, asBefore));
  }
  return {
    startedAt,
    finishedAt: clock.now(),
    seconds: clock.monotonic() - started,
    observations,
    controls,
    interrupted: signal.aborted,
  };
};
