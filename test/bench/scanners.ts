/** What each port is said to be: `open closed filtered unreachable`, or `other`. */
export type Told = ReadonlyMap<number, string>;

/** Ports of a text like `50000-51999,54000`. */
const portsOf = (text: string): number[] =>
  text.split(',').flatMap((part) => {
    const [from = Number.NaN, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });

const attribute = (tag: string, name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';

/** nmap calls a port filtered whether nothing or an ICMP error came; its reason tells them apart. */
const outcomeOf = (state: string, reason: string): string =>
  state === 'filtered' && reason !== 'no-response' ? 'unreachable' : state;

/** Reads the XML of nmap 7.92 or later, which lists the ports of every reason it sums up. */
export const readNmap = (xml: string): Told => {
  const told = new Map<number, string>();
  for (const [, tag = '', inside = ''] of xml.matchAll(/<extraports ([^>]*)>([\s\S]*?)<\/extraports>/g)) {
    const state = attribute(tag, 'state');
    for (const [reason] of inside.matchAll(/<extrareasons [^>]*>/g)) {
      const outcome = outcomeOf(state, attribute(reason, 'reason'));
      for (const port of portsOf(attribute(reason, 'ports'))) told.set(port, outcome);
    }
  }
  for (const [, tag = '', state = ''] of xml.matchAll(/<port ([^>]*)><state ([^>]*)\/>/g)) {
    told.set(Number(attribute(tag, 'portid')), outcomeOf(attribute(state, 'state'), attribute(state, 'reason')));
  }
  return told;
};

/** Reads the list of masscan (`-oL -`): what it does not name, it heard nothing of. */
export const readMasscan = (list: string, from: number, to: number): Told => {
  const told = new Map<number, string>();
  for (let port = from; port <= to; port++) told.set(port, 'filtered');
  for (const [, state = '', port = ''] of list.matchAll(/^(open|closed) \w+ (\d+) /gm)) told.set(Number(port), state);
  return told;
};

/** Reads the object of `edgeprobe probe … --format json`. */
export const readEdgeprobe = (json: string): Told => {
  const { facts } = JSON.parse(json) as { facts: { ranges: { from: number; to: number; outcome: string }[] } };
  return new Map(
    facts.ranges.flatMap(({ from, to, outcome }) => portsOf(`${from}-${to}`).map((port) => [port, outcome] as const)),
  );
};

/** Ports of which something else was told than is true. */
export const wrongPorts = (told: Told, truth: Told): number =>
  [...truth].filter(([port, outcome]) => told.get(port) !== outcome).length;

/** What a list of [from, to, outcome] says of each port. */
export const truthOf = (ranges: readonly (readonly [number, number, string])[]): Told =>
  new Map(ranges.flatMap(([from, to, outcome]) => portsOf(`${from}-${to}`).map((port) => [port, outcome] as const)));
