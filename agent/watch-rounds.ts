import type { Observation } from '../probes/observation.ts';
import type { Question } from '../probes/probe.ts';
import type { Clock } from '../probes/world.ts';
import { askHairpins } from './ask-hairpins.ts';
import { controlResult } from './controls.ts';
import type { createLinkWatch } from './links.ts';
import { askNames, lookUpNames } from './names.ts';
import type { Plan } from './plan.ts';
import { notMade, questionKey, questionOf } from './question.ts';
import { type Check, type Resolver, resolvePlan } from './resolve.ts';
import { askSafely, distinctQuestions, perAddress, questionsAtOnce, rowToRepeat } from './run.ts';
import { sightQuestions } from './sight.ts';
import { askForSwappedSip } from './swapped-sip.ts';
import { isBlind, needsSight } from './watch-blind.ts';
import type { Book } from './watch-book.ts';
import { createGate } from './watch-gate.ts';
import type { WatchJob } from './watch-jobs.ts';
import type { Names } from './watch-names.ts';
import type { View } from './watch-view.ts';

/** What rounds are made with. */
export interface RoundsInput {
  readonly plan: Plan;
  readonly families: ReadonlySet<4 | 6>;
  readonly ask: (question: Question) => Promise<Observation>;
  readonly names: Names;
  /** The DNS servers of this host, for questions that no verdict waits for. */
  readonly dns: Resolver;
  readonly book: Book;
  readonly links: ReturnType<typeof createLinkWatch>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told when something was written into the book. */
  readonly changed: () => void;
  /** Told of a fault of our own. */
  readonly fault: (error: unknown) => void;
  /** What is known now; null before anything is. */
  readonly view: () => View | null;
  /** Whether these rounds have not been replaced by those of another configuration. */
  readonly current: () => boolean;
}

/** One round of each kind of question. None rejects for anything that the network does. */
export interface Rounds {
  readonly single: (job: WatchJob) => Promise<void>;
  readonly sweep: (job: WatchJob) => Promise<void>;
  /** The vantage controls, all of them. */
  readonly sights: () => Promise<void>;
  /** A port that no rule opens. */
  readonly port: (question: Question) => Promise<void>;
  /** An inbound question of the DMZ, asked beside the server: a control of those who ask it for its verdict. */
  readonly beside: (job: WatchJob) => Promise<void>;
  /** What the DNS says of the site's names, who answers in the place of a mute server, hairpins: findings, no verdicts. */
  readonly learn: () => Promise<void>;
}

/** How questions are asked round by round: single ones side by side as the limits allow, sweeps one at a time. */
export const createRounds = (input: RoundsInput): Rounds => {
  const { plan, families, names, book, links, clock, signal, changed } = input;
  const deadline = plan.site.timeouts.check;
  const { controlPort, concurrency } = plan.site.sweep;
  const settings = {
    ...{ deadline, controlPort, clock, signal, resolver: names.resolve, ask: input.ask },
    concurrency: questionsAtOnce(concurrency),
  };
  const gate = createGate({ total: settings.concurrency, perLane: perAddress });
  const sweepLane = createGate({ total: 1, perLane: 1 });

  const askOne = async (question: Question): Promise<Observation> => {
    const leave = await gate.enter(question.target.address);
    try {
      return await askSafely(question, settings);
    } finally {
      leave();
    }
  };
  const write = (key: string, observation: Observation, blind = false): void => {
    // What ends with the process was not observed.
    if (signal.aborted) return;
    book.write({ key, observation }, blind);
    changed();
  };

  /** Ranges that were asked while we were blind. */
  const sweptBlindly = new Map<string, WatchJob>();
  let looking: { readonly since: number; readonly over: Promise<void> } | null = null;
  /** When a look ended that saw nothing. */
  let lastBlind = Number.NEGATIVE_INFINITY;
  const look = async (): Promise<void> => {
    const rules = await resolvePlan(plan, names.remembered, families);
    const sights = await sightQuestions(plan, rules, names.resolve, deadline);
    const questions = sights.flatMap((sight) => sight.questions);
    // They do not queue: others wait for them.
    await Promise.all(
      questions.map(async (question) => write(questionKey(question), await askSafely(question, settings))),
    );
    if (!input.current()) return;
    book.sights = sights;
    changed();
    if (isBlind(book, clock.now())) {
      lastBlind = clock.monotonic();
      return;
    }
    // A range would be asked again much later, and nothing would be known of it until then.
    const again = [...sweptBlindly.values()];
    sweptBlindly.clear();
    for (const job of again) void sweep(job).catch(input.fault);
  };
  const sights = (): Promise<void> => {
    looking = { since: clock.monotonic(), over: look() };
    return looking.over;
  };
  /**
   * To be called when a question begins. Whether what is observed of it may be our own blindness: our link was down
   * meanwhile, or the hosts that must answer do not, when they are asked after it or were asked by others meanwhile.
   */
  const beginning = (): ((observation: Observation) => Promise<boolean>) => {
    const began = clock.monotonic();
    const linkWasDown = links.begin();
    return async (observation) => {
      if (!needsSight(observation)) return false;
      if (linkWasDown(observation.source.address)) return true;
      if (plan.site.vantages[plan.vantage].control.length === 0) return false;
      const instant = clock.monotonic();
      await (looking !== null && looking.since >= instant ? looking.over : sights());
      return isBlind(book, clock.now()) || lastBlind >= began;
    };
  };

  /** The job's name resolved: questions to ask; an address it does not have is written down at once. */
  const questionsOf = async (job: WatchJob): Promise<Question[]> => {
    const [resolved] = await resolvePlan({ ...plan, rules: [job.planned] }, names.resolve, families);
    const { transport } = job.planned.rule;
    return (resolved?.checks ?? []).flatMap((check: Check): Question[] => {
      const question = questionOf(check, check.address ?? check.host ?? '', transport, deadline);
      if (check.address !== null) return [question];
      const { code = 'no-such-name', message = '' } = check.unresolved ?? {};
      write(job.key, notMade(question, clock.now(), 'unresolved', { step: 'resolve', code, message }));
      return [];
    });
  };

  /** After a sweep, one row that had passed is asked again: silence now means that we were shunned. */
  const repeat = async (sweep: Question, name: string): Promise<void> => {
    const { address } = sweep.target;
    const row = rowToRepeat(address, [sweep], input.view()?.points ?? [], book.observations);
    if (row === undefined) return;
    const before = book.observations.get(questionKey(row));
    const observation = await askOne(row);
    if (signal.aborted) return;
    const asBefore = observation.outcome === before?.outcome;
    book.repeats.set(address, controlResult('repeat', name, { question: row, observation }, asBefore));
  };

  /** Asks side by side; silence is written beside a control of the same moment only. */
  const askAll = async (
    questions: readonly Question[],
    into: (key: string, observation: Observation, blind: boolean) => void,
  ): Promise<void> => {
    await Promise.all(
      questions.map(async (question) => {
        const mayBeBlindness = beginning();
        const observation = await askOne(question);
        into(questionKey(question), observation, await mayBeBlindness(observation));
      }),
    );
  };

  const sweep = async (job: WatchJob): Promise<void> => {
    const questions = await questionsOf(job);
    const rotation = Math.floor(clock.now().getTime() / 1000 / job.interval);
    for (const question of questions) {
      const leave = await sweepLane.enter(question.target.address);
      try {
        const mayBeBlindness = beginning();
        const observation = await askSafely({ ...question, options: { ...question.options, rotation } }, settings);
        await repeat(question, job.ask.target.name);
        const blind = await mayBeBlindness(observation);
        if (blind) sweptBlindly.set(job.key, job);
        write(questionKey(question), observation, blind);
      } finally {
        leave();
      }
    }
  };

  return {
    single: async (job) => askAll(await questionsOf(job), write),
    beside: async ({ planned }) => {
      const rules = await resolvePlan({ ...plan, rules: [planned] }, names.resolve, families);
      const questions = [...distinctQuestions(rules, deadline).values()].map(({ question }) => question);
      await askAll(questions, (key, observation) => {
        if (signal.aborted) return;
        book.beside.set(key, observation);
        changed();
      });
    },
    learn: async () => {
      const view = input.view();
      if (view === null) return;
      const rules = await resolvePlan(plan, names.remembered, families);
      // The Edge asks the DNS server that its rows name; others ask that of their own host.
      const lookedUp = plan.vantage === 'dmz' ? [] : await lookUpNames(plan.site, rules, input.dns);
      const asked = await askNames(plan, rules, view.result, settings);
      const swapped = await askForSwappedSip(rules, view.result, settings);
      const hairpins = await askHairpins(plan.hairpins ?? [], view.result, settings);
      if (signal.aborted || !input.current()) return;
      book.learned = { names: [...lookedUp, ...asked], swapped, hairpins };
      changed();
    },
    sweep,
    sights,
    port: async (question) => write(questionKey(question), await askOne(question)),
  };
};
