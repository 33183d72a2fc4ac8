import { familyOf, formatHostPort, isHostName, parseHost, parseHostName, splitHostPort } from '../agent/address.ts';
import { formatDuration, parseDuration } from '../agent/duration.ts';
import { type PortRange, parsePorts, portsProblem } from '../agent/ports.ts';
import { probeNamed, probes } from '../probes/index.ts';
import type { ProbeOptions, Question } from '../probes/probe.ts';
import { oneOf, text, type Values, word } from './command.ts';
import { quoted, UsageError } from './usage-error.ts';

/** Ports asked where the command line names none: over the probe's own transport, and over TCP where that is another. */
const defaultPorts: Readonly<Record<string, number>> = {
  stun: 3478,
  msturn: 3478,
  tls: 443,
  sip: 5061,
  xmpp: 5269,
  dns: 53,
  http: 80,
};
const defaultTcpPorts: Readonly<Record<string, number>> = { stun: 443, msturn: 443 };

/** What people also call the questions, and what asks them here. */
const otherNames: Readonly<Record<string, string>> = {
  turn: 'The stun probe asks every dialect of STUN and TURN.',
  https: 'For example: edgeprobe probe http HOST --url https://HOST/',
  psom: 'A PSOM row is asked by its TLS handshake: edgeprobe probe tls HOST',
  rtp: 'Media ports are asked with tcp and udp: edgeprobe probe tcp HOST:50000-59999',
};

const rangeProbes: readonly string[] = ['tcp', 'udp'];

/** We are nobody's domain: reserved by RFC 2606. */
const ourDomain = 'edgeprobe.invalid';

const probeTimeout = 8;
const example = 'For example: edgeprobe probe tls sip.contoso.com:5061';

/** Flags that only some probes have a use for. */
const usedBy: Readonly<Record<string, readonly string[]>> = {
  servername: ['tls', 'sip', 'xmpp', 'http'],
  query: ['dns'],
  url: ['http'],
};

/** Runs what throws an Error with a text for the user. */
const reading = <T>(about: string, hint: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(message.startsWith('"') ? message : `${about}: ${message}`, hint);
  }
};

const readProbe = (values: Values): string => {
  const given = word(values, 'probe');
  if (given === null) throw new UsageError('probe needs to know what to ask, and whom', example);
  const names = probes.map(({ name }) => name);
  const other = otherNames[given];
  if (other !== undefined && !names.includes(given)) throw new UsageError(`there is no probe ${quoted(given)}`, other);
  return oneOf(given, names, 'probe');
};

const readTransport = (values: Values, probe: string): 'tcp' | 'udp' => {
  const speaksUdp = probeNamed(probe).datagrams !== undefined;
  const given = text(values, 'transport');
  if (given === null) return speaksUdp ? 'udp' : 'tcp';
  const transport = oneOf(given, ['udp', 'tcp'], 'transport');
  const only = probe === 'udp' ? 'udp' : 'tcp';
  if (transport === only || (speaksUdp && probe !== 'udp')) return transport;
  throw new UsageError(`the ${probe} probe speaks ${only.toUpperCase()} only`, 'Leave --transport out.');
};

const portFor = (probe: string, transport: 'tcp' | 'udp', values: Values): number | undefined => {
  if (probe === 'http' && /^https:/i.test(text(values, 'url') ?? '')) return 443;
  return (transport === 'tcp' ? defaultTcpPorts[probe] : undefined) ?? defaultPorts[probe];
};

/** One port or one range, from its text. */
const readRange = (ports: string): PortRange => {
  const problem = portsProblem(ports);
  if (problem !== null) throw new Error(problem);
  const [range, ...more] = parsePorts(ports);
  if (range === undefined || more.length > 0) throw new Error('one port or one range at a time');
  return range;
};

const readTarget = (values: Values, probe: string, transport: 'tcp' | 'udp'): { host: string; ports: PortRange } => {
  const given = word(values, 'host');
  if (given === null) throw new UsageError(`probe ${probe} needs to know whom to ask`, example);
  return reading(quoted(given), example, () => {
    const { host, ports } = splitHostPort(given);
    const port = portFor(probe, transport, values);
    if (ports === null && port === undefined) throw new Error(`the ${probe} probe needs a port`);
    const range = ports === null ? { from: port ?? 0, to: port ?? 0 } : readRange(ports);
    if (range.from !== range.to && !rangeProbes.includes(probe))
      throw new Error(`the ${probe} probe asks one port, not a range`);
    return { host, ports: range };
  });
};

const readSource = (values: Values, target: string): Question['source'] => {
  const given = text(values, 'source');
  if (given === null) return { address: null, port: null };
  const hint = 'Give an address of this machine, with a port only if it must be that one: 192.0.2.1 or 192.0.2.1:5000.';
  const source = reading(`--source ${quoted(given)}`, hint, () => {
    const { host, ports } = splitHostPort(given);
    if (familyOf(host) === null) throw new Error('a name is not an address');
    const range = ports === null ? null : readRange(ports);
    if (range !== null && range.from !== range.to) throw new Error('a source has one port, not a range');
    return { address: parseHost(host), port: range?.from ?? null };
  });
  const families = [familyOf(source.address), familyOf(target)];
  if (families[1] === null || families[0] === families[1]) return source;
  throw new UsageError(`--source ${quoted(given)} is IPv${families[0]}, and ${target} is IPv${families[1]}`, hint);
};

const readTimeout = (values: Values): number => {
  const given = text(values, 'timeout');
  if (given === null) return probeTimeout;
  return reading('--timeout', 'For example --timeout 3s', () => {
    const seconds = parseDuration(given);
    if (seconds >= 0.25 && seconds <= 60) return seconds;
    throw new Error(`${formatDuration(seconds)} is not between 250ms and 60s`);
  });
};

/** What to fetch: a whole URL, or a path on that host. The host of a URL is named to the server, never dialled. */
const readUrl = (values: Values, host: string, port: number): URL => {
  const given = text(values, 'url') ?? '/';
  const base = `http://${formatHostPort(host, port)}/`;
  const whole = given.startsWith('/') || /^https?:\/\//i.test(given);
  const url = whole && URL.canParse(given, base) ? new URL(given, base) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new UsageError(`--url ${quoted(given)} is no http or https URL, nor a path`, 'For example --url /root.crl');
  return url;
};

const readQuery = (values: Values): ProbeOptions => {
  const given = text(values, 'query');
  if (given === null || given === '.') return {};
  // Names of services begin with an underscore, which names of hosts may not.
  if (isHostName(given.replaceAll('_', 'x'))) return { query: given.toLowerCase().replace(/\.$/, '') };
  throw new UsageError(`--query ${quoted(given)} is not a name`, 'For example --query contoso.com');
};

const readOptions = (probe: string, host: string, port: number, values: Values): ProbeOptions => {
  for (const [flag, users] of Object.entries(usedBy)) {
    if (values[flag] === undefined || users.includes(probe)) continue;
    throw new UsageError(`the ${probe} probe has no use for --${flag}`, `It is for ${users.join(', ')}.`);
  }
  const given = text(values, 'servername');
  const named = given === null ? null : reading('--servername', example, () => parseHostName(given));
  const name = named ?? (familyOf(host) === null ? host : null);
  const servername = name === null ? {} : { servername: name };
  if (probe === 'tls') return { security: 'tls', ...servername };
  if (probe === 'dns') return readQuery(values);
  if (probe === 'http') {
    const url = readUrl(values, host, port);
    return url.protocol === 'https:' ? { security: 'tls', url: url.href, ...servername } : { url: url.href };
  }
  if (probe === 'sip')
    return { security: 'tls', from: ourDomain, ...(name === null ? {} : { to: name }), ...servername };
  if (probe === 'xmpp') return { security: 'none', from: ourDomain, to: name ?? host, ...servername };
  return {};
};

/** A question whose address may still be a name. */
export interface NamedQuestion {
  readonly host: string;
  /** The question to one of the host's addresses. */
  readonly to: (address: string) => Question;
}

/** Reads the words and flags of `edgeprobe probe`. Throws UsageError. */
export const readQuestion = (values: Values): NamedQuestion => {
  const probe = readProbe(values);
  const transport = readTransport(values, probe);
  const { host, ports } = readTarget(values, probe, transport);
  const source = readSource(values, host);
  const deadlineSeconds = readTimeout(values);
  const options = readOptions(probe, host, ports.from, values);
  return {
    host,
    to: (address) => {
      const target = { address, port: ports.from, lastPort: ports.to };
      return { probe, transport, target, source, deadlineSeconds, options };
    },
  };
};
