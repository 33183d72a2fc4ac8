import { formatPorts, type PortRange } from './ports.ts';

/** Ports of a range that one peer asked: ten thousand requests in one line. */
export interface HeardRange {
  /** UTC, ISO 8601. */
  readonly firstAt: string;
  readonly lastAt: string;
  readonly transport: 'tcp' | 'udp';
  readonly from: { readonly address: string };
  readonly to: { readonly address: string };
  /** The ports heard: `50000-50999,51001`. */
  readonly ports: string;
  /** What the transaction ids of these requests begin with; null: connections on which nothing was said. */
  readonly prefix: string | null;
  /** Requests, repeated ones among them. */
  readonly times: number;
  /** Whether they were served; to those that were not, nothing was sent. */
  readonly served: boolean;
}

/** Hexadecimal digits of a transaction id that tell one sweep from another. */
export const prefixDigits = 12;

/** Lines kept, each of 8 KiB: what a peer forges must neither fill our memory nor push out those we serve. */
const mostLines = { served: 1024, refused: 128 } as const;

/** The ports heard of a range, for one peer and one sweep. */
interface Line extends Omit<HeardRange, 'ports' | 'lastAt' | 'times'> {
  lastAt: string;
  times: number;
  readonly bits: Uint8Array;
}

/** One request at a port of a range. */
export interface HeardPort extends Omit<HeardRange, 'ports' | 'firstAt' | 'lastAt' | 'times'> {
  readonly at: string;
  readonly port: number;
}

/** The book of what was heard on ranges. */
export interface HeardPorts {
  /** False: there was no room for it. */
  readonly note: (one: HeardPort) => boolean;
  /** Takes in what another process heard; gives how many lines there was no room for. */
  readonly absorb: (lines: readonly HeardRange[]) => number;
  readonly lines: () => HeardRange[];
  readonly clear: () => void;
}

const portsIn = (bits: Uint8Array): PortRange[] => {
  const runs: { from: number; to: number }[] = [];
  for (let port = 0; port < 65_536; port++) {
    if (bits[port >> 3] === 0) port |= 7;
    else if (((bits[port >> 3] ?? 0) & (1 << (port & 7))) !== 0) {
      const last = runs.at(-1);
      if (last !== undefined && last.to === port - 1) last.to = port;
      else runs.push({ from: port, to: port });
    }
  }
  return runs;
};

/** The ports of a text that `formatPorts` made. */
export const portsOf = (text: string): PortRange[] =>
  text.split(',').flatMap((run): PortRange[] => {
    const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(run) ?? [];
    return from === undefined ? [] : [{ from: Number(from), to: Number(to ?? from) }];
  });

/** Opens an empty book. */
export const openHeardPorts = (): HeardPorts => {
  const lines = new Map<string, Line>();
  const counts = { served: 0, refused: 0 };

  // Requests of a sweep come by the thousand, and all belong to one line.
  let latest: Line | null = null;

  const isOf = (line: Line, { transport, from, to, prefix, served }: Omit<Line, 'bits'>): boolean =>
    line.prefix === prefix &&
    line.from.address === from.address &&
    line.to.address === to.address &&
    line.transport === transport &&
    line.served === served;

  const lineFor = (one: Omit<Line, 'bits'>): Line | null => {
    if (latest === null || !isOf(latest, one)) latest = findLine(one);
    return latest;
  };

  const findLine = (one: Omit<Line, 'bits'>): Line | null => {
    const { transport, from, to, prefix, served } = one;
    const key = JSON.stringify([transport, from.address, to.address, prefix, served]);
    const known = lines.get(key);
    if (known !== undefined) return known;
    const kind = served ? 'served' : 'refused';
    if (counts[kind] >= mostLines[kind]) return null;
    counts[kind]++;
    const line = { ...one, bits: new Uint8Array(8192) };
    lines.set(key, line);
    return line;
  };
  const mark = ({ bits }: Line, { from, to }: PortRange): void => {
    for (let port = from; port <= to; port++) bits[port >> 3] = (bits[port >> 3] ?? 0) | (1 << (port & 7));
  };

  return {
    note: ({ at, port, ...one }) => {
      const line = lineFor({ ...one, firstAt: at, lastAt: at, times: 0 });
      if (line === null) return false;
      line.lastAt = at;
      line.times++;
      mark(line, { from: port, to: port });
      return true;
    },
    absorb: (told) => {
      let left = 0;
      for (const { ports, times, lastAt, ...one } of told) {
        const line = lineFor({ ...one, lastAt, times: 0 });
        if (line === null) {
          left++;
          continue;
        }
        line.times += times;
        if (lastAt > line.lastAt) line.lastAt = lastAt;
        for (const range of portsOf(ports)) mark(line, range);
      }
      return left;
    },
    lines: () => [...lines.values()].map(({ bits, ...line }) => ({ ...line, ports: formatPorts(portsIn(bits)) })),
    clear: () => {
      lines.clear();
      latest = null;
      counts.served = 0;
      counts.refused = 0;
    },
  };
};
