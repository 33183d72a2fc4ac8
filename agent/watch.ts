import type { Observation } from '../probes/observation.ts';
import type { Question } from '../probes/probe.ts';
import type { Clock } from '../probes/world.ts';
import { createLinkWatch, type Links } from './links.ts';
import type { Plan } from './plan.ts';
import { questionKey } from './question.ts';
import { makeReport, type Report, type RunIdentity } from './report.ts';
import { type Resolver, resolvePlan } from './resolve.ts';
import type { SelfTest } from './self-test.ts';
import { createBook, type Entry } from './watch-book.ts';
import { createChanges, namedCheck, type VerdictChange } from './watch-changes.ts';
import { createHistory, type Past } from './watch-history.ts';
import { watchJobs, withSamples } from './watch-jobs.ts';
import { createNames, type Names } from './watch-names.ts';
import { createRounds, type Rounds } from './watch-rounds.ts';
import { createSchedule, type Job, offsetOf } from './watch-schedule.ts';
import { judgeBook, type View } from './watch-view.ts';

/** What an agent asks, and how: made anew for every reload. */
export interface Configuration {
  readonly plan: Plan;
  readonly families: ReadonlySet<4 | 6>;
  readonly ask: (question: Question) => Promise<Observation>;
  /** What was found out about this host; null where nothing was. */
  readonly self: SelfTest | null;
}

export interface WatchSettings {
  readonly clock: Clock;
  /** Ends everything that is under way. */
  readonly signal: AbortSignal;
  readonly resolver: Resolver;
  /** The DNS servers of this host alone, for questions that no verdict waits for. Must not reject. */
  readonly dns: Resolver;
  /** The links under the addresses of this host. */
  readonly links: Links;
  readonly identity: RunIdentity;
  /** Told of every new view: what changed, and what was observed since the last one. */
  readonly published: (view: View, changes: readonly VerdictChange[], news: readonly Entry[]) => void;
  /** Told of a fault of our own; the agent goes on. */
  readonly fault: (error: unknown) => void;
}

/** An agent's engine: asks round by round, and judges the latest of everything. */
export interface Watch {
  /** Asks by this configuration from now on. Results of questions that stay are kept. */
  readonly adopt: (configuration: Configuration) => Promise<void>;
  /** Null until there is a configuration. */
  readonly report: () => Report | null;
  readonly view: () => View | null;
  /** Whether every single question was asked once. */
  readonly ready: () => boolean;
  /** The last results of a check, oldest first. */
  readonly history: (check: string) => readonly Past[];
  readonly stop: () => void;
}

/** First rounds of single questions are spread over so many seconds at most, so that an agent is soon ready. */
const firstRoundsWithin = 60;

/** Sweeps begin after the first single questions, within so many seconds. */
const firstSweepsWithin = 600;

/** What is no part of a verdict is learned every so many rounds: names change less often than answers. */
const roundsPerLesson = 5;

/** News are judged together if they come within so many seconds: judging computes over everything that is known. */
const judgedTogether = 0.5;

/** An answer of the resolver is good for all checks of a round, for so many seconds at most. */
const nameIsFresh = 5;

interface Generation extends Configuration {
  readonly names: Names;
  readonly rounds: Rounds;
  readonly jobs: readonly Job[];
  /** Keys of the single questions. */
  readonly singles: readonly string[];
}

/** An engine without a configuration: it does nothing until it adopts one. */
export const createWatch = (settings: WatchSettings): Watch => {
  const { clock, signal, resolver, dns, identity, fault } = settings;
  const book = createBook();
  const links = createLinkWatch(settings.links, clock);
  const changes = createChanges();
  const history = createHistory();
  const schedule = createSchedule(clock);
  const done = new Set<string>();
  let told: ReadonlySet<string> = new Set();
  let generation: Generation | null = null;
  let view: View | null = null;
  let report: { readonly of: View; readonly report: Report } | null = null;
  let set: { readonly of: Generation; readonly ports: readonly Question[] } | null = null;
  let pending = false;
  let judging: Promise<void> = Promise.resolve();

  const remember = ({ judged }: View): void => {
    const ids = new Set<string>();
    for (const { rule, checks } of judged) {
      for (const one of checks) {
        const { id } = namedCheck(rule, one);
        ids.add(id);
        const { startedAt: at, outcome, durationSeconds } = one.observation;
        // Most of a view was in the one before.
        if (one.observation.failure?.code === 'not-asked' || history.of(id).at(-1)?.at === at) continue;
        history.add(id, {
          at,
          verdict: one.judgement.verdict,
          because: one.judgement.because,
          outcome,
          durationSeconds,
        });
      }
    }
    history.keep(ids);
  };

  /** The jobs of a generation, and the control ports of the addresses that its names have now. */
  const setJobs = (current: Generation, ports: readonly Question[]): void => {
    const { plan, rounds, jobs } = current;
    const isSame = ports.length === set?.ports.length && ports.every((port, index) => port === set?.ports[index]);
    if (set?.of === current && isSame) return;
    set = { of: current, ports };
    const { interval } = plan.site.agent;
    schedule.set([
      ...jobs,
      ...ports.map((question): Job => {
        const key = `port ${questionKey(question)}`;
        const offset = offsetOf(`${plan.vantage} ${plan.place} ${key}`, Math.min(interval, firstRoundsWithin));
        return { key, interval, offset, run: () => rounds.port(question).catch(fault) };
      }),
    ]);
  };

  const judge = async (): Promise<void> => {
    pending = false;
    if (generation === null || signal.aborted) return;
    const { plan, families, names } = generation;
    const asked = new Set(done);
    const current = generation;
    const judged = await judgeBook(plan, book, names.remembered, families, clock.now());
    if (generation !== current || signal.aborted) return;
    view = judged;
    told = asked;
    setJobs(generation, view.ports);
    remember(view);
    settings.published(view, changes(view), book.news());
  };
  const judgeNext = (): Promise<void> => {
    judging = judging.then(judge).catch(fault);
    return judging;
  };
  const changed = (): void => {
    if (pending || signal.aborted) return;
    pending = true;
    clock.after(judgedTogether, () => void judgeNext());
  };

  const prepare = (configuration: Configuration): Generation => {
    const { families, ask, self } = configuration;
    const plan = withSamples(configuration.plan);
    const { interval, sweepInterval } = plan.site.agent;
    const deadline = plan.site.timeouts.check;
    const names = createNames(resolver, clock, deadline, Math.min(interval / 2, nameIsFresh));
    const current = (): boolean => generation?.names === names;
    const rounds = createRounds({
      ...{ plan, families, ask, names, dns, book, links, clock, signal, changed, fault, current },
      view: () => view,
    });
    const spread = Math.min(interval, firstRoundsWithin);
    const watched = watchJobs(plan);
    const jobs = watched.map(({ name, ...job }): Job => {
      const offset = job.sweep
        ? spread + offsetOf(name, Math.min(sweepInterval, firstSweepsWithin))
        : offsetOf(name, spread);
      const round = job.sweep ? rounds.sweep : rounds.single;
      const run = (): Promise<void> =>
        round({ ...job, name })
          .catch(fault)
          .finally(() => {
            done.add(job.key);
            changed();
          });
      return { key: job.key, interval: job.interval, offset, run };
    });
    const besides = watchJobs(plan, plan.alongside?.rules ?? []).map(({ name, ...job }): Job => {
      const key = `beside ${job.key}`;
      const run = (): Promise<void> => rounds.beside({ ...job, name }).catch(fault);
      return { key, interval, offset: offsetOf(key, spread), run };
    });
    const learning: Job = {
      ...{ key: 'learn', interval: interval * roundsPerLesson, offset: 2 * spread },
      run: () => rounds.learn().catch(fault),
    };
    const hasSights = plan.site.vantages[plan.vantage].control.length > 0;
    const sights: Job = { key: 'sights', interval, offset: 0, run: () => rounds.sights().catch(fault) };
    const singles = watched.filter(({ sweep }) => !sweep).map(({ key }) => key);
    return {
      plan,
      families,
      ask,
      self,
      names,
      rounds,
      jobs: [...(hasSights ? [sights] : []), ...jobs, ...besides, learning],
      singles,
    };
  };

  return {
    adopt: async (configuration) => {
      const next = prepare(configuration);
      // Every name is looked up before anything is judged by it.
      await resolvePlan(next.plan, next.names.resolve, next.families);
      if (signal.aborted) return;
      generation = next;
      const { control } = next.plan.site.vantages[next.plan.vantage];
      book.sights = book.sights.filter((sight) => control.some(({ text }) => text === sight.control.text));
      const keys = new Set(next.jobs.map(({ key }) => key));
      for (const key of [...done]) if (!keys.has(key)) done.delete(key);
      await judgeNext();
    },
    report: () => {
      if (view === null) return null;
      if (report?.of !== view) {
        const { plan, judged, result, alongside } = view;
        const learned = { ...book.learned, self: generation?.self ?? null };
        const made = makeReport(plan, judged, result, identity, learned);
        report = { of: view, report: alongside.length === 0 ? made : { ...made, alongside } };
      }
      return report.report;
    },
    view: () => view,
    ready: () => generation !== null && view !== null && generation.singles.every((key) => told.has(key)),
    history: history.of,
    stop: () => schedule.stop(),
  };
};
