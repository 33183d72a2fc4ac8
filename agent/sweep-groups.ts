import type { Fact, Facts, Outcome } from '../probes/observation.ts';
import { outcomes } from '../probes/observation.ts';
import { spreadPorts } from '../probes/ranges.ts';

/** Ports on which the Edge's logging agent listens on every interface, also inside the media range. */
const loggingAgentPorts = { from: 50001, to: 50003 };

/** Ports of one sweep that came out alike. `apart`: the ports of the logging agent, judged on their own. */
export interface SweepGroup {
  readonly outcome: Outcome;
  readonly count: number;
  readonly apart: boolean;
  /** Runs of these ports, as far as the observation lists them. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
}

/** Whether some ports answered, in whatever way, while others were lost or rejected: a rule that covers only a part. */
export const isCut = (groups: readonly Pick<SweepGroup, 'outcome'>[]): boolean => {
  const some = (...wanted: Outcome[]): boolean => groups.some(({ outcome }) => wanted.includes(outcome));
  return some('answered', 'open', 'closed') && some('filtered', 'unreachable');
};

interface Run {
  readonly from: number;
  readonly to: number;
  readonly outcome: Outcome;
}

const isOutcome = (value: Fact | undefined): value is Outcome => outcomes.some((outcome) => outcome === value);

const runsOf = (facts: Facts): Run[] => {
  const ranges = facts['ranges'];
  if (!Array.isArray(ranges)) return [];
  return ranges.flatMap((entry: Fact): Run[] => {
    if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) return [];
    const { from, to, outcome } = entry as Facts;
    return typeof from === 'number' && typeof to === 'number' && isOutcome(outcome) ? [{ from, to, outcome }] : [];
  });
};

const countOf = (facts: Facts, outcome: Outcome): number => {
  const counts = facts['counts'];
  const count = counts !== null && typeof counts === 'object' ? (counts as Facts)[outcome] : 0;
  return typeof count === 'number' ? count : 0;
};

const cut = (run: Run, from: number, to: number): Run[] =>
  run.from <= to && from <= run.to ? [{ ...run, from: Math.max(run.from, from), to: Math.min(run.to, to) }] : [];

/** The ports that were asked among those of the logging agent: all, unless the sweep took a sample of its range. */
const loggingPortsAsked = (facts: Facts, runs: readonly Run[]): number[] => {
  const { asked, of, rotation } = facts;
  const first = runs[0]?.from;
  const sampled = first !== undefined && typeof asked === 'number' && typeof of === 'number' && asked < of;
  const ports = sampled
    ? spreadPorts(first, first + of - 1, asked, typeof rotation === 'number' ? rotation : undefined)
    : spreadPorts(loggingAgentPorts.from, loggingAgentPorts.to);
  return ports.filter((port) => port >= loggingAgentPorts.from && port <= loggingAgentPorts.to);
};

/**
 * The groups of equal outcome of a sweep, in the order of outcomes, those of the logging agent's ports last. Counts
 * come from the counts of the sweep, because its list of runs is cut when it is long; the logging agent's ports stand
 * at the start of the range, before any cut.
 * @param external whether the range is on an external interface, where those ports are judged apart
 */
export const sweepGroups = (facts: Facts, external: boolean): SweepGroup[] => {
  const runs = runsOf(facts);
  const { from, to } = loggingAgentPorts;
  const asked = external ? loggingPortsAsked(facts, runs) : [];
  const special = asked.length > 0 ? runs.flatMap((run) => cut(run, from, to)) : [];
  const rest = asked.length > 0 ? runs.flatMap((run) => [...cut(run, 0, from - 1), ...cut(run, to + 1, 65535)]) : runs;
  const group = (members: Run[], outcome: Outcome, count: number, apart: boolean): SweepGroup[] =>
    count > 0 ? [{ outcome, count, apart, ranges: members.filter((run) => run.outcome === outcome) }] : [];
  const askedIn = (outcome: Outcome): number =>
    asked.filter((port) => special.some((run) => run.outcome === outcome && run.from <= port && port <= run.to)).length;
  return [
    ...outcomes.flatMap((outcome) => group(rest, outcome, countOf(facts, outcome) - askedIn(outcome), false)),
    ...outcomes.flatMap((outcome) => group(special, outcome, askedIn(outcome), true)),
  ];
};
