import { type Listening, listen } from '../probes/listen.ts';
import { familyOf } from './address.ts';
import type { PortRange } from './ports.ts';
import type { Resolver } from './resolve.ts';
import { createServer, type Server, type Serving } from './respond-serve.ts';
import type { RespondService } from './respond-services.ts';

/** Ports of one address that one set of services stands on. */
export interface Place {
  readonly address: string;
  readonly transport: 'tcp' | 'udp';
  readonly ports: PortRange;
  readonly services: readonly RespondService[];
}

/** Ports that are not listened on, and why. */
export interface NotBound extends Place {
  readonly code: string;
  readonly message: string;
}

/** A responder that runs. */
export interface Responder {
  readonly bound: readonly Place[];
  readonly notBound: readonly NotBound[];
  /** Ports in all, of every share. */
  readonly total: number;
  readonly close: () => Promise<void>;
}

type Open = Extract<Listening, { ok: true }>;

/** Each service with the literal addresses it is to listen on; a name that gives none is told. */
const resolved = async (
  services: readonly RespondService[],
  resolver: Resolver,
): Promise<{ at: Map<RespondService, readonly string[]>; notBound: NotBound[] }> => {
  const at = new Map<RespondService, readonly string[]>();
  const notBound: NotBound[] = [];
  for (const service of services) {
    const { address, transport, ports } = service;
    const answer =
      familyOf(address) === null ? await resolver(address) : ({ kind: 'addresses', addresses: [address] } as const);
    if (answer.kind === 'addresses') at.set(service, answer.addresses);
    else notBound.push({ address, transport, ports, services: [service], code: answer.code, message: answer.message });
  }
  return { at, notBound };
};

/**
 * The places of services: runs of ports of one address on which the same services stand. Where a range and a single port
 * meet, the single port is a place of its own with both.
 */
export const placesOf = (at: ReadonlyMap<RespondService, readonly string[]>): Place[] => {
  const byAddress = new Map<string, RespondService[]>();
  for (const [service, addresses] of at) {
    for (const address of addresses) {
      const key = `${service.transport} ${address}`;
      byAddress.set(key, [...(byAddress.get(key) ?? []), service]);
    }
  }
  return [...byAddress].flatMap(([key, services]) => {
    const [transport = '', address = ''] = key.split(' ');
    const edges = [...new Set(services.flatMap(({ ports }) => [ports.from, ports.to + 1]))].sort((a, b) => a - b);
    return edges.slice(0, -1).flatMap((from, index): Place[] => {
      const to = (edges[index + 1] ?? from + 1) - 1;
      const here = services.filter(({ ports }) => ports.from <= from && to <= ports.to);
      if (here.length === 0) return [];
      return [{ address, transport: transport === 'udp' ? 'udp' : 'tcp', ports: { from, to }, services: here }];
    });
  });
};

const size = ({ ports }: Place): number => ports.to - ports.from + 1;

const listenAt = async (place: Place, port: number, server: Server, serving: Serving): Promise<Listening> => {
  const { address } = place;
  // Whom to serve is decided where the first words are known: they may hold the credential.
  // What the fence keeps out came all the same: the record must not say that it did not.
  const fenced = (): void => serving.log.absorb({ heard: [], ranges: [], left: 1 });
  const at = { address, port, allow: () => true, fenced, world: serving.world };
  return place.transport === 'tcp'
    ? listen({ ...at, transport: 'tcp', serve: server.tcp(place) })
    : listen({ ...at, transport: 'udp', serve: await server.udp(place, { address, port }) });
};

/** Failures that every other port of the address would share. */
const hopeless: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EMFILE', 'ENFILE']);

/** What becomes of one place: the runs of it that are listened on, and those that are not. */
const bind = async (place: Place, server: Server, serving: Serving) => {
  const open: Open[] = [];
  const notBound: NotBound[] = [];
  const bound: Place[] = [];
  const { from, to } = place.ports;
  for (let port = from; port <= to; port++) {
    const rest = { ...place, ports: { from: port, to } };
    const one = await listenAt(place, port, server, serving);
    if (one.ok) {
      open.push(one);
      const last = bound.at(-1);
      const since = last?.ports.to === port - 1 ? last.ports.from : port;
      if (since < port) bound.pop();
      bound.push({ ...place, ports: { from: since, to: port } });
    } else if (hopeless.has(one.code)) {
      notBound.push({ ...rest, code: one.code, message: one.message });
      break;
    } else {
      const last = notBound.at(-1);
      const since = last?.ports.to === port - 1 && last.code === one.code ? last.ports.from : port;
      if (since < port) notBound.pop();
      notBound.push({ ...place, ports: { from: since, to: port }, code: one.code, message: one.message });
    }
  }
  return { open, bound, notBound };
};

/** Which of all ports one process takes, counted from 0 in the order of binding: a process may hold only so many. */
export interface Share {
  readonly from: number;
  readonly to: number;
}

/** How many ports each share has where none may have more than so many: as few shares as will do, of one size. */
export const shareSize = (total: number, most: number): number =>
  Math.ceil(total / Math.max(1, Math.ceil(total / most)));

/** The part of the places that falls into a share. */
const placesIn = (places: readonly Place[], share: Share): Place[] => {
  let before = 0;
  return places.flatMap((place): Place[] => {
    const first = before;
    before += size(place);
    const from = place.ports.from + Math.max(0, share.from - first);
    const to = Math.min(place.ports.to, place.ports.from + share.to - first);
    return from <= to ? [{ ...place, ports: { from, to } }] : [];
  });
};

/**
 * Listens for all these services, single ports first. What cannot be listened on is told, with the reason.
 * @param shareOf the ports that this process takes of so many in all
 */
export const startResponder = async (
  services: readonly RespondService[],
  serving: Serving,
  resolver: Resolver,
  shareOf: (total: number) => Share,
): Promise<Responder> => {
  const server = createServer(serving);
  const { at, notBound } = await resolved(services, resolver);
  const places = placesOf(at).toSorted((a, b) => size(a) - size(b));
  const total = places.reduce((sum, place) => sum + size(place), 0);
  const share = shareOf(total);
  const open: Open[] = [];
  const bound: Place[] = [];
  for (const place of placesIn(places, share)) {
    if (serving.world.signal.aborted) break;
    const done = await bind(place, server, serving);
    open.push(...done.open);
    bound.push(...done.bound);
    notBound.push(...done.notBound);
  }
  return {
    bound,
    // A name without an address is told by the process that begins.
    notBound: share.from === 0 ? notBound : notBound.filter(({ services: [one] }) => one === undefined || at.has(one)),
    total,
    close: async () => {
      await Promise.all(open.map((one) => one.close()));
    },
  };
};
