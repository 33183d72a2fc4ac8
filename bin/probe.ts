import { familyOf, formatHostPort, isHostName, parseHost, splitHostPort } from '../agent/address.ts';
import { formatDuration, parseDuration } from '../agent/duration.ts';
import { type PortRange, parsePorts, portsProblem } from '../agent/ports.ts';
import { probeText } from '../agent/probe-text.ts';
import { systemResolver } from '../agent/resolve.ts';
import { probeNamed, probes } from '../probes/index.ts';
import { type Observation, outcomes } from '../probes/observation.ts';
import { createPacer } from '../probes/pace.ts';
import type { ProbeOptions, Question } from '../probes/probe.ts';
import { systemWorld } from '../probes/world.ts';
import { oneOf, text, type Values, whole } from './command.ts';
import { interruptible } from './signals.ts';
import { progressLine } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Ports asked where the command line names none. */
const defaultPorts: Readonly<Record<string, number>> = { stun: 3478, tls: 443, xmpp: 5269, dns: 53, http: 80 };

const probeTimeout = 8;

const portFor = (probe: string, transport: 'tcp' | 'udp', values: Values): number | undefined => {
  if (probe === 'stun' && transport === 'tcp') return 443;
  return probe === 'http' && /^https:/i.test(text(values, 'url') ?? '') ? 443 : defaultPorts[probe];
};

const readTarget = (values: Values, probe: string, transport: 'tcp' | 'udp'): { host: string; ports: PortRange } => {
  const given = String(values['host']);
  try {
    const { host, ports } = splitHostPort(given);
    if (ports === null) {
      const port = portFor(probe, transport, values);
      if (port === undefined) throw new Error(`the ${probe} probe needs a port`);
      return { host, ports: { from: port, to: port } };
    }
    const problem = portsProblem(ports);
    if (problem !== null) throw new Error(problem);
    const [range, ...more] = parsePorts(ports);
    if (range === undefined || more.length > 0) throw new Error('one port or one range at a time');
    if (range.from !== range.to && probe !== 'tcp') throw new Error(`the ${probe} probe asks one port, not a range`);
    return { host, ports: range };
  } catch (error) {
    throw new UsageError(`${JSON.stringify(given)}: ${(error as Error).message}`, 'For example edge.contoso.com:5061');
  }
};

const readSource = (values: Values): { address: string | null; port: number | null } => {
  const given = text(values, 'source');
  if (given === null) return { address: null, port: null };
  const { host, ports } = splitHostPort(given);
  if (familyOf(host) === null) throw new UsageError(`--source ${JSON.stringify(given)} is not an address`);
  return { address: parseHost(host), port: ports === null ? null : (parsePorts(ports)[0]?.from ?? null) };
};

const readTimeout = (values: Values): number => {
  const given = text(values, 'timeout');
  if (given === null) return probeTimeout;
  try {
    const seconds = parseDuration(given);
    if (seconds >= 0.25 && seconds <= 60) return seconds;
    throw new Error(`${formatDuration(seconds)} is not between 250ms and 60s`);
  } catch (error) {
    throw new UsageError(`--timeout: ${(error as Error).message}`);
  }
};

/** What to fetch: a whole URL, or a path on that host. The host of a URL is named to the server, never dialled. */
const readUrl = (values: Values, host: string, port: number): URL => {
  const given = text(values, 'url') ?? '/';
  const base = `http://${formatHostPort(host, port)}/`;
  const whole = given.startsWith('/') || /^https?:\/\//i.test(given);
  const url = whole && URL.canParse(given, base) ? new URL(given, base) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new UsageError(
      `--url ${JSON.stringify(given)} is no http or https URL, nor a path`,
      'For example --url /root.crl',
    );
  return url;
};

const readQuery = (values: Values): ProbeOptions => {
  const given = text(values, 'query');
  if (given === null || given === '.') return {};
  // Names of services begin with an underscore, which names of hosts may not.
  if (!isHostName(given.replaceAll('_', 'x'))) throw new UsageError(`--query ${JSON.stringify(given)} is not a name`);
  return { query: given.toLowerCase().replace(/\.$/, '') };
};

const optionsFor = (probe: string, host: string, port: number, values: Values): ProbeOptions => {
  const name = text(values, 'servername') ?? (familyOf(host) === null ? host : null);
  const servername = name === null ? {} : { servername: name };
  if (probe === 'tls') return { security: 'tls', ...servername };
  if (probe === 'dns') return readQuery(values);
  if (probe === 'http') {
    const url = readUrl(values, host, port);
    return url.protocol === 'https:' ? { security: 'tls', url: url.href, ...servername } : { url: url.href };
  }
  if (probe !== 'xmpp') return {};
  return { security: 'none', from: 'edgeprobe.invalid', to: name ?? host, ...servername };
};

/** The check object of the report without evidence and verdict. */
const asJson = (observation: Observation, question: Question, host: string): string => {
  const { address, port, lastPort } = question.target;
  const range = lastPort > port;
  const where = {
    host: host === address ? null : host,
    address,
    port: range ? null : port,
    ...(range ? { ports: `${port}-${lastPort}` } : {}),
  };
  const { probe, startedAt, source, ...seen } = observation;
  return `${JSON.stringify({ probe, startedAt, source, target: where, ...seen })}\n`;
};

/** `edgeprobe probe`: one question to every address of a host, one object (or block) an address. */
export const probe = async (values: Values): Promise<number> => {
  const names = probes.map(({ name }) => name);
  const name = oneOf(String(values['probe']), names, 'the probe');
  const format = oneOf(text(values, 'format') ?? 'table', ['table', 'json'], 'the format');
  const expected = text(values, 'expect');
  const expect = expected === null ? null : oneOf(expected, outcomes, 'the outcome');
  const speaksUdp = probeNamed(name).datagrams !== undefined;
  const standard = speaksUdp ? 'udp' : 'tcp';
  const transport = oneOf(text(values, 'transport') ?? standard, ['udp', 'tcp'], 'the transport');
  if (!speaksUdp && transport === 'udp') throw new UsageError(`the ${name} probe speaks TCP only`);
  const { host, ports } = readTarget(values, name, transport);
  const source = readSource(values);
  const deadlineSeconds = readTimeout(values);
  const rate = whole(values, 'rate', 0, 100_000) ?? 500;
  const options = optionsFor(name, host, ports.from, values);

  const resolved =
    familyOf(host) === null ? await systemResolver(host) : ({ kind: 'addresses', addresses: [host] } as const);
  if (resolved.kind === 'unresolved') {
    process.stderr.write(`edgeprobe: ${resolved.message}\n`);
    return expect === 'unresolved' ? 0 : expect === null ? 3 : 1;
  }
  const interrupt = interruptible();
  const line = progressLine();
  const world = systemWorld(interrupt.signal);
  const progress = (done: number, total: number): void => line.show(`${done} of ${total} ports`);
  const asking = { ...world, pace: createPacer(rate, world.clock), tls: {}, progress };
  const seen: Observation[] = [];
  for (const address of resolved.addresses) {
    const target = { address, port: ports.from, lastPort: ports.to };
    const question: Question = { probe: name, transport, target, source, deadlineSeconds, options };
    const observation = await probeNamed(name).run(question, asking);
    line.clear();
    seen.push(observation);
    process.stdout.write(format === 'json' ? asJson(observation, question, host) : probeText(observation, question));
  }
  interrupt.release();
  const signalled = interrupt.exitCode();
  if (signalled !== null) return signalled;
  if (expect !== null) return seen.every(({ outcome }) => outcome === expect) ? 0 : 1;
  return seen.some(({ outcome }) => outcome === 'unasked') ? 3 : 0;
};
