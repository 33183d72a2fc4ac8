import { createPacer } from './pace.ts';
import { openBook, type SweepBook, type SweptPort } from './sweep-book.ts';
import type { DialEnd, SweepDialler } from './sweep-dialler.ts';
import { createFlight, type SweepDial } from './sweep-flight.ts';
import type { LossMeter } from './sweep-loss.ts';
import type { FarQueue } from './sweep-queue.ts';
import type { Clock } from './world.ts';

/** The world of a sweep. `soon` calls back after whatever the network has already delivered: setImmediate. */
export interface SweepWorld {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly pace: () => number;
  readonly progress?: (done: number, total: number) => void;
  readonly soon: (callback: () => void) => void;
}

/** How a sweep went; what it learned is in the book. */
export interface SweepResult {
  readonly book: SweepBook;
  /** Why it ended before its time. */
  readonly cut: 'aborted' | 'exhausted' | 'denied' | null;
  readonly dials: number;
  readonly rounds: number;
  readonly mostInFlight: number;
}

/** Dials begun before the network is looked at again: where answers come at once, few are then in flight. */
const burst = 64;

const tickSeconds = 0.01;
const secondsBetweenProgress = 0.25;

/** This process looked late: round trips seen just now are too long. */
const lateSeconds = 0.03;

/** After a lack of descriptors, ports or memory: the pause, and the lacks after which it is believed to stay. */
const secondsAfterExhaustion = 0.05;
const mostExhaustions = 20;

/** Refusals by this host alone after which it is believed to refuse everything. */
const mostDenials = 64;

/** Meetings with our own sockets in one round after which a port waits for the next round. */
const mostMeetings = 20;

/** From this share of unanswered dials on the next rounds go slower, but each within so many seconds. */
const heavyLoss = 0.3;
const secondsOfSlowRound = 2;
const leastSlowRate = 200;

/** However badly the deadline of the first rounds was chosen. */
const mostRounds = 16;

const onlyOurselves = {
  step: 'connect',
  code: 'self-connect',
  message: 'the socket had connected to itself or to another socket of this sweep',
};

const nothing = (): void => undefined;

/**
 * Dials every port in rounds, until each has answered or been silent to as many dials as the loss asks for: bursts of
 * loss then decide nothing. Each round dials only what is undecided; while nothing at all is heard, the second round
 * begins with the first silence of the first. Never rejects.
 *
 * In flight are as many as the network makes necessary: 64 are begun at a time, then answers are read; so there are about
 * 64 where answers come at once, and up to `inFlight` where none come.
 * @param portsInOrder the ports in the order in which to dial them
 * @param loss what measures the loss of the path; as TCP shows it where left out
 * @param farQueue the queue at the other end, where a program answers: no more are begun than it answers soon
 */
export const runSweep = (
  portsInOrder: readonly number[],
  inFlight: number,
  dialler: SweepDialler,
  world: SweepWorld,
  loss?: LossMeter,
  farQueue?: FarQueue,
): Promise<SweepResult> =>
  new Promise((resolve) => {
    const { clock, signal, soon } = world;
    const book = openBook(portsInOrder, loss);
    let queue: readonly SweptPort[] = book.ports;
    // Where nothing was heard yet, the second round does not wait for the end of the first: this is its queue then.
    const early: SweptPort[] = [];
    let begun = 0;
    const again: SweptPort[] = [];
    let round = 1;
    const deadlines: number[] = [];
    let roundSince = clock.monotonic();
    let cap = Math.max(1, inFlight);
    let left = false;
    let denials = 0;
    let exhaustions = 0;
    let waitUntil = 0;
    let slotReserved = false;
    let slowPace: () => number = () => 0;
    let pumpAsked = false;
    let over = false;
    let lastTick = roundSince;
    let lastProgress = roundSince;
    let cancelTick = nothing;
    let cancelWait = nothing;

    const finish = (cut: SweepResult['cut']): void => {
      if (over) return;
      over = true;
      cancelTick();
      cancelWait();
      signal.removeEventListener('abort', onAbort);
      flight.clear();
      if (cut) for (const port of book.ports) if (port.outcome === 'filtered') port.outcome = 'unasked';
      world.progress?.(book.ports.length, book.ports.length);
      resolve({ book, cut, dials: flight.dials, rounds: round, mostInFlight: flight.most });
    };
    const onAbort = (): void => finish('aborted');

    const askPump = (): void => {
      if (pumpAsked || over) return;
      pumpAsked = true;
      soon(() => {
        pumpAsked = false;
        pump();
      });
    };

    /** Pauses the beginning of dials. */
    const hold = (seconds: number): void => {
      waitUntil = Math.max(waitUntil, clock.monotonic() + seconds);
      cancelWait();
      cancelWait = clock.after(waitUntil - clock.monotonic(), () => {
        waitUntil = 0;
        askPump();
      });
    };

    /** A dial got out: after a lack there may be room for more, a little at a time. */
    const roomAgain = (): void => {
      left = true;
      exhaustions = 0;
      cap = Math.min(Math.max(1, inFlight), cap + 0.125);
    };

    /** Gives a dial back that told nothing about the port. */
    const takeBack = (port: SweptPort): void => {
      port.dials--;
      again.push(port);
    };

    const onEnded = (dial: SweepDial, end: DialEnd): void => {
      if (over) return;
      const now = clock.monotonic();
      if (end.kind === 'answer') {
        roomAgain();
        book.answer(dial.port, dial.number, end, now - dial.since, now - lastTick < lateSeconds);
      } else if (end.kind === 'self') {
        left = true;
        if (++dial.port.meetings < mostMeetings) takeBack(dial.port);
        else book.unsent(onlyOurselves);
      } else if (end.kind === 'held') {
        book.held(dial.port, end.failure);
      } else if (end.kind === 'exhausted') {
        book.unsent(end.failure);
        takeBack(dial.port);
        cap = Math.max(1, Math.min(cap, Math.floor(flight.size * 0.75)));
        // While dials of ours are under way, their ends will make room; otherwise somebody else has it all.
        if (flight.size + flight.lingering === 0 && waitUntil === 0 && ++exhaustions >= mostExhaustions) {
          finish('exhausted');
          return;
        }
        hold(secondsAfterExhaustion);
      } else {
        book.unsent(end.failure);
        if (!left && ++denials >= Math.min(mostDenials, book.ports.length)) finish('denied');
      }
      askPump();
    };

    const onSilent = (dial: SweepDial): void => {
      roomAgain();
      book.silence(dial.port);
      if (round === 1 ? book.loss.ports === 0 : queue === early && dial.number < round) early.push(dial.port);
    };

    const flight = createFlight(dialler, () => clock.monotonic(), { ended: onEnded, silent: onSilent }, farQueue);

    /** The next port to dial, if there is one. */
    const nextPort = (): SweptPort | undefined => {
      for (;;) {
        const port = again.pop() ?? (begun < queue.length ? queue[begun++] : undefined);
        if (!port?.decided) return port;
      }
    };

    /** Rounds that gave the answers enough time, as far as we know now. */
    const patientRounds = (): number => {
      const enough = book.roundTrips.deadline() / 2;
      return deadlines.filter((deadline) => deadline >= enough).length;
    };

    const nextRound = (): void => {
      const undecided = book.ports.filter((port) => !port.decided);
      // A round that began early knows only those that were silent: not those that this host failed to ask.
      const missed = queue === early ? undecided.filter(({ dials }) => dials < round) : [];
      if (missed.length > 0) {
        queue = missed;
        begun = 0;
        askPump();
        return;
      }
      deadlines[round - 1] ??= book.roundTrips.deadline();
      if (undecided.length === 0 || patientRounds() >= book.loss.dialsNeeded(round) || round >= mostRounds) {
        // What lingers may still say something better; the tick brings us here again.
        if (flight.lingering === 0 || undecided.length === 0) finish(null);
        return;
      }
      const now = clock.monotonic();
      if (book.loss.ports > 0 && book.loss.estimate(round + 1) >= heavyLoss) {
        const halved = begun / Math.max(now - roundSince, tickSeconds) / 2;
        slowPace = createPacer(Math.max(halved, leastSlowRate, undecided.length / secondsOfSlowRound), clock);
      } else slowPace = () => 0;
      beginRound(undecided);
      askPump();
    };

    const beginRound = (ports: readonly SweptPort[]): void => {
      for (const port of ports) port.meetings = 0;
      queue = ports;
      begun = 0;
      round++;
      roundSince = clock.monotonic();
    };

    /** All ports were dialled, none has answered, and some were silent long enough: on with those. */
    const overlapRounds = (): void => {
      deadlines[0] = book.roundTrips.deadline();
      beginRound(early);
    };

    const pump = (): void => {
      if (over) return;
      for (let count = 0; flight.size < cap && flight.hasRoom; count++) {
        if (waitUntil > 0) return;
        if (begun >= queue.length && again.length === 0) {
          if (round > 1 || early.length === 0 || book.loss.ports > 0) break;
          overlapRounds();
        }
        if (count >= burst) {
          askPump();
          return;
        }
        if (!slotReserved) {
          const seconds = Math.max(world.pace(), slowPace());
          slotReserved = true;
          if (seconds > 0) {
            hold(seconds);
            return;
          }
        }
        const port = nextPort();
        if (!port) break;
        slotReserved = false;
        flight.begin(port);
      }
      if (flight.size === 0 && begun >= queue.length && again.length === 0) nextRound();
    };

    const tick = (): void => {
      // The network first: what it has delivered while we were late is not silence.
      soon(() => {
        if (over) return;
        lastTick = clock.monotonic();
        flight.expire(book.roundTrips.deadline());
        if (lastTick - lastProgress >= secondsBetweenProgress) {
          lastProgress = lastTick;
          world.progress?.(book.decided, book.ports.length);
        }
        cancelTick = clock.after(tickSeconds, tick);
        pump();
      });
    };

    if (signal.aborted) return onAbort();
    if (book.ports.length === 0) return finish(null);
    signal.addEventListener('abort', onAbort);
    cancelTick = clock.after(tickSeconds, tick);
    pump();
  });
