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

type Open = Extract<Listening, { ok: true }>;

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
  return listen({ ...at, transport: 'udp', serve: await probe.datagrams() });
};

/** Listens on so many consecutive ports, trying one place after the other from a random start. */
const listenOnRange = async (service: Service, tls: TlsMaterial, world: World): Promise<Open[]> => {
  const places = Math.floor((lastPort - firstPort) / rangePorts);
  const start = new DataView(world.random(4).slice().buffer).getUint32(0) % places;
  for (let tried = 0; tried < places; tried++) {
    const from = firstPort + ((start + tried) % places) * rangePorts;
    const listening: Open[] = [];
    for (let port = from; port < from + rangePorts; port++) {
      const one = await listenOnce(service, port, tls, world);
      if (!one.ok) break;
      listening.push(one);
    }
    if (listening.length === rangePorts) return listening;
    await Promise.all(listening.map((one) => one.close()));
  }
  throw new Error(`no ${rangePorts} free ports in a row between ${firstPort} and ${lastPort}`);
};

const listenFor = async (service: Service, tls: TlsMaterial, world: World): Promise<Open[]> => {
  const { from, to } = service.ask.target.ports;
  if (to > from) return listenOnRange(service, tls, world);
  const one = await listenOnce(service, 0, tls, world);
  if (!one.ok) throw new Error(one.message);
  return [one];
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
  const running: { service: Service; listening: Open[] }[] = [];
  const closeAll = (of: readonly { listening: Open[] }[]): Promise<unknown> =>
    Promise.all(of.flatMap(({ listening }) => listening.map((one) => one.close())));
  const ports = new Map<string, Record<string, string | number>>();
  try {
    for (const service of servicesOf(plans)) {
      const listening = await listenFor(service, tls, world);
      running.push({ service, listening });
      const actual = portsOf(listening);
      ports.set(service.host, {
        ...ports.get(service.host),
        [service.documented]: listening.length > 1 ? actual : Number(actual),
      });
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
