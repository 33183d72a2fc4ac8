/** A run of ports, both ends included; a single port has `from` equal to `to`. */
export interface PortRange {
  from: number;
  to: number;
}

const lastPort = 65535;

const parsePart = (part: string): PortRange | string => {
  const match = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(part);
  if (!match) return `"${part}" is not a port or a range of ports like 50000-59999`;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  for (const port of [from, to]) {
    if (port < 1 || port > lastPort) return `${port} is not a port: 1 to ${lastPort}`;
  }
  if (from > to) return `the range ${from}-${to} runs backwards: write ${to}-${from}`;
  return { from, to };
};

const parse = (text: string): PortRange[] | string => {
  // The documents also write 50,000-59,999; as a list that makes no sense, so say what is meant.
  if (/^\d{1,2},\d{3}-\d{1,2},\d{3}$/.test(text.trim())) {
    return `"${text}": a comma separates ports, so write numbers without it: ${text.trim().replaceAll(',', '')}`;
  }
  const ranges: PortRange[] = [];
  for (const part of text.split(',')) {
    const range = parsePart(part.trim());
    if (typeof range === 'string') return range;
    const twin = ranges.find((other) => range.from <= other.to && other.from <= range.to);
    if (twin) return `${formatPorts([twin])} and ${formatPorts([range])} overlap`;
    ranges.push(range);
  }
  return ranges;
};

/** What is wrong with a text of ports like `5061`, `50000-59999` or `4443,5062,8057`; null if nothing is. */
export const portsProblem = (text: string): string | null => {
  const ranges = parse(text);
  return typeof ranges === 'string' ? ranges : null;
};

/** Ports as ranges in the order they were written. Throws on a text that `portsProblem` complains about. */
export const parsePorts = (text: string): PortRange[] => {
  const ranges = parse(text);
  if (typeof ranges === 'string') throw new Error(ranges);
  return ranges;
};

/** The inverse of `parsePorts`, in one spelling: no blanks, a range of one port is that port. */
export const formatPorts = (ranges: readonly PortRange[]): string =>
  ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(',');

/** How many ports these are. */
export const countPorts = (ranges: readonly PortRange[]): number =>
  ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);

/** Every one of these ports. */
export const listPorts = (ranges: readonly PortRange[]): number[] =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, index) => from + index));

/** Whether a port is among them. */
export const includesPort = (ranges: readonly PortRange[], port: number): boolean =>
  ranges.some(({ from, to }) => from <= port && port <= to);
