import { formatDuration } from './duration.ts';
import { counted } from './explain-words.ts';
import { countPorts, formatPorts, includesPort, type PortRange } from './ports.ts';
import { printable } from './printable.ts';
import type { NotBound, Place } from './respond.ts';
import type { RespondLog, SourceSeen } from './respond-log.ts';

const longestLine = 400;

/** What stands, over all processes. */
export interface Standing {
  readonly bound: readonly Place[];
  readonly notBound: readonly NotBound[];
  readonly processes: number;
}

const where = ({ transport, ports, address }: Place): string => `${transport}/${formatPorts([ports])} on ${address}`;

const rulesOf = ({ services }: Place): string => [...new Set(services.flatMap(({ rules }) => rules))].join(', ');

const probesOf = ({ services }: Place): string => [...new Set(services.map(({ probe }) => probe))].join(' ');

/** Neighbouring failures of one kind in one line: thousands of busy ports must not fill a screen. */
const shortened = (lines: readonly string[], most: number): string[] =>
  lines.length <= most ? [...lines] : [...lines.slice(0, most), `and ${lines.length - most} more`];

/** What a responder says once it listens: what is bound, and what is not and why. */
export const readyText = ({ bound, notBound, processes }: Standing, seconds: number): string => {
  const ports = countPorts(bound.map((place) => place.ports));
  const missing = shortened([...new Set(notBound.map((one) => `not bound: ${one.message}`))], 20);
  const spread = processes > 1 ? ` in ${processes} processes (descriptor limit)` : '';
  const lines = [
    ...bound.map((place) => `${where(place)}: ${probesOf(place)}`),
    ...missing,
    `ready: ${counted(ports, 'port')}${spread}, for ${formatDuration(seconds)}; Ctrl-C ends it before`,
  ];
  return lines.map((line) => `${printable(line, longestLine)}\n`).join('');
};

/** The ports of a place that somebody asked. */
const askedPorts = (place: Place, log: RespondLog): number => {
  let asked = 0;
  for (const port of log.portsServed(place.transport, place.address)) {
    if (includesPort([place.ports], port)) asked++;
  }
  return asked;
};

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** Single ports as runs: `443,22000-22031`. */
const runsText = (ports: readonly number[]): string => {
  const runs: PortRange[] = [];
  for (const port of ports.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.to === port - 1) last.to = port;
    else runs.push({ from: port, to: port });
  }
  return formatPorts(runs);
};

/** `tcp/443,5061 udp/3478`, and whether there was more. */
const placesText = ({ places, more }: Pick<SourceSeen, 'places' | 'more'>): string => {
  const texts = ['tcp', 'udp'].flatMap((transport) => {
    const own = [...places].filter((place) => place.startsWith(`${transport}/`));
    return own.length === 0 ? [] : [`${transport}/${runsText(own.map((place) => Number(place.slice(4))))}`];
  });
  return `${texts.join(' ')}${more ? ' and more' : ''}`;
};

const networkOf = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;

/** Sources that are named while it runs, before the summary names them all: strangers must not fill a screen. */
const mostNamed = 20;

/**
 * Says who is turned away as soon as it is seen, each source once: who forgot an `--allow` sees it while the prober still
 * looks for a firewall to blame.
 */
export const createRefusals = (): ((log: Pick<RespondLog, 'sources'>) => string) => {
  const told = new Set<string>();
  return (log) => {
    const away = log
      .sources()
      .filter(({ served, refused, address }) => served === 0 && refused > 0 && !told.has(address));
    const lines = away.slice(0, Math.max(0, mostNamed - told.size)).map((source) => {
      const { address } = source;
      told.add(address);
      const one = `refused, without a byte: ${address} at ${placesText(source)}; --allow ${networkOf(address)} would admit it`;
      return told.size < mostNamed ? [one] : [one, 'more sources than these are named at the end'];
    });
    return lines
      .flat()
      .map((line) => `${printable(line, longestLine)}\n`)
      .join('');
  };
};

/** The summary at the end: who asked what, what never came, who was refused and the flag that would admit them. */
export const summaryText = ({ bound }: Pick<Standing, 'bound'>, log: RespondLog): string => {
  const sources = log.sources();
  const served = sources.filter((one) => one.served > 0);
  const refused = sources.filter((one) => one.refused > 0);
  const never = bound.filter((place) => askedPorts(place, log) === 0);
  const partly = bound.filter((place) => {
    const asked = askedPorts(place, log);
    return asked > 0 && asked < countPorts([place.ports]);
  });
  const lines = [
    served.length === 0 ? 'Nobody asked.' : 'Asked by:',
    ...served.map((one) => `  ${one.address} ${times(one.served)}: ${placesText(one)}`),
    ...(partly.length === 0 ? [] : ['Came in part:']),
    ...partly.map((place) => `  ${where(place)}: ${askedPorts(place, log)} of ${countPorts([place.ports])} ports`),
    ...(never.length === 0 ? ['Everything that is listened on was asked.'] : ['Never came:']),
    ...never.map((place) => `  ${where(place)} (${rulesOf(place)})`),
    ...(refused.length === 0 ? [] : ['Refused, without a byte:']),
    ...refused.map(
      (one) =>
        `  ${one.address} ${times(one.refused)}: ${placesText(one)}; --allow ${networkOf(one.address)} would admit it`,
    ),
  ];
  return lines.map((line) => `${printable(line, longestLine)}\n`).join('');
};
