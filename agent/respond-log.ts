import type { Protocol } from '../probes/transaction.ts';

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
}

/** Requests kept one by one; beyond that they are only counted. */
const mostKept = 100_000;

/** Sources that are told apart; a flood of forged ones must not fill our memory. */
const mostSources = 4096;

/** What one source did. */
export interface SourceSeen {
  readonly address: string;
  served: number;
  refused: number;
  /** `tcp/443` … at most some. */
  readonly places: Set<string>;
}

const placesKept = 16;

/** What a responder heard, in the order of coming. */
export interface RespondLog {
  readonly note: (heard: Heard) => void;
  /** Counts requests that another process heard and did not keep. */
  readonly leave: (count: number) => void;
  readonly heard: readonly Heard[];
  /** Requests that were not kept. */
  readonly left: () => number;
  readonly sources: () => readonly SourceSeen[];
  /** Ports of an address that somebody asked and was served at. */
  readonly portsServed: (transport: 'tcp' | 'udp', address: string) => ReadonlySet<number>;
}

/** Begins a log. */
export const createRespondLog = (): RespondLog => {
  const heard: Heard[] = [];
  const sources = new Map<string, SourceSeen>();
  const ports = new Map<string, Set<number>>();
  let left = 0;
  const noPorts: ReadonlySet<number> = new Set();
  return {
    heard,
    left: () => left,
    leave: (count) => {
      left += count;
    },
    sources: () => [...sources.values()],
    portsServed: (transport, address) => ports.get(`${transport} ${address}`) ?? noPorts,
    note: (one) => {
      if (heard.length < mostKept) heard.push(one);
      else left++;
      const { address } = one.from;
      const source = sources.get(address) ?? { address, served: 0, refused: 0, places: new Set<string>() };
      if (sources.has(address) || sources.size < mostSources) sources.set(address, source);
      if (one.served) source.served++;
      else source.refused++;
      if (source.places.size < placesKept) source.places.add(`${one.transport}/${one.to.port}`);
      if (!one.served) return;
      const key = `${one.transport} ${one.to.address}`;
      const known = ports.get(key) ?? new Set<number>();
      ports.set(key, known.add(one.to.port));
    },
  };
};
