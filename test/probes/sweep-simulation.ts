import { permute } from '../../probes/permutation.ts';
import type { DialEnd, SweepDialler } from '../../probes/sweep-dialler.ts';
import type { LossMeter } from '../../probes/sweep-loss.ts';
import type { FarQueue } from '../../probes/sweep-queue.ts';
import { runSweep, type SweepResult, type SweepWorld } from '../../probes/sweep-schedule.ts';
import type { Clock } from '../../probes/world.ts';

/** A world without sockets: time jumps from event to event. */
interface SimulatedTime {
  readonly clock: Clock;
  readonly soon: (callback: () => void) => void;
  /** Computing takes time too. */
  spend(seconds: number): void;
  /** Lets events happen until there are none left. */
  runDry(): void;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A queue of events, earliest first (a binary heap). */
const eventQueue = () => {
  const heap: Event[] = [];
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]];
    if (a && b) [heap[i], heap[j]] = [b, a];
  };
  const earlier = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]];
    return a !== undefined && (b === undefined || before(a, b));
  };
  return {
    push: (event: Event): void => {
      heap.push(event);
      for (let i = heap.length - 1; i > 0 && earlier(i, (i - 1) >> 1); i = (i - 1) >> 1) swap(i, (i - 1) >> 1);
    },
    pop: (): Event | undefined => {
      swap(0, heap.length - 1);
      const event = heap.pop();
      for (let i = 0; ; ) {
        const child = earlier(2 * i + 2, 2 * i + 1) ? 2 * i + 2 : 2 * i + 1;
        if (!earlier(child, i)) break;
        swap(i, child);
        i = child;
      }
      return event;
    },
  };
};

const simulatedTime = (): SimulatedTime => {
  const events = eventQueue();
  let now = 0;
  let order = 0;
  const at = (seconds: number, callback: () => void): void => events.push({ at: seconds, order: order++, callback });
  return {
    clock: {
      now: () => new Date(now * 1000),
      monotonic: () => now,
      after: (seconds, callback) => {
        let wanted = true;
        at(now + Math.max(0, seconds), () => wanted && callback());
        return () => {
          wanted = false;
        };
      },
    },
    soon: (callback) => at(now, callback),
    spend: (seconds) => {
      now += seconds;
    },
    runDry: () => {
      for (let event = events.pop(); event; event = events.pop()) {
        now = Math.max(now, event.at);
        event.callback();
      }
    },
  };
};

/** Random numbers that are the same in every run (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** What the n-th dial of a port would bring, and after how many seconds; null: silence. `underWay`: dials, with this one. */
export type Network = (
  port: number,
  dial: number,
  now: number,
  underWay: number,
) => { end: DialEnd; seconds: number } | null;

export const answers: DialEnd = { kind: 'answer', outcome: 'answered', failure: null };
export const opens: DialEnd = { kind: 'answer', outcome: 'open', failure: null };
const failure = (code: string) => ({ step: 'connect', code, message: code });
export const closes: DialEnd = { kind: 'answer', outcome: 'closed', failure: failure('connection-refused') };
export const refuses: DialEnd = { kind: 'answer', outcome: 'unreachable', failure: failure('host-unreachable') };
export const denies: DialEnd = { kind: 'denied', failure: failure('local-permission') };
export const exhausts: DialEnd = { kind: 'exhausted', failure: failure('local-exhaustion') };

export interface Simulated {
  readonly result: SweepResult;
  readonly seconds: number;
  readonly outcomes: ReadonlyMap<number, string>;
  /** The order in which ports were dialled. */
  readonly dialled: readonly number[];
  readonly mostAtOnce: number;
}

/** Runs one sweep of `ports` ports from 50000 on over a network that exists only here. */
export const simulate = async (
  ports: number,
  network: Network,
  options: {
    inFlight?: number;
    seed?: number;
    pace?: (clock: Clock) => () => number;
    abortAt?: number;
    loss?: LossMeter;
    queue?: FarQueue;
    progress?: (done: number, total: number) => void;
  } = {},
): Promise<Simulated> => {
  const time = simulatedTime();
  const dials = new Map<number, number>();
  const dialled: number[] = [];
  let underWay = 0;
  let mostAtOnce = 0;
  const dialler: SweepDialler = {
    source: () => null,
    begin: (port, ended) => {
      time.spend(30e-6);
      mostAtOnce = Math.max(mostAtOnce, ++underWay);
      dialled.push(port);
      const dial = (dials.get(port) ?? 0) + 1;
      dials.set(port, dial);
      const comes = network(port, dial, time.clock.monotonic(), underWay);
      let over = false;
      const land = (): boolean => {
        if (over) return false;
        over = true;
        underWay--;
        return true;
      };
      if (comes) time.clock.after(comes.seconds, () => land() && ended(comes.end));
      return () => void land();
    },
  };
  const aborter = new AbortController();
  if (options.abortAt !== undefined) time.clock.after(options.abortAt, () => aborter.abort());
  let seconds = 0;
  const order = Array.from(permute(ports, options.seed ?? 1), (index) => 50_000 + index);
  const world: SweepWorld = {
    clock: time.clock,
    soon: time.soon,
    signal: aborter.signal,
    pace: options.pace?.(time.clock) ?? (() => 0),
    progress: (done, total) => {
      seconds = time.clock.monotonic();
      options.progress?.(done, total);
    },
  };
  const running = runSweep(order, options.inFlight ?? 10_000, dialler, world, options.loss, options.queue);
  time.runDry();
  const result = await running;
  return {
    result,
    seconds,
    outcomes: new Map(result.book.ports.map(({ port, outcome }) => [port, outcome])),
    dialled,
    mostAtOnce,
  };
};
