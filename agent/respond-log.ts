import type { Protocol } from '../probes/transaction.ts';
import { type HeardRange, openHeardPorts, portsOf, prefixDigits } from './heard-ports.ts';

/** One request that came. */
export interface Heard {
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly transport: 'tcp' | 'udp';
  readonly from: { readonly address: string; readonly port: number };
  readonly to: { readonly address: string; readonly port: number };
  /** `nothing`: a connection on which nothing was said. */
  readonly protocol: Protocol | 'nothing';
  readonly transaction: string | null;
  /** The request itself carried the credential. */
  readonly signed: boolean;
  /** Whether it was served; to those that were not, nothing was sent. */
  readonly served: boolean;
  /** How often the same bytes came from the same port: repetitions. */
  readonly times: number;
}

/**
 * Requests kept one by one: what was served, what was not (strangers must not push out friends), and that without
 * anything to know it by, of which the first ones do.
 */
const mostKept = { served: 50_000, refused: 5_000, nameless: 1_000 } as const;

/** Sources that are told apart; a flood of forged ones must not fill our memory. */
const mostSources = 4096;

/** What one source did. */
export interface SourceSeen {
  readonly address: string;
  served: number;
  refused: number;
  /** `tcp/443` … at most some. */
  readonly places: Set<string>;
  /** There were others. */
  more: boolean;
}

const placesKept = 16;

/** What a log holds, to be told to another process. */
export interface Told {
  readonly heard: readonly Heard[];
  readonly ranges: readonly HeardRange[];
  readonly left: number;
}

/** What a responder heard, in the order of coming. */
export interface RespondLog {
  /** Notes a request. `inRange`: at a port of a range, of which only the ports are kept. */
  readonly note: (heard: Omit<Heard, 'times'>, inRange: boolean) => void;
  /** Takes in what another process heard. */
  readonly absorb: (told: Told) => void;
  /** Gives what was heard since it was last called, and forgets it. */
  readonly drain: () => Told;
  readonly heard: () => readonly Heard[];
  readonly ranges: () => readonly HeardRange[];
  /** Requests with an id that were not kept. */
  readonly left: () => number;
  readonly sources: () => readonly SourceSeen[];
  /** Ports of an address that somebody asked and was served at. */
  readonly portsServed: (transport: 'tcp' | 'udp', address: string) => ReadonlySet<number>;
}

const keyOf = ({ transport, from, to, transaction, protocol }: Omit<Heard, 'times'>): string =>
  [transport, from.address, from.port, to.address, to.port, transaction ?? protocol].join(' ');

/** Begins a log. */
export const createRespondLog = (): RespondLog => {
  const heard = new Map<string, Heard>();
  const ranges = openHeardPorts();
  const sources = new Map<string, SourceSeen>();
  const ports = new Map<string, Set<number>>();
  const kept = { served: 0, refused: 0, nameless: 0 };
  let left = 0;
  const noPorts: ReadonlySet<number> = new Set();

  const keep = (one: Heard): void => {
    const key = keyOf(one);
    const known = heard.get(key);
    if (known !== undefined) {
      heard.set(key, { ...known, times: known.times + one.times });
      return;
    }
    const kind = one.transaction === null ? 'nameless' : one.served ? 'served' : 'refused';
    if (kept[kind] < mostKept[kind]) {
      kept[kind]++;
      heard.set(key, one);
    } else if (kind !== 'nameless') left++;
  };

  const seen = (
    { transport, from, to, served }: Pick<HeardRange, 'transport' | 'from' | 'to' | 'served'>,
    asked: readonly number[],
    times: number,
  ): void => {
    const { address } = from;
    const source = sources.get(address) ?? { address, served: 0, refused: 0, places: new Set<string>(), more: false };
    if (sources.has(address) || sources.size < mostSources) sources.set(address, source);
    if (served) source.served += times;
    else source.refused += times;
    const key = `${transport} ${to.address}`;
    const known = ports.get(key) ?? new Set<number>();
    for (const port of asked) {
      const place = `${transport}/${port}`;
      if (source.places.size < placesKept) source.places.add(place);
      else source.more ||= !source.places.has(place);
      if (served) known.add(port);
    }
    if (served) ports.set(key, known);
  };

  return {
    heard: () => [...heard.values()],
    ranges: ranges.lines,
    left: () => left,
    sources: () => [...sources.values()],
    portsServed: (transport, address) => ports.get(`${transport} ${address}`) ?? noPorts,
    note: (one, inRange) => {
      seen(one, [one.to.port], 1);
      if (!inRange) return keep({ ...one, times: 1 });
      const { at, transport, from, to, transaction, served } = one;
      const line = { at, transport, from: { address: from.address }, to: { address: to.address }, port: to.port };
      if (!ranges.note({ ...line, prefix: transaction?.slice(0, prefixDigits) ?? null, served })) left++;
    },
    absorb: (told) => {
      for (const one of told.heard) {
        seen(one, [one.to.port], one.times);
        keep(one);
      }
      for (const line of told.ranges) {
        const asked = portsOf(line.ports).flatMap(({ from, to }) =>
          Array.from({ length: to - from + 1 }, (_, index) => from + index),
        );
        seen(line, asked, line.times);
      }
      left += told.left + ranges.absorb(told.ranges);
    },
    drain: () => {
      const told = { heard: [...heard.values()], ranges: ranges.lines(), left };
      heard.clear();
      ranges.clear();
      Object.assign(kept, { served: 0, refused: 0, nameless: 0 });
      left = 0;
      return told;
    },
  };
};
