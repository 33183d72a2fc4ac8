import { isPrivateAddress } from './address.ts';
import type { Feature } from './rule.ts';
import { lintSite } from './site-lints.ts';
import type { ServerRole } from './site-roles.ts';
import type { SiteInput } from './site-schema.ts';
import { type Locate, pathText } from './yaml-file.ts';

/** Something in a site file that is allowed but hardly meant. */
export interface SiteWarning {
  line: number;
  column: number;
  path: string;
  message: string;
}

type Warn = (path: (string | number)[], message: string) => void;

/** Features whose rows a role answers; with none of them in force nearly nothing is asked there. */
const wanted: Partial<Record<ServerRole, readonly Feature[]>> = {
  'webconf-edge': ['web-conferencing'],
  'av-edge': ['av', 'federation', 'public-im', 'ocs2007-federation', 'multiple-edge-pools'],
};

const external: readonly ServerRole[] = ['access-edge', 'webconf-edge', 'av-edge'];

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

type Servers = NonNullable<SiteInput['servers']>;

const rolesOf = (server: Servers[string]) =>
  Object.entries(server).flatMap(([role, endpoint]) =>
    endpoint === undefined ? [] : [{ role: role as ServerRole, endpoint }],
  );

const aboutServers = (servers: Servers, features: readonly Feature[], warn: Warn): void => {
  const seen = new Map<string, string>();
  for (const [name, server] of Object.entries(servers)) {
    for (const { role, endpoint } of rolesOf(server)) {
      const { address, publicAddress } = endpoint;
      const here = ['servers', name, role];
      const useful = wanted[role];
      if (useful !== undefined && !useful.some((feature) => features.includes(feature))) {
        warn(here, `no feature in force needs ${role}; add ${useful.slice(0, 2).join(' or ')} to features`);
      }
      if (isLoopback(address)) continue;
      if (external.includes(role)) {
        const dialled = publicAddress ?? address;
        const field = publicAddress === undefined ? 'address' : 'publicAddress';
        if (isPrivateAddress(dialled)) {
          const remedy =
            publicAddress === undefined
              ? 'add publicAddress if there is NAT'
              : 'give the address that the Internet sees';
          warn([...here, field], `outside dials ${dialled}, which the Internet does not route; ${remedy}`);
        }
        if (server['edge-internal']?.address === address) {
          warn(here, `${address} is edge-internal too; the two legs of an Edge stand in different networks`);
        }
      }
      const twin = seen.get(`${role} ${address}`);
      if (twin !== undefined && endpoint.ports === undefined) {
        warn(
          [...here, 'address'],
          `${twin} plays ${role} at ${address} already: the same questions would be asked twice`,
        );
      }
      seen.set(`${role} ${address}`, name);
    }
  }
};

const aboutFar = (far: NonNullable<SiteInput['far']>, warn: Warn): void => {
  for (const [name, { as, responder, query, url }] of Object.entries(far)) {
    if ((as === undefined && !responder) || as?.length === 0) {
      warn(['far', name], 'as is empty: no rule asks this host; add as: [sip-partner], or responder: true');
    }
    if (as === undefined) continue;
    if (query !== undefined && !as.includes('dns-server'))
      warn(['far', name, 'query'], 'is not used: as has no dns-server');
    if (url !== undefined && !as.includes('crl-server'))
      warn(['far', name, 'url'], 'is not used: as has no crl-server');
  }
};

/** What a reader of a site file should hear about although it is valid, in the order of the file. */
export const siteWarnings = (site: SiteInput, locate: Locate, now: Date): SiteWarning[] => {
  const warnings: SiteWarning[] = [];
  const warn: Warn = (path, message) => warnings.push({ ...locate(path), path: pathText(path), message });
  if ((site.packs ?? []).length === 0) warn(['packs'], 'no pack is named: every command needs --pack');
  const servers = site.servers ?? {};
  const far = site.far ?? {};
  if (Object.keys(servers).length === 0 && Object.keys(far).length === 0) {
    warn(['servers'], 'neither servers nor far hosts: there is nobody to ask');
  }
  aboutServers(servers, site.features, warn);
  aboutFar(far, warn);
  lintSite(site, warn);
  for (const [index, waiver] of (site.waivers ?? []).entries()) {
    if (now >= endOfDay(waiver.until)) {
      warn(['waivers', index, 'until'], `ended with ${waiver.until}: ${waiver.rule} counts again`);
    }
  }
  return warnings.sort((a, b) => a.line - b.line || a.column - b.column);
};

const oneDay = 24 * 3600 * 1000;

/** The instant at which a day (YYYY-MM-DD, UTC) is over. */
export const endOfDay = (day: string): Date => new Date(Date.parse(`${day}T00:00:00Z`) + oneDay);
