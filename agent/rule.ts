/** The tables of the documents. */
export const tables = ['external', 'internal', 'federation', 'public-im', 'xmpp'] as const;
export type Table = (typeof tables)[number];

/** The services of an Edge; every rule has one of them at one end. */
export const edgeRoles = ['access-edge', 'webconf-edge', 'av-edge', 'edge-internal'] as const;

/** The services of an Edge that stand on its external leg. */
export const externalRoles = ['access-edge', 'webconf-edge', 'av-edge'] as const;

/** Stands in `to` for every service of the external leg: what must hold for each of their addresses alike. */
export const edgeExternal = 'edge-external';

/** Whose service a rule is about. */
export const sides = [...edgeRoles, edgeExternal] as const;
export type Side = (typeof sides)[number];

/** Who may stand in `from` and `to`. */
export const roles = [
  'any',
  'client',
  ...sides,
  'front-end',
  'director',
  'public-im-partner',
  'live-messenger-client',
] as const;
export type Role = (typeof roles)[number];

export const protocols = ['XMPP', 'HTTP', 'DNS', 'SIP', 'PSOM', 'RTP', 'STUN/MSTURN', 'HTTPS', 'MTLS', 'TCP'] as const;
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

/** The packs that flags of the command line add to those of a site: what must be shut, and what documents leave unsaid. */
export const strictPack = 'strict';
export const derivedPack = 'derived';

export const isAddedByFlag = (pack: string): boolean => pack === strictPack || pack === derivedPack;

/** One row of a port summary. `ports` is one port or one range, spelled as `formatPorts` does. */
export interface Rule {
  pack: string;
  id: string;
  table: Table;
  role: Side;
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
  /** The way must be shut: whether the transport opens is then all that is asked. Left out: it must be open. */
  expect?: 'blocked';
  /** With any of these the rule does not hold: another row opens the same. */
  unlessFor?: Feature[];
  /** Of a range: these of its ports only, as `parsePorts` reads them. */
  only?: string;
  /** The source ports that the row means: one port that must be kept, or a range that is asked port by port. */
  sourcePorts?: string;
}

const isEdge = (role: Role): role is Side => (sides as readonly Role[]).includes(role);

/** The Edge service at the end of a rule and which end it is, `in` being towards the Edge; null if neither end is one. */
export const edgeEnd = ({ from, to }: Pick<Rule, 'from' | 'to'>): { role: Side; direction: 'in' | 'out' } | null => {
  if (isEdge(to)) return { role: to, direction: 'in' };
  return isEdge(from) ? { role: from, direction: 'out' } : null;
};

/** The id that a rule's fields make: `external-psom-tcp-443-in`, `external-rtp-tcp-50000-59999-to-443-out`. */
export const ruleId = (
  rule: Pick<Rule, 'table' | 'protocol' | 'transport' | 'ports' | 'from' | 'to'> & { sourcePorts?: string | undefined },
): string => {
  const protocol = rule.protocol === 'STUN/MSTURN' ? 'stun' : rule.protocol.toLowerCase();
  const ports = rule.sourcePorts === undefined ? rule.ports : `${rule.sourcePorts}-to-${rule.ports}`;
  return [rule.table, protocol, rule.transport, ports, edgeEnd(rule)?.direction ?? 'out'].join('-');
};
