import type { ProbeOptions } from '../probes/probe.ts';
import { makePlan } from './plan.ts';
import type { PortRange } from './ports.ts';
import { formatPorts } from './ports.ts';
import type { Rule } from './rule.ts';
import { grouped } from './sinks/grouped.ts';
import type { Site } from './site.ts';
import { vantages } from './site-roles.ts';
import type { Target } from './targets.ts';
import { isEdgeRole } from './vantage.ts';

/** Whose part a responder plays: the Edge roles, the far hosts, or Front End and Director. */
export const parts = ['edge', 'far', 'inside'] as const;
export type Part = (typeof parts)[number];

/** One service of the far side: what some rules ask at one place. */
export interface RespondService {
  /** `pack/id` of the rules that ask it. */
  readonly rules: readonly string[];
  readonly probe: string;
  readonly transport: 'tcp' | 'udp';
  /** `edge1 av-edge`, or the name of a far host and what it is asked as. */
  readonly who: string;
  /** The address to listen on, as the site file has it: literal or name. */
  readonly address: string;
  readonly ports: PortRange;
  readonly options: ProbeOptions;
}

/** Smaller runs of ports are a few services, not a range. */
const fewPorts = 16;

/** Whether these are the ports of a range, which are asked in one sweep. */
export const isRange = ({ ports }: { readonly ports: PortRange }): boolean => ports.to - ports.from >= fewPorts;

const partOf = ({ role, ours }: Target): Part => {
  if (!ours) return 'far';
  return isEdgeRole(role) ? 'edge' : 'inside';
};

/** Where the target listens: behind address translation that is not where outside dials it. */
const listensAt = (target: Target, site: Site): string => {
  const endpoints = target.ours ? site.servers.flatMap((server) => server.endpoints) : [];
  const found = endpoints.find(({ name, role }) => name === target.name && role === target.role);
  return found?.address ?? target.address;
};

const strength = ['none', 'tls', 'mtls'] as const;

const stronger = (a: ProbeOptions, b: ProbeOptions): ProbeOptions =>
  strength.indexOf(b.security ?? 'none') > strength.indexOf(a.security ?? 'none') ? b : a;

/**
 * What the plans of all vantages ask of one part of the far side: read from the rules, so that it cannot drift from what
 * `check` asks.
 */
export const servicesFor = (site: Site, rules: readonly Rule[], part: Part): RespondService[] => {
  // Whoever asks has the addresses to ask from; this machine need not.
  const owned = new Set(site.servers.flatMap(({ endpoints }) => endpoints.map(({ address }) => address)));
  const plans = vantages.map((vantage) => makePlan({ site, vantage, place: vantage, rules, owned }));
  const found = new Map<string, RespondService>();
  for (const { rule, asks } of plans.flatMap((plan) => plan.rules)) {
    for (const { target, probe, options, sourcePorts } of asks) {
      // Ports outside the table are asked because nobody is to answer there; source ports, of what another row asks.
      if (partOf(target) !== part || options.only !== undefined || sourcePorts !== undefined) continue;
      const { name, role, ports } = target;
      const who = `${name} ${role}`;
      const address = listensAt(target, site);
      const key = [who, rule.transport, formatPorts([ports]), probe].join(' ');
      const known = found.get(key);
      const id = `${rule.pack}/${rule.id}`;
      found.set(key, {
        ...{ probe, who, address, ports },
        transport: rule.transport,
        rules: [...new Set([...(known?.rules ?? []), id])],
        options: known === undefined ? options : stronger(known.options, options),
      });
    }
  }
  return [...found.values()];
};

/** Every host that the site file names, literal or name: who may ask where nobody says otherwise. */
export const hostsOf = (site: Site): string[] => {
  const endpoints = site.servers.flatMap((server) => server.endpoints);
  const settings = vantages.map((vantage) => site.vantages[vantage]);
  return [
    ...new Set([
      ...endpoints.flatMap(({ address, publicAddress }) => [address, publicAddress ?? address]),
      ...site.far.map(({ address }) => address),
      ...settings.flatMap(({ bind, control }) => [...Object.values(bind), ...control.map(({ host }) => host)]),
    ]),
  ];
};

/**
 * The names that services are called by, by their addresses. A certificate with those of one address alone shows where a
 * question came out: with all names, an address in the place of another would look right.
 */
export const namesAt = (services: readonly RespondService[]): Map<string, string[]> =>
  new Map(
    grouped(services, ({ address }) => address).map((same) => {
      const names = same.flatMap(({ options, address }) => [options.servername, options.to, address]);
      return [same[0].address, [...new Set(names.filter((name) => name !== undefined))]];
    }),
  );
