import { Pushgateway, type Registry } from 'prom-client';
import type { Fence } from '../probes/fence.ts';
import { familyOf } from './address.ts';
import type { PushTarget } from './push.ts';
import type { Resolver } from './resolve.ts';

/** Seconds that a gateway gets for its answer. */
const patience = 5;

/** A URL without user and password: for logs. */
const withoutPassword = (url: URL): string => {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
};

/** How a push finds its way: names become addresses before the fence of this host is asked. */
export interface GatewayRoute {
  readonly resolver: Resolver;
  readonly fence: Fence;
}

/** Where a URL leads: this host and port are dialled, however else its text may be read. */
const placeOf = (url: URL): { readonly hostname: string; readonly port: number } => ({
  hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
  port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
});

/** The addresses of a URL that may be dialled. Rejects with the reason where none may. */
const addressesOf = async (url: URL, { resolver, fence }: GatewayRoute): Promise<readonly string[]> => {
  const { hostname: host, port } = placeOf(url);
  const resolved = familyOf(host) === null ? await resolver(host) : { kind: 'addresses' as const, addresses: [host] };
  if (resolved.kind === 'unresolved') throw new Error(resolved.message);
  const dialOf = (address: string) => ({ transport: 'tcp', address, port, sweep: false }) as const;
  const allowed = resolved.addresses.filter((address) => fence.refusal(dialOf(address)) === null);
  const refused = fence.admit(dialOf(allowed[0] ?? resolved.addresses[0] ?? host));
  if (refused) throw new Error(refused.failure.message);
  return allowed;
};

type Found = string | readonly { readonly address: string; readonly family: number }[];
type Lookup = (
  name: string,
  options: { all?: boolean },
  done: (error: null, found: Found, family?: number) => void,
) => void;

/** A lookup that knows the addresses: nobody asks the resolver a second time, and is told something else. */
const knowing =
  (addresses: readonly string[]): Lookup =>
  (_name, { all = false }, done) => {
    const found = addresses.map((address) => ({ address, family: familyOf(address) ?? 4 }));
    const [first = { address: '', family: 4 }] = found;
    if (all) done(null, found);
    else done(null, first.address, first.family);
  };

/**
 * A Pushgateway as the place to push to. What was pushed before by the same site, vantage and place is replaced.
 * @param refresh brings the registry up to date
 */
export const gatewayTarget = (
  url: URL,
  grouping: Readonly<Record<string, string>>,
  registry: Registry,
  refresh: () => Promise<unknown>,
  route: GatewayRoute,
): PushTarget => {
  const headers = { 'Content-Type': registry.contentType };
  return {
    name: withoutPassword(url),
    push: async () => {
      await refresh();
      const lookup = knowing(await addressesOf(url, route));
      // An agent of its own: the common one may have been told of a proxy by the environment.
      const options = { ...placeOf(url), timeout: patience * 1000, headers, lookup, agent: false };
      const gateway = new Pushgateway(url.href.replace(/\/$/, ''), options, registry);
      const { resp } = await gateway.push({ jobName: 'edgeprobe', groupings: { ...grouping } });
      const status = (resp as { statusCode?: number } | undefined)?.statusCode ?? 0;
      if (status >= 300) throw new Error(`the gateway answered ${status}`);
    },
  };
};
