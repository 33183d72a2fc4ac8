import { Resolver as DnsResolver, lookup } from 'node:dns/promises';
import { familyOf } from './address.ts';
import type { Ask, Plan, PlannedRule } from './plan.ts';

/** What the resolver said of a name: its addresses, or why it has none. */
export type Resolved =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'unresolved'; readonly code: 'no-such-name' | 'resolver-failed'; readonly message: string };

export type Resolver = (host: string) => Promise<Resolved>;

const noAddress = (host: string): Extract<Resolved, { kind: 'unresolved' }> => ({
  kind: 'unresolved',
  code: 'no-such-name',
  message: `the name ${host} has no address`,
});

/** What looks names up: `lookup` of node:dns/promises, as far as it is used here. */
type Lookup = (
  host: string,
  options: { all: true; order: 'verbatim' },
) => Promise<readonly { readonly address: string }[]>;

/** Whoever answers for a name must not have us dial the world: no server has so many addresses, and each is asked. */
const mostAddresses = 64;

/** A resolver over a lookup. Never rejects: a name without an address is an answer, anything else our own failure. */
export const resolverOver =
  (look: Lookup): Resolver =>
  async (host) => {
    try {
      const found = await look(host, { all: true, order: 'verbatim' });
      const addresses = [...new Set(found.map(({ address }) => address))];
      if (addresses.length <= mostAddresses) return { kind: 'addresses', addresses };
      const message = `the name ${host} has ${addresses.length} addresses, which is more than ${mostAddresses}: none of them is asked`;
      return { kind: 'unresolved', code: 'resolver-failed', message };
    } catch (error) {
      const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
      if (code === 'ENOTFOUND' || code === 'ENODATA') return noAddress(host);
      const message = `this host's resolver failed for ${host} (${code ?? 'no reason given'})`;
      return { kind: 'unresolved', code: 'resolver-failed', message };
    }
  };

/** The system's resolver: hosts file and DNS, as every program on this machine sees names. */
export const systemResolver: Resolver = resolverOver(lookup);

/** Milliseconds that a DNS server gets for its answer to a question that no verdict waits for. */
const patience = 1500;

/** The DNS servers of this host alone, without its hosts file, and without patience. Never rejects. */
export const systemDns: Resolver = async (host) => {
  const dns = new DnsResolver({ timeout: patience, tries: 1 });
  const found = await Promise.allSettled([dns.resolve4(host), dns.resolve6(host)]);
  const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  return addresses.length > 0 ? { kind: 'addresses', addresses } : noAddress(host);
};

/** An ask with a literal address, or one whose name gave none. */
export interface Check extends Ask {
  readonly unresolved: Extract<Resolved, { kind: 'unresolved' }> | null;
}

/** A planned rule after resolution; `left` says which addresses were not asked and why. */
export interface ResolvedRule extends Omit<PlannedRule, 'asks'> {
  readonly checks: readonly Check[];
  readonly left: readonly string[];
}

const made = new WeakMap<Ask, readonly Check[]>();

/** The checks of an ask at these addresses: the same objects every time, so that others may keep what they know of one. */
const checksAt = (ask: Ask, addresses: readonly (string | null)[]): readonly Check[] => {
  const known = made.get(ask) ?? [];
  const checks = addresses.map(
    (address) => known.find((one) => one.address === address) ?? { ...ask, address, unresolved: null },
  );
  made.set(ask, checks);
  return checks;
};

const expand = async (ask: Ask, resolver: Resolver): Promise<readonly Check[]> => {
  if (ask.host === null) return checksAt(ask, [ask.address]);
  const resolved = await resolver(ask.host);
  if (resolved.kind === 'unresolved') return [{ ...ask, unresolved: resolved }];
  if (resolved.addresses.length === 0) return [{ ...ask, unresolved: noAddress(ask.host) }];
  return checksAt(ask, resolved.addresses);
};

const loopback = /^(127\.|::1$)/;

/** Whether this host can send to the address at all: it has the family, and a bound source is of the same one. */
const hasFamily = (check: Check, families: ReadonlySet<4 | 6>): boolean => {
  if (check.address === null) return true;
  const family = familyOf(check.address);
  if (family === null) return true;
  if (check.source !== null) return familyOf(check.source) === family;
  return families.has(family) || loopback.test(check.address);
};

/**
 * Every address of every name becomes a check of its own; a family that this host (or the bound source) has no
 * address of is not asked. Each name is asked once.
 * @param families the address families this host has
 */
export const resolvePlan = async (
  plan: Plan,
  resolver: Resolver,
  families: ReadonlySet<4 | 6>,
): Promise<ResolvedRule[]> => {
  const answers = new Map<string, Promise<Resolved>>();
  const once: Resolver = (host) => {
    const known = answers.get(host) ?? resolver(host);
    answers.set(host, known);
    return known;
  };
  return Promise.all(
    plan.rules.map(async ({ asks, ...planned }): Promise<ResolvedRule> => {
      const all = (await Promise.all(asks.map((ask) => expand(ask, once)))).flat();
      const checks = all.filter((check) => hasFamily(check, families));
      const left = all
        .filter((check) => !hasFamily(check, families))
        .map((check) => `${check.target.name} ${check.address}`);
      if (planned.skip !== null || checks.length > 0) return { ...planned, checks, left };
      const explain = `this host has no address of the family of ${left.join(', ')}`;
      return { ...planned, skip: { because: 'no-such-family', explain }, checks: [], left };
    }),
  );
};
