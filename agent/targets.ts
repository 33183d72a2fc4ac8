import type { AskedRule } from './asked-rule.ts';
import type { PortRange } from './ports.ts';
import { edgeExternal, externalRoles } from './rule.ts';
import { actualPorts, type Endpoint, endpointsOf, type Far, farHostsOf, type Site } from './site.ts';
import type { PortOverride } from './site-fields.ts';
import type { FarRole, ServerRole, Vantage } from './site-roles.ts';
import { isEdgeRole } from './vantage.ts';

/** Somebody a row may be asked of: one role of one of our servers, or a far host. The address may be a name. */
export interface Target {
  /** The role it plays in this row, and its name in the site file. */
  readonly role: ServerRole | FarRole;
  readonly name: string;
  /** As the site file says: literal or name. */
  readonly address: string;
  readonly ports: PortRange;
  /** One of our servers; a far host is somebody else's. */
  readonly ours: boolean;
  /** The site says that `edgeprobe respond` stands there. */
  readonly responder: boolean;
  /** A range of ports may be asked there. */
  readonly sweep: boolean;
  readonly fqdn: string | null;
  readonly sipDomain: string | null;
  readonly xmppDomain: string | null;
  /** The name to ask a DNS server for, and the URL to fetch; only far hosts have them. */
  readonly query: string | null;
  readonly url: string | null;
}

/** The far roles that answer for "any" in a row that leaves the Edge, by protocol. */
const farRoleByProtocol: Readonly<Record<string, FarRole>> = {
  SIP: 'sip-partner',
  XMPP: 'xmpp-partner',
  RTP: 'av-partner',
  'STUN/MSTURN': 'av-partner',
  DNS: 'dns-server',
  HTTP: 'crl-server',
};

const internalServers: readonly ServerRole[] = ['front-end', 'director'];

/** The roles that a row may be asked of: either roles of our servers, or of far hosts. Empty: nobody plays its part. */
export const targetRoles = (
  rule: Pick<AskedRule, 'protocol' | 'from' | 'to'>,
): { ours: ServerRole[]; far: FarRole[] } => {
  if (rule.to === edgeExternal) return { ours: [...externalRoles], far: [] };
  if (isEdgeRole(rule.to) || rule.to === 'front-end' || rule.to === 'director') {
    return { ours: [rule.to as ServerRole], far: [] };
  }
  if (rule.to === 'public-im-partner' || rule.to === 'live-messenger-client') return { ours: [], far: [rule.to] };
  if (rule.to === 'any' && rule.from === 'edge-internal') return { ours: [...internalServers], far: [] };
  // A client is a person's machine: nobody's file names it.
  const far = rule.to === 'any' ? farRoleByProtocol[rule.protocol] : undefined;
  return { ours: [], far: far === undefined ? [] : [far] };
};

const shared = (of: Endpoint | Far, overrides: PortOverride[], ports: PortRange) => ({
  name: of.name,
  ports: actualPorts(overrides, ports),
  responder: of.responder,
  sweep: of.sweep,
  fqdn: of.fqdn,
  sipDomain: of.sipDomain,
  xmppDomain: of.xmppDomain,
});

/** Everybody a row is asked of from this vantage, in the order of the site file. Outside dials the public address. */
export const targetsOf = (rule: AskedRule, ports: PortRange, site: Site, vantage: Vantage): Target[] => {
  const roles = targetRoles(rule);
  const ours = roles.ours.flatMap((role) =>
    endpointsOf(site, role).map((endpoint) => ({
      ...shared(endpoint, endpoint.ports, ports),
      role,
      address: vantage === 'outside' ? (endpoint.publicAddress ?? endpoint.address) : endpoint.address,
      ours: true,
      query: null,
      url: null,
    })),
  );
  const far = roles.far.flatMap((role) =>
    farHostsOf(site, role).map((host) => ({
      ...shared(host, host.ports, ports),
      role,
      address: host.address,
      ours: false,
      query: host.query,
      url: host.url,
    })),
  );
  if (rule.to !== edgeExternal) return [...ours, ...far];
  // Services that share an address are one target.
  const places = ours.map((target) => [`${target.address} ${target.ports.from}-${target.ports.to}`, target] as const);
  return [...new Map(places.toReversed()).values()].toReversed();
};
