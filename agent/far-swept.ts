import type { Fact, Facts } from '../probes/observation.ts';
import { type FarSeen, unseen } from './arrived.ts';
import {
  covers,
  holdsAll,
  isWithin,
  lookedOften,
  portsAsked,
  prefixOf,
  runsOf,
  spanOf,
  standingFor,
  type Witness,
} from './far-match.ts';
import type { PortRange } from './ports.ts';
import type { ReportCheck } from './report.ts';

/** Ports of which something of ours arrived. */
interface Came {
  readonly served: Set<number>;
  readonly refused: Set<number>;
  readonly from: Set<string>;
  readonly at: readonly string[];
}

const countOf = (facts: Facts, outcome: string): number => {
  const counts = facts['counts'];
  const count = counts !== null && typeof counts === 'object' ? (counts as Facts)[outcome] : 0;
  return typeof count === 'number' ? count : 0;
};

const mark = (set: Set<number>, runs: readonly PortRange[]): void => {
  for (const { from, to } of runs) for (let port = from; port <= to; port++) set.add(port);
};

/** The ports of which a request arrived: by the ids of the sweep, and of TCP also by our address. */
const cameOf = (check: ReportCheck, transport: string, witness: Witness): Came => {
  const { book, seenAs } = witness;
  const prefix = prefixOf(check) ?? '';
  const known = seenAs.get(check.source.address ?? '');
  const span = spanOf(check, witness);
  const isOurs = (address: string, firstAt: string, lastAt: string): boolean =>
    known?.has(address) === true && (isWithin(firstAt, span, 1) || isWithin(lastAt, span, 1));
  const named = book.ranges.get(prefix) ?? [];
  // A connection that is only opened carries no id: it is ours where our address stands on it, at that time.
  const nameless =
    transport === 'udp'
      ? []
      : book.file.record.heardRanges.filter(
          (line) =>
            line.prefix === null && line.transport === 'tcp' && isOurs(line.from.address, line.firstAt, line.lastAt),
        );
  const singles = (book.byPrefix.get(prefix) ?? []).filter((one) => one.transport === transport);
  const came: Came = {
    ...{ served: new Set<number>(), refused: new Set<number>() },
    from: new Set([...named, ...nameless, ...singles].map(({ from }) => from.address)),
    at: [...[...named, ...nameless].map(({ firstAt }) => firstAt), ...singles.map(({ at }) => at)],
  };
  for (const line of [...named, ...nameless]) mark(line.served ? came.served : came.refused, runsOf(line));
  for (const { to, served } of singles) (served ? came.served : came.refused).add(to.port);
  return came;
};

/** Ports whose connections from our address stayed half-open while the sweep ran; null where nobody could look. */
const halfOpenPorts = (check: ReportCheck, addresses: ReadonlySet<string>, witness: Witness): Set<number> | null => {
  const { halfOpen } = witness.book.file.record;
  if (halfOpen === null) return null;
  const found = new Set<number>();
  const source = check.source.address ?? '';
  const span = spanOf(check, witness);
  for (const { from, to, firstAt } of halfOpen.seen) {
    const ours = from.address === source || witness.seenAs.get(source)?.has(from.address) === true;
    if (!ours || !addresses.has(to.address) || !isWithin(firstAt, span, halfOpen.everySeconds + 1)) continue;
    mark(found, runsOf(to));
  }
  return found;
};

const runsIn = (facts: Facts): readonly { readonly from: number; readonly to: number; readonly outcome: string }[] => {
  const ranges = facts['ranges'];
  return (Array.isArray(ranges) ? ranges : []).flatMap((entry: Fact) => {
    if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) return [];
    const { from, to, outcome } = entry as Facts;
    const sound = typeof from === 'number' && typeof to === 'number' && 0 < from && from <= to && to <= 65_535;
    return sound && typeof outcome === 'string' ? [{ from, to, outcome }] : [];
  });
};

/** Outcomes of ports that a listener would have turned into something better. */
const missed: ReadonlySet<string> = new Set(['filtered', 'unreachable', 'closed']);

/** What a record that witnessed a run says of a sweep of it; null where it has nothing to do with it. */
export const farSwept = (check: ReportCheck, transport: string, witness: Witness): FarSeen | null => {
  const { record } = witness.book.file;
  const places = standingFor(check, transport, witness.book.file);
  const came = cameOf(check, transport, witness);
  const all = portsAsked(check);
  const stood = places.filter((place) =>
    runsOf(place).some((run) => all.some(({ from, to }) => run.from <= to && from <= run.to)),
  );
  if (stood.length === 0) return null;
  const runs = runsIn(check.facts);
  const counts = check.facts['rangesTruncated'] === true;
  const silent = runs.filter(({ outcome }) => missed.has(outcome));
  const listening = runs.length > 0 && holdsAll(stood, runs) && covers(witness, check);
  const half = transport === 'tcp' ? halfOpenPorts(check, new Set(stood.map(({ address }) => address)), witness) : null;
  const arrivedAt = (port: number): boolean => came.served.has(port) || half?.has(port) === true;
  const groups: Record<string, { arrived: number; of: number }> = {};
  let refused = 0;
  for (const run of runs) {
    // Of a sample the runs span ports that were not asked; those cannot have arrived, and are not counted.
    const group = groups[run.outcome] ?? { arrived: 0, of: countOf(check.facts, run.outcome) };
    for (let port = run.from; port <= run.to; port++) {
      if (arrivedAt(port)) group.arrived++;
      else if (missed.has(run.outcome) && came.refused.has(port)) refused++;
    }
    groups[run.outcome] = group;
  }
  const tellsNothing =
    record.heardTruncated > 0 ||
    counts ||
    (transport === 'tcp' ? !lookedOften(record.halfOpen) : prefixOf(check) === null);
  const ofSilent = silent.reduce((sum, { outcome }) => sum + (groups[outcome]?.arrived ?? 0), 0);
  const requests = Object.values(groups).reduce((sum, { arrived }) => sum + arrived, 0);
  const arrived = ((): FarSeen['arrived'] => {
    if (ofSilent > 0 || (silent.length === 0 && requests > 0)) return 'yes';
    if (refused > 0) return 'refused';
    return listening && !tellsNothing && silent.length > 0 ? 'no' : 'unknown';
  })();
  const named = silent.some(({ from, to }) => [...came.served].some((port) => from <= port && port <= to));
  const byHalf = arrived === 'yes' && ofSilent > 0 && !named;
  return {
    ...unseen(witness.book.file),
    ...{ listening, arrived, requests, groups },
    witness: arrived === 'yes' || arrived === 'refused' ? (byHalf ? 'half-open' : 'request') : null,
    from: [...came.from].slice(0, 4),
    at: came.at.toSorted()[0] ?? null,
  };
};
