import { betterOutcome, type Failure, type Outcome } from './observation.ts';
import type { DialAnswer } from './sweep-dialler.ts';
import { createLossMeter, type LossMeter } from './sweep-loss.ts';
import { createRoundTrips, type RoundTrips } from './sweep-time.ts';

/** What is known of one port of a sweep. */
export interface SweptPort {
  readonly port: number;
  outcome: Outcome;
  decided: boolean;
  /** Dials that left this host, those under way among them. */
  dials: number;
  unreachables: number;
  silences: number;
  /** Dials of this round that met our own sockets. */
  meetings: number;
}

/** Everything a sweep learns, port by port, and what follows from it. */
export interface SweepBook {
  /** All ports, in the order in which they are dialled. */
  readonly ports: readonly SweptPort[];
  readonly loss: LossMeter;
  readonly roundTrips: RoundTrips;
  readonly decided: number;
  /** The first failure that led to each kind of outcome, for words. */
  readonly failures: ReadonlyMap<Outcome, Failure>;
  /** Notes an answer to the n-th dial of a port, so many seconds after it. `trusted`: we did not look late. */
  answer(port: SweptPort, dial: number, end: DialAnswer, seconds: number, trusted: boolean): void;
  silence(port: SweptPort): void;
  /** This host did not send it. */
  unsent(failure: Failure): void;
  /** The port is not ours to use: it stays unasked. */
  held(port: SweptPort, failure: Failure): void;
  /** Ports that said unreachable to one dial and nothing to another: who refuses there limits its refusals. */
  fickle(): number;
}

/** Ends of a dial after which a port is not dialled again. */
const deciding: ReadonlySet<Outcome> = new Set(['answered', 'open', 'closed']);

/** An ICMP error may be passing: it is believed the second time. */
const unreachablesToBelieve = 2;

/**
 * Opens the book of a sweep. Of several ends of one port the best counts: `answered`, `open` and `closed` decide at once,
 * `unreachable` when it was said twice; silence never decides, the number of dials does.
 */
export const openBook = (portsInOrder: readonly number[], loss: LossMeter = createLossMeter()): SweepBook => {
  const ports = portsInOrder.map(
    (port): SweptPort => ({
      port,
      outcome: 'unasked',
      decided: false,
      dials: 0,
      unreachables: 0,
      silences: 0,
      meetings: 0,
    }),
  );
  const roundTrips = createRoundTrips();
  const failures = new Map<Outcome, Failure>();
  let decided = 0;

  const remember = (outcome: Outcome, failure: Failure | null): void => {
    if (failure && !failures.has(outcome)) failures.set(outcome, failure);
  };
  const decide = (port: SweptPort): void => {
    if (!port.decided) decided++;
    port.decided = true;
  };

  return {
    ports,
    loss,
    roundTrips,
    failures,
    get decided() {
      return decided;
    },
    answer: (port, dial, { outcome, failure }, seconds, trusted) => {
      const first = !deciding.has(port.outcome);
      remember(outcome, failure);
      port.outcome = betterOutcome(port.outcome, outcome);
      if (outcome === 'unreachable') {
        // Whoever refuses may stand close by: its errors tell nothing about the host's round trip or the path's loss.
        if (++port.unreachables >= unreachablesToBelieve) decide(port);
        return;
      }
      roundTrips.note(seconds, trusted);
      if (first) loss.answered(dial, outcome);
      decide(port);
    },
    silence: (port) => {
      port.silences++;
      port.outcome = betterOutcome(port.outcome, 'filtered');
    },
    unsent: (failure) => remember('unasked', failure),
    held: (port, failure) => {
      remember('unasked', failure);
      decide(port);
    },
    fickle: () => ports.filter((port) => port.unreachables > 0 && port.silences > 0).length,
  };
};
