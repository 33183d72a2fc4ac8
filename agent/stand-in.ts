import { probeNamed } from '../probes/index.ts';
import { type Listening, listen } from '../probes/listen.ts';
import type { AnswerOptions, TlsMaterial } from '../probes/probe.ts';
import type { World } from '../probes/world.ts';
import { hostKey, type StandInPorts } from './demo-site.ts';
import type { Ask, Plan } from './plan.ts';
import { formatPorts } from './ports.ts';

/** One listener of the stand-in: what the plan asks there, read from the far side. */
interface Service {
  readonly ask: Ask;
  readonly transport: 'tcp' | 'udp';
  readonly host: string;
  readonly documented: string;
  readonly rules: readonly string[];
}

/** A stand-in that runs: where its services listen, and how to withdraw one or end all. */
export interface StandIn {
  readonly ports: StandInPorts;
  /** Ends the listeners of a rule; false if it has none. */
  readonly withdraw: (ruleId: string) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** Ports of a documented range that the stand-in really holds. */
const rangePorts = 64;

/** Where ranges are looked for: below every common range of ephemeral ports. */
const firstPort = 20_000;
const lastPort = 31_000;

/** The services that these plans ask for, each once: no list of ports of its own, so that it cannot drift. */
const servicesOf = (plans: readonly Plan[]): Service[] => {
  const found = new Map<string, Service>();
  for (const { rule, asks } of plans.flatMap((plan) => plan.rules)) {
    for (const ask of asks) {
      const { name, role, ours, ports } = ask.target;
      const host = hostKey(name, role, ours);
      const documented = formatPorts([ports]);
      const key = `${host} ${rule.transport} ${documented}`;
      const rules = [...(found.get(key)?.rules ?? []), rule.id];
      found.set(key, { ask, transport: rule.transport, host, documented, rules });
    }
  }
  return [...found.values()];
};

/** Services of one documented port of one host together: the site file maps ports, whatever is spoken over them. */
const sharingPorts = (services: readonly Service[]): Service[][] => {
  const groups = new Map<string, Service[]>();
  for (const service of services) {
    const key = `${service.host} ${service.documented}`;
    groups.set(key, [...(groups.get(key) ?? []), service]);
  }
  return [...groups.values()];
};

type Open = Extract<Listening, { ok: true }>;

interface Running {
  readonly service: Service;
  readonly listening: Open[];
}

const closeAll = (of: readonly Running[]): Promise<unknown> =>
  Promise.all(of.flatMap(({ listening }) => listening.map((one) => one.close())));

const listenOnce = async (service: Service, port: number, tls: TlsMaterial, world: World): Promise<Listening> => {
  const probe = probeNamed(service.ask.probe);
  const { address } = service.ask.target;
  const at = { address, port, allow: (source: string) => source === address, world };
  const { security = 'none', to } = service.ask.options;
  const options: AnswerOptions = {
    tls,
    security,
    requestCertificate: security === 'mtls',
    ...(to === undefined ? {} : { domain: to }),
  };
  if (service.transport === 'tcp') {
    const serve = probe.answer;
    if (serve === null) throw new Error(`the ${probe.name} probe has no other half`);
    return listen({ ...at, transport: 'tcp', serve: (channel) => serve(channel, options, world) });
  }
  if (probe.datagrams === undefined) throw new Error(`the ${probe.name} probe answers no datagrams`);
  return listen({ ...at, transport: 'udp', serve: await probe.datagrams(options) });
};

/** Listens for all of these at every one of so many ports from there on; null where one of them is taken. */
const listenFrom = async (
  services: readonly Service[],
  from: number,
  count: number,
  tls: TlsMaterial,
  world: World,
): Promise<Running[] | null> => {
  const running: Running[] = services.map((service) => ({ service, listening: [] }));
  for (let port = from; port < from + count; port++) {
    for (const { service, listening } of running) {
      const one = await listenOnce(service, port, tls, world);
      if (!one.ok) {
        await closeAll(running);
        return null;
      }
      listening.push(one);
    }
  }
  return running;
};

/** Where the places are tried that a group of services may take, one after the other from a random start. */
const placesFor = (count: number, world: World): number[] => {
  const places = Math.floor((lastPort - firstPort) / count);
  const [high = 0, low = 0] = world.random(2);
  const start = (high * 256 + low) % places;
  return Array.from({ length: places }, (_, tried) => firstPort + ((start + tried) % places) * count);
};

/** Listens for services that share a documented port or range: they share the actual one, over UDP and TCP alike. */
const listenFor = async (services: readonly Service[], tls: TlsMaterial, world: World): Promise<Running[]> => {
  const [first, ...more] = services;
  if (first === undefined) return [];
  const { from, to } = first.ask.target.ports;
  if (to === from && more.length === 0) {
    const one = await listenOnce(first, 0, tls, world);
    if (!one.ok) throw new Error(one.message);
    return [{ service: first, listening: [one] }];
  }
  const count = to > from ? rangePorts : 1;
  for (const place of placesFor(count, world)) {
    const running = await listenFrom(services, place, count, tls, world);
    if (running) return running;
  }
  throw new Error(`no ${count} free ports in a row between ${firstPort} and ${lastPort}`);
};

const portsOf = (listening: readonly Open[]): string => {
  const ports = listening.map((one) => one.port);
  return formatPorts([{ from: Math.min(...ports), to: Math.max(...ports) }]);
};

/**
 * Stands in for everybody whom these plans ask: each service answers with the other half of the probe that asks it, on
 * free ports of the same address. Throws if it cannot listen: that is our own machine.
 */
export const startStandIn = async (plans: readonly Plan[], tls: TlsMaterial, world: World): Promise<StandIn> => {
  const running: Running[] = [];
  const ports = new Map<string, Record<string, string | number>>();
  try {
    for (const services of sharingPorts(servicesOf(plans))) {
      const started = await listenFor(services, tls, world);
      running.push(...started);
      for (const { service, listening } of started) {
        const actual = portsOf(listening);
        const documented = { [service.documented]: listening.length > 1 ? actual : Number(actual) };
        ports.set(service.host, { ...ports.get(service.host), ...documented });
      }
    }
  } catch (error) {
    await closeAll(running);
    throw error;
  }
  return {
    ports,
    withdraw: async (ruleId) => {
      const named = running.filter(({ service }) => service.rules.includes(ruleId));
      await closeAll(named);
      return named.length > 0;
    },
    close: async () => {
      await closeAll(running);
    },
  };
};
