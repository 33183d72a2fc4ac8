import type { Failure, Outcome } from './observation.ts';
import { betterOutcome } from './observation.ts';
import { createPacer } from './pace.ts';
import type { DialEnd, SweepDialler } from './sweep-dialler.ts';
import { createLossMeter, dialsIntoSilence, type LossMeter } from './sweep-loss.ts';
import { createRoundTrips, type RoundTrips, secondsIntoSilence } from './sweep-time.ts';
import type { Clock } from './world.ts';

/** What to sweep: the ports, the order in which they are dialled (indices of `ports`), and how many at a time. */
export interface SweepPlan {
  readonly ports: readonly number[];
  readonly order: Uint32Array;
  readonly inFlight: number;
}

/** The world of a sweep. `soon` calls back after whatever the network has already delivered: setImmediate. */
export interface SweepWorld {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly pace: () => number;
  readonly progress?: (done: number, total: number) => void;
  readonly soon: (callback: () => void) => void;
}

/** What a sweep learned: one outcome per port, in the order of `ports`, and how it was learned. */
export interface SweepResult {
  readonly outcomes: readonly Outcome[];
  /** The first failure of each kind of outcome, for words. */
  readonly failures: ReadonlyMap<Outcome, Failure>;
  readonly aborted: boolean;
  readonly dials: number;
  readonly rounds: number;
  readonly mostInFlight: number;
  readonly loss: LossMeter;
  readonly roundTrips: RoundTrips;
  /** Ports that said unreachable to one dial and nothing to another: who refuses limits its refusals. */
  readonly fickle: number;
}

/** Dials begun before the network is looked at again: answers that come at once then keep few in flight. */
const burst = 64;

/** The first dials keep the long deadline, whatever else answers sooner: they notice hosts far behind a near firewall. */
const lingerers = 64;

const tickSeconds = 0.01;
const secondsBetweenProgress = 0.25;

/** After a lack of descriptors, ports or memory: pause, and give up when nothing of ours could have been the reason. */
const secondsAfterExhaustion = 0.05;
const mostExhaustions = 20;

/** Refusals by this host before it is believed that it refuses everything. */
const mostDenials = 64;

/** Meetings with our own sockets before a port is left alone for this round. */
const mostMeetings = 20;

/** From this share of unanswered dials on, the next rounds go slower, each within so many seconds. */
const heavyLoss = 0.3;
const secondsOfSlowRound = 2;
const slowestDialsPerSecond = 200;

/** What is known of one port. */
interface Port {
  readonly index: number;
  best: Outcome;
  decided: boolean;
  unreachables: number;
  silences: number;
  meetings: number;
}

interface Dial {
  readonly port: Port;
  readonly number: number;
  readonly since: number;
  over: boolean;
  lingering: boolean;
  end: () => void;
}

const silent = (): void => undefined;

/**
 * Dials every port in rounds until each has answered or been silent to as many dials as the loss asks for. Each round
 * dials only what is undecided: `open` and `closed` decide at once, `unreachable` the second time it is said, because
 * an ICMP error may be passing. Of several ends the best counts. Never rejects.
 */
export const runSweep = (plan: SweepPlan, dialler: SweepDialler, world: SweepWorld): Promise<SweepResult> =>
  new Promise((resolve) => new Sweep(plan, dialler, world, resolve).start());

class Sweep {
  readonly #plan: SweepPlan;
  readonly #dialler: SweepDialler;
  readonly #world: SweepWorld;
  readonly #resolve: (result: SweepResult) => void;
  readonly #ports: Port[];
  readonly #failures = new Map<Outcome, Failure>();
  readonly #loss = createLossMeter();
  readonly #roundTrips = createRoundTrips();

  /** Ports of this round, how many of them were begun, and those to be begun once more in it. */
  #queue: Port[];
  #begun = 0;
  #again: Port[] = [];
  #round = 1;
  #roundSince = 0;
  /** Dials under way, oldest first; and those of the first that outlived the deadline of the others. */
  #waiting: Dial[] = [];
  #oldest = 0;
  #late: Dial[] = [];
  #inFlight = 0;
  #cap: number;

  #dials = 0;
  #decided = 0;
  #mostInFlight = 0;
  #left = 0;
  #denials = 0;
  #exhaustions = 0;
  #slotReserved = false;
  #slowPace: () => number = () => 0;
  #pumpAsked = false;
  #over = false;
  #lastTick = 0;
  #lastProgress = 0;
  #cancelTick: () => void = silent;
  #cancelWait: () => void = silent;

  constructor(plan: SweepPlan, dialler: SweepDialler, world: SweepWorld, resolve: (result: SweepResult) => void) {
    this.#plan = plan;
    this.#dialler = dialler;
    this.#world = world;
    this.#resolve = resolve;
    this.#cap = Math.max(1, plan.inFlight);
    this.#ports = plan.ports.map((_, index) => ({
      index,
      best: 'unasked',
      decided: false,
      unreachables: 0,
      silences: 0,
      meetings: 0,
    }));
    this.#queue = [...plan.order].flatMap((index) => this.#ports[index] ?? []);
  }

  start(): void {
    const { clock, signal } = this.#world;
    this.#roundSince = this.#lastTick = this.#lastProgress = clock.monotonic();
    if (signal.aborted || this.#ports.length === 0) return this.#finish();
    signal.addEventListener('abort', this.#finish);
    this.#cancelTick = clock.after(tickSeconds, this.#tick);
    this.#pump();
  }
