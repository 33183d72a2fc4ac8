import type { LookupFunction } from 'node:net';
import type { Registry } from 'prom-client';
import type { Fence } from '../probes/fence.ts';
import { familyOf } from './address.ts';
import type { PushTarget } from './push.ts';
import { putText } from './push-put.ts';
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

/** A lookup that knows the addresses: nobody asks the resolver a second time, and is told something else. */
const knowing =
  (addresses: readonly string[]): LookupFunction =>
  (_name, { all = false }, done) => {
    const found = addresses.map((address) => ({ address, family: familyOf(address) ?? 4 }));
    const [first = { address: '', family: 4 }] = found;
    if (all) done(null, found);
    else done(null, first.address, first.family);
  };

/** A label of a group in the path: what a path cannot carry, a slash or nothing at all, goes as base64. */
const segmentOf = ([name, value]: readonly [string, string]): string => {
  if (value === '') return `${name}@base64/=`;
  if (value.includes('/')) return `${name}@base64/${Buffer.from(value).toString('base64url')}`;
  return `${name}/${encodeURIComponent(value)}`;
};

/** The URL of a group of metrics below that of its gateway. */
const groupUrl = (gateway: URL, grouping: Readonly<Record<string, string>>): URL => {
  const url = new URL(gateway);
  const segments = Object.entries({ job: 'edgeprobe', ...grouping }).map(segmentOf);
  url.pathname = [url.pathname.replace(/\/+$/, ''), 'metrics', ...segments].join('/');
  return url;
};

/**
 * A Pushgateway as the place to push to. What was pushed before by the same site, vantage and place is replaced.
 * @param refresh brings the registry up to date
 */
export const gatewayTarget = (
  gateway: URL,
  grouping: Readonly<Record<string, string>>,
  registry: Registry,
  refresh: () => Promise<unknown>,
  route: GatewayRoute,
): PushTarget => {
  const url = groupUrl(gateway, grouping);
  return {
    name: withoutPassword(gateway),
    push: async () => {
      await refresh();
      const lookup = knowing(await addressesOf(url, route));
      const text = await registry.metrics();
      const { status, words } = await putText(url, text, registry.contentType, { ...placeOf(url), lookup }, patience);
      if (status < 200 || status >= 300) {
        throw new Error(`the gateway answered ${status}${words === '' ? '' : `: ${words}`}`);
      }
    },
  };
};
