import type { Outcome } from './observation.ts';

/** Dials of a port of which, like of every other port of its sweep, nothing was ever heard. */
export const dialsIntoSilence = 2;

/** More dials than this of one port tell nothing new: the path is then worse than a sweep can see through. */
export const mostDials = 12;

/** Dials of a silent port while few ports answered and none of them needed a second dial. */
const dialsAmongFew = 4;

/** Fewer answering ports than this say little about the loss. */
const few = 20;

/** Ports that a whole sweep may get wrong, on the average, through loss. */
const wrongPortsPerSweep = 5e-4;

/** What is seen of the loss of a path in the ports that answered. */
export interface LossMeter {
  /** A port gave its first answer to its n-th dial (1 is the first); which one it was does not matter to all meters. */
  answered(dial: number, outcome?: Outcome): void;
  /** Ports that answered so far. */
  readonly ports: number;
  /** The share of dials that stay unanswered though the port answers: a cautious estimate, 1 while nothing is known. */
  estimate(rounds: number): number;
  /** The dials after which a silent port may be believed silent, when each had `rounds` so far. */
  dialsNeeded(rounds: number): number;
  /** Answering ports that are still believed silent after so many rounds, on the average. */
  expectedWrong(rounds: number): number;
}

/**
 * Measures loss where it can be seen. A port that answers needs n dials with probability (1-p)·p^(n-1), but we only see
 * those with n ≤ rounds; in that cut-off series the answers to second and later dials, divided by those to all but the
 * last, are p without bias. Two standard deviations and two more make the estimate cautious.
 *
 * Then p^dials must be below 1e-5 for one port, and below 5e-4 for all answering ports together.
 */
export const createLossMeter = (): LossMeter => {
  const byDial: number[] = [];
  const sum = (from: number, to: number): number => byDial.slice(from, to).reduce((a, b) => a + b, 0);
  const answeredPorts = (): number => sum(0, mostDials + 1);
  const late = (): number => sum(2, mostDials + 1);
  const estimate = (rounds: number): number => {
    const base = sum(1, rounds);
    if (base === 0) return 1;
    const lost = late();
    return Math.min(1, (lost + 2 * Math.sqrt(lost) + 2) / base);
  };
  return {
    answered: (dial) => {
      while (byDial.length <= dial) byDial.push(0);
      byDial[dial] = (byDial[dial] ?? 0) + 1;
    },
    get ports() {
      return answeredPorts();
    },
    estimate,
    dialsNeeded: (rounds) => {
      const ports = answeredPorts();
      if (ports === 0) return dialsIntoSilence;
      if (rounds < 2) return dialsIntoSilence;
      if (ports < few && late() === 0) return dialsAmongFew;
      const loss = estimate(rounds);
      if (loss >= 1) return mostDials;
      const bound = Math.min(1e-5, wrongPortsPerSweep / ports);
      return Math.min(mostDials, Math.max(dialsIntoSilence, Math.ceil(Math.log(bound) / Math.log(loss))));
    },
    expectedWrong: (rounds) => {
      const ports = answeredPorts();
      if (ports === 0) return 0;
      const missed = estimate(rounds) ** rounds;
      return missed >= 1 ? Number.POSITIVE_INFINITY : (ports * missed) / (1 - missed);
    },
  };
};
