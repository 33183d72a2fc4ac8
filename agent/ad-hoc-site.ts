import { parseSite, type Site } from './site.ts';
import { farRoles, serverRoles } from './site-roles.ts';

/** A host that the command line names for a role. */
export interface RoleHost {
  readonly role: string;
  readonly host: string;
}

/** The roles that a command line may name a host for. */
export const namableRoles: readonly string[] = [...serverRoles, ...farRoles];

/** The site of a command line without a site file. Throws FileError for what the site file would not take either. */
export const adHocSite = (hosts: readonly RoleHost[], now: Date): Site => {
  const servers: Record<string, Record<string, { address: string }>> = {};
  const far: Record<string, { address: string; as: string[] }> = {};
  for (const [index, { role, host }] of hosts.entries()) {
    const isServer = (serverRoles as readonly string[]).includes(role);
    const name = `host${index + 1}`;
    if (isServer) servers[name] = { [role]: { address: host } };
    else far[name] = { address: host, as: [role] };
  }
  // What a site file would be warned of (no packs, private addresses) is no news to who typed the address just now.
  return { ...parseSite(JSON.stringify({ site: 'no-site-file', servers, far }), '--to', now), warnings: [] };
};

/** The site with other hosts in the named roles: what `--to` gives replaces what the file says of that role. */
export const withHosts = (site: Site, hosts: readonly RoleHost[], now: Date): Site => {
  if (hosts.length === 0) return site;
  const named = new Set(hosts.map(({ role }) => role));
  const given = adHocSite(hosts, now);
  const kept = site.servers.map((server) => ({
    ...server,
    endpoints: server.endpoints.filter((endpoint) => !named.has(endpoint.role)),
  }));
  const keptFar = site.far.map((far) => ({ ...far, as: far.as.filter((role) => !named.has(role)) }));
  const absent = site.absent.filter((role) => !named.has(role));
  return { ...site, absent, servers: [...kept, ...given.servers], far: [...keptFar, ...given.far] };
};
