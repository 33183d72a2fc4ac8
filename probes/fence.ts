import { isIP } from 'node:net';
import type { Failed } from './failure.ts';
import { networksOf } from './networks.ts';

/** What is to be dialled: one literal address and port. `sweep`: as one of the ports of a range. */
export interface FencedDial {
  readonly transport: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  readonly sweep: boolean;
}

/** What the administrator of this host lets edgeprobe do on the network, whatever its user wants. */
export interface Fence {
  /** Why this may never be dialled; null if it may. */
  readonly refusal: (dial: FencedDial) => Failed | null;
  /** The same for a dial that is made now: it counts under the rate. */
  readonly admit: (dial: FencedDial) => Failed | null;
  /** Why nothing may listen there; null if something may. */
  readonly bind: (transport: 'tcp' | 'udp', address: string, port: number) => Failed | null;
  /** Whether what listens there may send anything to that address. */
  readonly answers: (listener: { readonly address: string; readonly port: number }, to: string) => boolean;
  /** The rate of dials per second to go by, where somebody wants that one; 0 is no limit. */
  readonly rate: (wanted: number) => number;
}

/** No fence: whatever the user wants. */
export const openFence: Fence = {
  refusal: () => null,
  admit: () => null,
  bind: () => null,
  answers: () => true,
  rate: (wanted) => wanted,
};

/** No way through: for a host whose fence cannot be relied on. */
export const shutFence = (why: string): Fence => {
  const message = `the fence of this host cannot be relied on, so nothing may pass it (${why})`;
  const refused: Failed = { outcome: 'unasked', failure: { step: 'fence', code: 'fenced', message } };
  return {
    refusal: () => refused,
    admit: () => refused,
    bind: () => refused,
    answers: () => false,
    rate: (wanted) => wanted,
  };
};

/** A list of runs of ports; empty for every port. */
type Ports = readonly { readonly from: number; readonly to: number }[];

/** One network of a fence, with the lines of the file that say what. */
export interface FencedNetwork {
  readonly network: string;
  readonly ports: Ports;
  readonly sweeps: boolean;
  readonly lines: { readonly network: number; readonly ports: number; readonly sweeps: number };
}

/** Where the responder may listen, and whom it may answer there. */
export interface FencedListener {
  readonly bind: string;
  readonly ports: Ports;
  readonly answer: readonly string[];
  readonly lines: { readonly bind: number; readonly ports: number };
}

/** What a fence file says. `rate`: dials per second, 0 for no limit. */
export interface FenceRules {
  readonly file: string;
  readonly dial: readonly FencedNetwork[];
  readonly respond: readonly FencedListener[];
  readonly rate: number;
  readonly lines: { readonly dial: number; readonly respond: number; readonly rate: number };
}

/** After a pause of this process so many seconds of dials may come at once, and this many more of single questions. */
const secondsOfCredit = 2;
const atOnce = 32;

const includes = (ports: Ports, port: number): boolean =>
  ports.length === 0 || ports.some(({ from, to }) => from <= port && port <= to);

/**
 * An address as its packets carry it: an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), however it is spelled, is
 * the IPv4 one; a zone concerns this host only. Null for what is no address to Node, which would look it up: nobody knows
 * where a name leads.
 */
export const addressOnWire = (address: string): string | null => {
  const family = isIP(address);
  if (family !== 6) return family === 4 ? address : null;
  const [bare = address] = address.split('%');
  // The WHATWG parser spells every IPv6 address in one way: mapped ones as ::ffff:7f00:1.
  const spelled = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(spelled) ?? [];
  if (high === undefined || low === undefined) return spelled;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((one) => [one >> 8, one & 255]).join('.');
};

/** Whether an address lies in the network; the families are kept apart. */
const membership = (network: string): ((address: string) => boolean) => {
  const family = isIP(network.split('/')[0] ?? '');
  const networks = networksOf([network]);
  return (address) => isIP(address) === family && networks.has(address);
};

/** Makes the fence of a file. Throws RangeError where a network of it is none: who reads the file looks first. */
export const createFence = (rules: FenceRules, clock: { readonly monotonic: () => number }): Fence => {
  const { file, lines } = rules;
  const dials = rules.dial.map((one) => ({ ...one, holds: membership(one.network) }));
  const listeners = rules.respond.map((one) => {
    const answered = one.answer.map(membership);
    return { ...one, holds: membership(one.bind), answers: (to: string) => answered.some((holds) => holds(to)) };
  });
  const fenced = (line: number, why: string): Failed => ({
    outcome: 'unasked',
    failure: { step: 'fence', code: 'fenced', message: `the fence of this host forbids it (${file}:${line}: ${why})` },
  });

  /** Sweeps ask one address for thousands of ports. */
  let last: { readonly given: string; readonly address: string; readonly at: typeof dials } | null = null;
  const towards = (given: string): { readonly address: string; readonly at: typeof dials } => {
    if (last?.given === given) return last;
    const address = addressOnWire(given);
    last = {
      given,
      address: address ?? given,
      at: address === null ? [] : dials.filter(({ holds }) => holds(address)),
    };
    return last;
  };

  const refusal: Fence['refusal'] = ({ transport, address: given, port, sweep }) => {
    const { address, at } = towards(given);
    const [first] = at;
    if (first === undefined) return fenced(lines.dial, `no network of dial holds ${address}`);
    const open = at.filter(({ ports }) => includes(ports, port));
    const [one] = open;
    if (one === undefined) return fenced(first.lines.ports, `${transport}/${port} is not among the ports`);
    if (!sweep || open.some(({ sweeps }) => sweeps)) return null;
    return fenced(one.lines.sweeps, `no sweeps of ${one.network}`);
  };

  const most = rules.rate * secondsOfCredit + atOnce;
  let tokens = most;
  let since = clock.monotonic();
  /** The last line: what paces dials keeps below it, so whoever comes here has not asked for his slot. */
  const mayLeave = (): boolean => {
    if (rules.rate === 0) return true;
    const now = clock.monotonic();
    tokens = Math.min(most, tokens + (now - since) * rules.rate);
    since = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };

  return {
    refusal,
    admit: (dial) =>
      refusal(dial) ?? (mayLeave() ? null : fenced(lines.rate, `more than ${rules.rate} dials per second`)),
    bind: (transport, given, port) => {
      const address = addressOnWire(given);
      const at = address === null ? [] : listeners.filter(({ holds }) => holds(address));
      const [first] = at;
      if (first === undefined) return fenced(lines.respond, `nothing under respond lets it listen on ${given}`);
      if (at.some(({ ports }) => includes(ports, port))) return null;
      return fenced(first.lines.ports, `${transport}/${port} is not among the ports`);
    },
    answers: (listener, to) => {
      const [here, there] = [addressOnWire(listener.address), addressOnWire(to)];
      if (here === null || there === null) return false;
      return listeners.some(
        ({ holds, ports, answers }) => holds(here) && includes(ports, listener.port) && answers(there),
      );
    },
    rate: (wanted) => (rules.rate === 0 || (wanted > 0 && wanted <= rules.rate) ? wanted : rules.rate),
  };
};
