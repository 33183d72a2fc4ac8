import type { HalfOpen } from '../probes/half-open.ts';
import { formatPorts, type PortRange } from './ports.ts';
import type { Place } from './respond.ts';
import { isRange } from './respond-services.ts';

/** Connections that began at our ports and were never finished, from one source. */
export interface HalfOpenSeen {
  /** UTC, ISO 8601: the first and the last sample that showed them. */
  readonly firstAt: string;
  readonly lastAt: string;
  /** `port: null`: several, of ports of a range. */
  readonly from: { readonly address: string; readonly port: number | null };
  readonly to: { readonly address: string; readonly ports: string };
}

/** What a responder that can look saw of half-open connections. */
export interface HalfOpenRecord {
  /** Seconds between two samples, at most; what lived shorter was not seen. */
  readonly everySeconds: number;
  readonly seen: readonly HalfOpenSeen[];
  /** Connections that there was no room for. */
  readonly truncated: number;
}

const mostKept = 20_000;

/** The book of what the samples showed. */
export interface HalfOpenBook {
  readonly note: (sample: readonly HalfOpen[], at: Date) => void;
  /** Null before the first sample. */
  readonly record: () => HalfOpenRecord | null;
}

interface Known extends HalfOpen {
  readonly firstAt: string;
  lastAt: string;
  readonly inRange: boolean;
}

const runsOf = (ports: readonly number[]): PortRange[] => {
  const runs: PortRange[] = [];
  for (const port of [...new Set(ports)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last.to === port - 1) last.to = port;
    else runs.push({ from: port, to: port });
  }
  return runs;
};

/** Those of a range that one source began within the same sample, in one line. */
const folded = (known: readonly Known[]): HalfOpenSeen[] => {
  const groups = new Map<string, [Known, ...Known[]]>();
  for (const one of known) {
    const { from, to, firstAt, inRange } = one;
    const key = JSON.stringify([from.address, to.address, ...(inRange ? [firstAt] : [from.port, to.port])]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].map((group) => {
    const [{ from, to, firstAt }] = group;
    const lastAt = group.reduce((latest, one) => (one.lastAt > latest ? one.lastAt : latest), firstAt);
    const ports = formatPorts(runsOf(group.map((one) => one.to.port)));
    const port = group.length > 1 ? null : from.port;
    return { firstAt, lastAt, from: { address: from.address, port }, to: { address: to.address, ports } };
  });
};

/** Opens a book for the ports that a responder listens on; others are none of its business. */
export const openHalfOpenBook = (bound: readonly Place[]): HalfOpenBook => {
  const byAddress = new Map<string, Place[]>();
  for (const place of bound) {
    if (place.transport === 'tcp') byAddress.set(place.address, [...(byAddress.get(place.address) ?? []), place]);
  }
  const known = new Map<string, Known>();
  let truncated = 0;
  let before: Date | null = null;
  let everySeconds = 0;
  return {
    note: (sample, at) => {
      if (before !== null) everySeconds = Math.max(everySeconds, (at.getTime() - before.getTime()) / 1000);
      before = at;
      for (const one of sample) {
        const { from, to } = one;
        const place = byAddress.get(to.address)?.find(({ ports }) => ports.from <= to.port && to.port <= ports.to);
        if (place === undefined) continue;
        const key = `${from.address} ${from.port} ${to.address} ${to.port}`;
        const seen = known.get(key);
        if (seen !== undefined) seen.lastAt = at.toISOString();
        else if (known.size >= mostKept) truncated++;
        else {
          const firstAt = at.toISOString();
          known.set(key, { ...one, firstAt, lastAt: firstAt, inRange: isRange(place) });
        }
      }
    },
    record: () => (before === null ? null : { everySeconds, seen: folded([...known.values()]), truncated }),
  };
};
