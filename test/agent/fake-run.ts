import { questionKey } from '../../agent/question.ts';
import type { Resolver } from '../../agent/resolve.ts';
import { resolvePlan } from '../../agent/resolve.ts';
import { type RunEvent, type RunResult, run } from '../../agent/run.ts';
import type { Observation, Outcome } from '../../probes/observation.ts';
import type { Question } from '../../probes/probe.ts';
import { seen, startedAt } from './fixtures.ts';
import { planOf } from './two-nodes.ts';

/** `probe address:port`, or `probe address:port-port`. */
export const named = ({ probe, target }: Question): string =>
  `${probe} ${target.address}:${target.port}${target.lastPort > target.port ? `-${target.lastPort}` : ''}`;

/** What a question gets; undefined: answered (`open` for the tcp probe). */
type Answer = (question: Question, times: number) => Outcome | Observation | undefined | Promise<Outcome | Observation>;

interface FakeRun {
  readonly plan?: Parameters<typeof planOf>[0];
  readonly answer?: Answer;
  readonly concurrency?: number;
  readonly controller?: AbortController;
  readonly resolver?: Resolver;
}

export interface Ran {
  readonly result: RunResult;
  /** Every question in the order in which they were asked. */
  readonly asked: readonly Question[];
  readonly events: readonly RunEvent[];
  /** Most questions at a time: in all, and to one address. */
  readonly most: { readonly total: number; readonly perAddress: number };
}

const nobody: Resolver = async (host) => ({ kind: 'unresolved', code: 'no-such-name', message: `no ${host}` });

/** Runs a plan against answers from memory. Each answer takes one turn of the event loop. */
export const fakeRun = async (given: FakeRun = {}): Promise<Ran> => {
  const { answer = () => undefined, concurrency = 32, controller = new AbortController(), resolver = nobody } = given;
  const plan = planOf(given.plan);
  const rules = await resolvePlan(plan, resolver, new Set([4, 6]));
  const asked: Question[] = [];
  const events: RunEvent[] = [];
  const times = new Map<string, number>();
  const underWay = new Map<string, number>();
  const most = { total: 0, perAddress: 0 };
  const enter = (address: string, step: 1 | -1): void => {
    underWay.set(address, (underWay.get(address) ?? 0) + step);
    const counts = [...underWay.values()];
    most.perAddress = Math.max(most.perAddress, ...counts);
    most.total = Math.max(
      most.total,
      counts.reduce((sum, count) => sum + count, 0),
    );
  };
  let seconds = 0;
  const result = await run(plan, rules, {
    deadline: 8,
    concurrency,
    controlPort: 49151,
    clock: { now: () => startedAt, monotonic: () => seconds++, after: () => () => undefined },
    signal: controller.signal,
    resolver,
    watch: (event) => events.push(event),
    ask: async (question, progress) => {
      asked.push(question);
      const key = questionKey(question);
      times.set(key, (times.get(key) ?? 0) + 1);
      enter(question.target.address, 1);
      try {
        await new Promise(setImmediate);
        progress?.(1, 2);
        const answered =
          (await answer(question, times.get(key) ?? 1)) ?? (question.probe === 'tcp' ? 'open' : 'answered');
        return typeof answered === 'string' ? seen(answered, { probe: question.probe }) : answered;
      } finally {
        enter(question.target.address, -1);
      }
    },
  });
  return { result, asked, events, most };
};
