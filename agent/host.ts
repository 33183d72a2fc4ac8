import { networkInterfaces } from 'node:os';

/** What this machine is on the network: the addresses it owns, and the families it can send from. */
export interface HostAddresses {
  readonly owned: ReadonlySet<string>;
  /** Families with an address that reaches beyond this machine (neither loopback nor link-local). */
  readonly families: ReadonlySet<4 | 6>;
  /** For people: `203.0.113.50 (eth0)`. */
  readonly shown: readonly string[];
}

const linkLocal = /^(fe80:|169\.254\.)/i;

/** Reads the interfaces of this machine. */
export const hostAddresses = (): HostAddresses => {
  const all = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).map((one) => ({ ...one, name })),
  );
  const reaching = all.filter((one) => !one.internal && !linkLocal.test(one.address));
  return {
    owned: new Set(all.map((one) => one.address)),
    families: new Set(reaching.map((one) => (one.family === 'IPv6' ? 6 : 4))),
    shown: reaching.map((one) => `${one.address} (${one.name})`),
  };
};
