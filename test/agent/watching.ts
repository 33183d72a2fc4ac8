import type { Plan } from '../../agent/plan.ts';
import type { Resolved, Resolver } from '../../agent/resolve.ts';
import type { Site } from '../../agent/site.ts';
import { createWatch, type Watch } from '../../agent/watch.ts';
import type { Entry } from '../../agent/watch-book.ts';
import type { VerdictChange } from '../../agent/watch-changes.ts';
import type { View } from '../../agent/watch-view.ts';
import type { Observation, Outcome } from '../../probes/observation.ts';
import type { Question } from '../../probes/probe.ts';
import { type HandClock, handClock } from '../probes/hand-clock.ts';
import { seen } from './fixtures.ts';
import { planOf, siteWith } from './two-nodes.ts';

/** What a question gets; undefined: answered, `open` for the tcp probe, silence from a port that no rule opens. */
export type Answer = (question: Question) => Outcome | Partial<Observation> | undefined;

/** An agent over a clock that is moved by hand, and a network in memory. */
export interface Watching {
  readonly watch: Watch;
  readonly clock: HandClock;
  readonly asked: { readonly at: number; readonly question: Question }[];
  readonly changes: VerdictChange[];
  readonly news: Entry[];
  readonly views: View[];
  readonly faults: unknown[];
  readonly names: Map<string, readonly string[]>;
  /** How often the links under addresses of ours changed; null: one is down. */
  readonly links: Map<string, number | null>;
  /** Most single questions and most sweeps at a time. */
  readonly most: { points: number; sweeps: number };
  answer: Answer;
  /** Seconds that a question takes. */
  takes: (question: Question) => number;
  readonly adopt: (plan: Plan) => Promise<void>;
  readonly end: () => void;
  /** `verdict because` of a rule's checks by address, now. */
  readonly verdicts: (rule: string) => Readonly<Record<string, string>>;
}

const controlPort = 49_151;

export const watching = (): Watching => {
  const clock = handClock();
  const ended = new AbortController();
  const names = new Map<string, readonly string[]>();
  const links = new Map<string, number | null>();
  const resolver: Resolver = async (host): Promise<Resolved> => {
    const addresses = names.get(host);
    if (addresses === undefined) return { kind: 'unresolved', code: 'no-such-name', message: `no ${host}` };
    return { kind: 'addresses', addresses };
  };
  const inside = { points: 0, sweeps: 0 };
  const made: Omit<Watching, 'watch' | 'adopt' | 'end' | 'verdicts'> = {
    ...{ clock, asked: [], changes: [], news: [], views: [], faults: [], names, links },
    most: { points: 0, sweeps: 0 },
    answer: () => undefined,
    takes: () => 0.01,
  };
  const watch = createWatch({
    ...{ clock, resolver, signal: ended.signal, dns: resolver, links: () => new Map(links) },
    identity: { id: 'r1', host: 'here', platform: 'linux', note: null, version: '0.1.0' },
    published: (view, changes, news) => {
      made.views.push(view);
      made.changes.push(...changes);
      made.news.push(...news);
    },
    fault: (error) => made.faults.push(error),
  });
  const state: Watching = Object.assign(made, {
    watch,
    adopt: (plan: Plan) =>
      watch.adopt({
        ...{ plan, families: new Set([4, 6] as const), self: null },
        ask: async (question) => {
          const kind = question.target.lastPort > question.target.port ? 'sweeps' : 'points';
          const began = clock.now().toISOString();
          state.asked.push({ at: clock.monotonic(), question });
          state.most[kind] = Math.max(state.most[kind], ++inside[kind]);
          await new Promise<void>((resolve) => clock.after(state.takes(question), resolve));
          inside[kind]--;
          const silent = question.target.port === controlPort;
          const usual: Outcome = silent ? 'filtered' : question.probe === 'tcp' ? 'open' : 'answered';
          const given = state.answer(question) ?? usual;
          const more = typeof given === 'string' ? { outcome: given } : given;
          const { outcome = usual, ...rest } = more;
          return seen(outcome, {
            ...{ probe: question.probe, startedAt: began, source: question.source },
            ...(outcome === 'filtered' ? { code: 'timeout' } : {}),
            ...rest,
          });
        },
      }),
    end: () => {
      ended.abort();
      watch.stop();
    },
    verdicts: (rule: string) => {
      const found = watch.report()?.rules.find((one) => one.rule === rule);
      return Object.fromEntries(
        (found?.checks ?? []).map(({ target, verdict, because }) => [target.address ?? '', `${verdict} ${because}`]),
      );
    },
  });
  return state;
};

/** A site that an agent asks every ten seconds, and sweeps now and then. */
export const watchedSite = (more = '', replaced: Readonly<Record<string, string>> = {}): Site =>
  siteWith(`agent: { interval: 10s, sweepInterval: 100s, sweepSample: 32 }\n${more}`, replaced);

/** An agent that has begun with that plan, of that site unless another is given. */
export const started = async (plan: Parameters<typeof planOf>[0] = {}): Promise<Watching> => {
  const one = watching();
  await one.adopt(planOf({ site: watchedSite(), ...plan }));
  return one;
};
