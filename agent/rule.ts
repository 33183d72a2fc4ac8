/** The tables of the documents. */
export const tables = ['external', 'internal', 'federation', 'public-im', 'xmpp'] as const;
export type Table = (typeof tables)[number];

/** The services of an Edge; every rule has one of them at one end. */
export const edgeRoles = ['access-edge', 'webconf-edge', 'av-edge', 'edge-internal'] as const;
export type EdgeRole = (typeof edgeRoles)[number];

/** Who may stand in `from` and `to`. */
export const roles = [
  'any',
  'client',
  ...edgeRoles,
  'front-end',
  'director',
  'public-im-partner',
  'live-messenger-client',
] as const;
export type Role = (typeof roles)[number];

export const protocols = ['XMPP', 'HTTP', 'DNS', 'SIP', 'PSOM', 'RTP', 'STUN/MSTURN', 'HTTPS', 'MTLS'] as const;
export type Protocol = (typeof protocols)[number];

export const securities = ['none', 'tls', 'mtls'] as const;
export type Security = (typeof securities)[number];

export const transports = ['tcp', 'udp'] as const;
export type Transport = (typeof transports)[number];

/** What a site may use, and so what rules may be required for. */
export const features = [
  'federation',
  'public-im',
  'xmpp-federation',
  'remote-users',
  'web-conferencing',
  'av',
  'ocs2007-federation',
  'multiple-edge-pools',
  'centralized-logging',
] as const;
export type Feature = (typeof features)[number];

/** The fields in which a document's value can be wrong. */
export const erratumFields = ['protocol', 'security', 'transport', 'ports', 'from', 'to'] as const;

/** A document's value that is not the effective one, and why we say so. */
export interface Erratum {
  field: (typeof erratumFields)[number];
  documented: string;
  why: string;
}

/** One row of a port summary. `ports` is one port or one range, spelled as `formatPorts` does. */
export interface Rule {
  pack: string;
  id: string;
  table: Table;
  role: EdgeRole;
  protocol: Protocol;
  security: Security;
  transport: Transport;
  ports: string;
  from: Role;
  to: Role;
  why: string;
  /** Any of these makes the rule necessary; empty: always necessary. */
  requiredFor: Feature[];
  /** Roles that the document allows "Any" to be narrowed to. */
  mayNarrowTo: Role[];
  source: { document: string; table: Table; row: number };
  notes: string[];
  erratum: Erratum | null;
}

const isEdge = (role: Role): role is EdgeRole => (edgeRoles as readonly Role[]).includes(role);

/** The Edge service at the end of a rule and which end it is, `in` being towards the Edge; null if neither end is one. */
export const edgeEnd = ({
  from,
  to,
}: Pick<Rule, 'from' | 'to'>): { role: EdgeRole; direction: 'in' | 'out' } | null => {
  if (isEdge(to)) return { role: to, direction: 'in' };
  return isEdge(from) ? { role: from, direction: 'out' } : null;
};

/** The id that a rule's fields make: `external-psom-tcp-443-in`. */
export const ruleId = (rule: Pick<Rule, 'table' | 'protocol' | 'transport' | 'ports' | 'from' | 'to'>): string => {
  const protocol = rule.protocol === 'STUN/MSTURN' ? 'stun' : rule.protocol.toLowerCase();
  return [rule.table, protocol, rule.transport, rule.ports, edgeEnd(rule)?.direction ?? 'out'].join('-');
};
