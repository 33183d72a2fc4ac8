import { aborted } from '../probes/failure.ts';
import type { Observation } from '../probes/observation.ts';
import type { Question } from '../probes/probe.ts';
import type { Clock } from '../probes/world.ts';
import { type ControlResult, controlPortQuestion, provesSight, vantageControlQuestion } from './controls.ts';
import type { Plan } from './plan.ts';
import { runPool } from './pool.ts';
import { isSweep, questionKey, questionOf } from './question.ts';
import type { Check, ResolvedRule, Resolver } from './resolve.ts';

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

/** The control-port questions of a run: one per address of ours (or swept) and source. */
export const portControls = (asked: Iterable<Asked>, controlPort: number, deadline: number): Question[] => {
  const found = new Map<string, Question>();
  for (const { question, check } of asked) {
    if (!check.target.ours && !isSweep(question) && !check.target.responder) continue;
    const control = controlPortQuestion(question.target.address, controlPort, question.source.address, deadline);
    found.set(questionKey(control), control);
  }
  return [...found.values()];
};

const unasked = (question: Question, at: Date, code: string, message: string): Observation => ({
  probe: question.probe,
  startedAt: at.toISOString(),
  durationSeconds: 0,
  source: question.source,
  outcome: 'unasked',
  steps: [],
  facts: {},
  failure: { step: 'start', code, message },
  attempts: [],
});

/** Asks one question, whatever happens: after an abort it is not asked, and a fault of ours spoils nothing else. */
const askSafely = async (question: Question, settings: RunSettings): Promise<Observation> => {
  const { clock, signal, watch } = settings;
  if (signal.aborted) return unasked(question, clock.now(), 'aborted', aborted('start').failure.message);
  const progress = (done: number, total: number): void => watch?.({ kind: 'sweeping', question, done, total });
  try {
    return await settings.ask(question, isSweep(question) ? progress : undefined);
  } catch (error) {
    const message = `a fault in edgeprobe: ${error instanceof Error ? error.message : String(error)}`;
    return unasked(question, clock.now(), 'internal-error', message);
  }
};

const vantageControls = async (plan: Plan, settings: RunSettings): Promise<[string, Question][]> => {
  const { control, bind } = plan.site.vantages[plan.vantage];
  // From the DMZ only rows that leave an Edge role are open, so a control has to leave from one as well.
  const source = bind.any ?? (plan.vantage === 'dmz' ? bind['access-edge'] : undefined) ?? null;
  const found = await Promise.all(
    control.map(async (one): Promise<[string, Question][]> => {
      const resolved = await settings.resolver(one.host);
      const addresses = resolved.kind === 'addresses' ? resolved.addresses.slice(0, 1) : [];
      return addresses.map((address) => [one.text, vantageControlQuestion(one, address, source, settings.deadline)]);
    }),
  );
  return found.flat();
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
  const sweeps = asked.filter(({ question }) => isSweep(question));
  const sight = await vantageControls(plan, settings);
  const ports = portControls(asked, settings.controlPort, deadline);

  let done = 0;
  const singles = [
    ...new Map([...sight.map(([, q]) => q), ...points, ...ports].map((q) => [questionKey(q), q])).values(),
  ];
  const tasks = singles.map((question) => ({
    lane: question.target.address,
    run: async () => {
      observations.set(questionKey(question), await askSafely(question, settings));
      settings.watch?.({ kind: 'asked', done: ++done, total: singles.length });
    },
  }));
  await runPool(tasks, { total: settings.concurrency, perLane: perAddress });

  for (const { question } of sweeps) observations.set(questionKey(question), await askSafely(question, settings));

  const controls: ControlResult[] = [];
  const control = (
    kind: ControlResult['kind'],
    target: string,
    question: Question,
    observation: Observation,
    asExpected: boolean,
  ) =>
    controls.push({
      kind,
      target,
      address: question.target.address,
      port: question.target.port,
      source: question.source.address,
      asExpected,
      observation,
    });
  for (const [text, question] of sight) {
    const seen = observations.get(questionKey(question));
    if (seen) control('vantage', text, question, seen, provesSight(seen));
  }
  const nameOf = new Map(asked.map(({ question, check }) => [question.target.address, check.target.name]));
  for (const question of ports) {
    const seen = observations.get(questionKey(question));
    if (seen) control('port', nameOf.get(question.target.address) ?? '', question, seen, seen.outcome !== 'open');
  }
  for (const address of new Set(sweeps.map(({ question }) => question.target.address))) {
    const again = points.find(
      (question) =>
        question.target.address === address && observations.get(questionKey(question))?.outcome === 'answered',
    );
    if (again === undefined || signal.aborted) continue;
    const seen = await askSafely(again, settings);
    control('repeat', nameOf.get(address) ?? '', again, seen, seen.outcome === 'answered');
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
