import type { Outcome } from './observation.ts';

/** More runs than this help nobody, and would swell every report. */
export const mostRanges = 256;

/** A run of asked ports with the same outcome, both ends included. */
type PortRange = { readonly from: number; readonly to: number; readonly outcome: Outcome };

/** How many ports ended how. */
type PortCounts = {
  readonly [K in 'open' | 'closed' | 'filtered' | 'unreachable' | 'answered' | 'unasked']: number;
};

/** The part of a sweep's facts that tells which ports ended how. */
export type FoldedPorts = {
  readonly counts: PortCounts;
  readonly ranges: readonly PortRange[];
  readonly rangesTruncated?: true;
};

/**
 * The ports to ask of a range, ascending: all of them, or at most `sample` spread evenly, both edges among them.
 * @param sample 0: all
 * @param rotation the number of this sample among those taken of the range one after the other: each asks other ports
 * between the edges, and all have been asked after as many samples as there are ports from one asked port to the next
 */
export const spreadPorts = (first: number, last: number, sample = 0, rotation?: number): number[] => {
  const size = last - first + 1;
  const asked = sample > 0 ? Math.min(sample, size) : size;
  if (rotation !== undefined && asked > 2 && asked < size) return rotatedPorts(first, last, asked - 2, rotation);
  const step = asked > 1 ? (size - 1) / (asked - 1) : 0;
  return Array.from({ length: asked }, (_, index) => first + Math.round(index * step));
};

const rotatedPorts = (first: number, last: number, between: number, rotation: number): number[] => {
  const inner = last - first - 1;
  const step = inner / between;
  const shift = rotation % Math.ceil(step);
  const chosen = Array.from(
    { length: between },
    (_, index) => first + 1 + ((Math.round(index * step) + shift) % inner),
  );
  return [first, ...chosen.sort((a, b) => a - b), last];
};

/**
 * Folds one outcome per asked port (both arrays in the same, ascending order) into counts and runs of equal outcome.
 * Ports between two asked ones are not spoken of, except that a run spans them where both ends agree.
 */
export const foldPorts = (ports: readonly number[], outcomes: readonly Outcome[]): FoldedPorts => {
  const counts = { open: 0, closed: 0, filtered: 0, unreachable: 0, answered: 0, unasked: 0 };
  const ranges: { from: number; to: number; outcome: Outcome }[] = [];
  let run: { from: number; to: number; outcome: Outcome } | null = null;
  let truncated = false;
  ports.forEach((port, index) => {
    const outcome = outcomes[index] ?? 'unasked';
    counts[outcome === 'unresolved' ? 'unasked' : outcome]++;
    if (run?.outcome === outcome) {
      run.to = port;
      return;
    }
    run = { from: port, to: port, outcome };
    if (ranges.length < mostRanges) ranges.push(run);
    else truncated = true;
  });
  return { counts, ranges, ...(truncated ? { rangesTruncated: true } : {}) };
};
