import { type EdgeNode, type EdgeRole, edgeRoles, far, inside } from './addresses.ts';
import { must } from './net.ts';

/** What the firewall needs to know of a rule of a pack. */
export interface Row {
  id: string;
  table: string;
  protocol: string;
  transport: string;
  ports: string;
  from: string;
  to: string;
}

/** How a firewall says no. `reset` on a UDP row is an ICMP port unreachable, as firewalls do it. */
export type Rejection = 'reset' | 'icmp' | 'port-unreachable';

/** Single ports and inclusive ranges: `[50010, '50100-50199']`. */
export type Ports = readonly (number | string)[];

/** What the external firewall does with some ports of the media range before it looks at its rows. */
export interface RangeCuts {
  dropped: Ports;
  reset: Ports;
  icmp: Ports;
}

export type FirewallName = 'fwext' | 'fwint';

/** The packets of one row: which firewall sees them, in which direction; no addresses means any. */
export interface Flow {
  firewall: FirewallName;
  towardsEdge: boolean;
  from: string[];
  to: string[];
  transport: string;
  first: number;
  last: number;
}

/** Everything that can be changed about the two firewalls. */
export interface FirewallState {
  removed: ReadonlySet<string>;
  rejected: ReadonlyMap<string, Rejection>;
  /** Percent of packets lost each way, per firewall. */
  loss: Readonly<Record<FirewallName, number>>;
  cuts: ReadonlyMap<'av-edge' | 'av-partner', RangeCuts>;
  /** What meets the packets of no row: silence, or a reset (for UDP port unreachable). */
  policy: 'drop' | 'reset';
  /** Matches of nftables that the external firewall lets through beside its rows: rules left from testing. */
  allowed: readonly string[];
  /** The A/V Edges may reach their own public addresses. */
  hairpin: boolean;
}

export const restored: FirewallState = {
  removed: new Set(),
  rejected: new Map(),
  loss: { fwext: 0, fwint: 0 },
  cuts: new Map(),
  policy: 'drop',
  allowed: [],
  hairpin: true,
};

const isEdgeRole = (role: string): role is EdgeRole => edgeRoles.some((known) => known === role);

const addressesOf = (role: string, nodes: readonly EdgeNode[]): string[] => {
  if (isEdgeRole(role)) return nodes.map((node) => node[role]);
  if (role === 'front-end') return [inside.frontEnd];
  if (role === 'director') return [inside.director];
  return [];
};

/** The packets of a row, from its end to the other: the addresses are the machines' own, behind any translation. */
export const flowOf = (row: Row, nodes: readonly EdgeNode[]): Flow => {
  const [first = Number.NaN, last = first] = row.ports.split('-').map(Number);
  const internal = row.table === 'internal' || row.to === 'edge-internal' || row.from === 'edge-internal';
  return {
    firewall: internal ? 'fwint' : 'fwext',
    towardsEdge: isEdgeRole(row.to),
    from: addressesOf(row.from, nodes),
    to: addressesOf(row.to, nodes),
    transport: row.transport,
    first,
    last,
  };
};

const meet = (a: string[], b: string[]): boolean =>
  a.length === 0 || b.length === 0 || a.some((address) => b.includes(address));

const overlap = (a: Flow, b: Flow): boolean =>
  a.firewall === b.firewall &&
  a.towardsEdge === b.towardsEdge &&
  a.transport === b.transport &&
  a.first <= b.last &&
  b.first <= a.last &&
  meet(a.from, b.from) &&
  meet(a.to, b.to);

/** The firewall whose row this is. */
export const firewallOf = (row: Row): FirewallName => flowOf(row, []).firewall;

/** The ids of all rows that let through packets of this row, itself included: to close one, close them all. */
export const sameFlow = (row: Row, rows: readonly Row[], nodes: readonly EdgeNode[]): string[] =>
  rows.filter((other) => overlap(flowOf(row, nodes), flowOf(other, nodes))).map((other) => other.id);

const set = (values: Ports): string => `{ ${values.join(', ')} }`;

/** The interface of each firewall that does not lead into the DMZ. */
export const outerLeg = { fwext: 'outside', fwint: 'inside' } as const;

const matchOf = (flow: Flow): string =>
  [
    flow.towardsEdge
      ? `iifname "${outerLeg[flow.firewall]}" oifname "dmz"`
      : `iifname "dmz" oifname "${outerLeg[flow.firewall]}"`,
    flow.from.length === 0 ? '' : `ip saddr ${set(flow.from)}`,
    flow.to.length === 0 ? '' : `ip daddr ${set(flow.to)}`,
    `${flow.transport} dport ${flow.first}-${flow.last}`,
  ]
    .filter((part) => part !== '')
    .join(' ');

/** How nftables spells a refusal. */
export const rejectWith = (how: Rejection, transport: string): string => {
  if (how === 'reset' && transport === 'tcp') return 'reject with tcp reset';
  return `reject with icmp ${how === 'icmp' ? 'admin-prohibited' : 'port-unreachable'}`;
};

const cutLines = (side: 'av-edge' | 'av-partner', cuts: RangeCuts, nodes: readonly EdgeNode[]): string[] => {
  const target = side === 'av-edge' ? set(nodes.map((node) => node['av-edge'])) : far.av;
  const line = (transport: string, ports: Ports, action: string): string[] =>
    ports.length === 0 ? [] : [`ip daddr ${target} ${transport} dport ${set(ports)} counter ${action} comment "range"`];
  return ['tcp', 'udp'].flatMap((transport) => [
    ...line(transport, cuts.dropped, 'drop'),
    ...line(transport, cuts.reset, rejectWith('reset', transport)),
    ...line(transport, cuts.icmp, rejectWith('icmp', transport)),
  ]);
};

const lossLines = (firewall: FirewallName, percent: number): string[] =>
  percent === 0
    ? []
    : ['dmz', outerLeg[firewall]].map(
        (leg) => `iifname "${leg}" numgen random mod 10000 < ${Math.round(percent * 100)} counter drop comment "lost"`,
      );

// Both ends of a hairpin are in the DMZ: no row of the table lets it through.
const hairpinLines = (nodes: readonly EdgeNode[]): string[] => {
  const addresses = set(nodes.map((node) => node['av-edge']));
  const leg = 'dmz';
  return [
    `iifname "${leg}" oifname "${leg}" ip saddr ${addresses} ip daddr ${addresses} counter accept comment "hairpin"`,
  ];
};

/**
 * The whole ruleset of one firewall. The conntrack zone changes with every generation of the ruleset, so that no
 * connection accepted under older rules lives on: what is closed is closed for everybody at once.
 * What the firewall itself says of a connection (a refusal, translated back) belongs to the same zone.
 * Rejections stand after the accepts, so a row taken away never closes what another row still allows.
 */
export const ruleset = (
  firewall: FirewallName,
  rows: readonly Row[],
  nodes: readonly EdgeNode[],
  state: FirewallState,
  generation: number,
): string => {
  const own = rows
    .map((row) => ({ id: row.id, flow: flowOf(row, nodes) }))
    .filter(({ flow }) => flow.firewall === firewall);
  const accepts = own
    .filter(({ id }) => !state.removed.has(id) && !state.rejected.has(id))
    .map(({ id, flow }) => `${matchOf(flow)} counter accept comment "${id}"`);
  const rejects = own.flatMap(({ id, flow }) => {
    const how = state.rejected.get(id);
    return how === undefined ? [] : [`${matchOf(flow)} counter ${rejectWith(how, flow.transport)} comment "${id}"`];
  });
  const cuts = firewall === 'fwext' ? [...state.cuts].flatMap(([side, cut]) => cutLines(side, cut, nodes)) : [];
  const hairpin = firewall === 'fwext' && state.hairpin ? hairpinLines(nodes) : [];
  const chain = (name: string, hook: string, lines: readonly string[]): string[] => [
    `  chain ${name} {`,
    ...[`type filter hook ${hook}`, ...lines].map((line) => `    ${line}`),
    '  }',
  ];
  const zone = 1 + (generation % 60_000);
  return [
    'table inet edgeprobe',
    'delete table inet edgeprobe',
    'table inet edgeprobe {',
    ...chain('early', 'prerouting priority raw; policy accept;', [
      `ct zone set ${zone}`,
      ...lossLines(firewall, state.loss[firewall]),
    ]),
    ...chain('own', 'output priority raw; policy accept;', [`ct zone set ${zone}`]),
    ...chain('forward', 'forward priority filter; policy drop;', [
      'ct state established,related accept',
      ...cuts,
      ...accepts,
      ...(firewall === 'fwext' ? state.allowed.map((match) => `${match} counter accept comment "allowed"`) : []),
      ...rejects,
      ...hairpin,
      ...(state.policy === 'reset'
        ? [`meta l4proto tcp ${rejectWith('reset', 'tcp')}`, `meta l4proto udp ${rejectWith('reset', 'udp')}`]
        : []),
      'counter comment "dropped"',
    ]),
    '}',
    '',
  ].join('\n');
};

/** Loads a ruleset into a firewall's namespace, all of it or nothing. Counters start again at zero. */
export const load = (namespace: string, rules: string): void => {
  must(['ip', 'netns', 'exec', namespace, 'nft', '-f', '-'], rules);
};

/**
 * What a Windows host puts before its own ports: no resets and no ICMP from idle ones, silence instead ("stealth mode").
 * Resets of connections that were open carry on: only answers to a SYN are caught.
 */
export const stealth = (on: boolean): string =>
  [
    'table inet stealth',
    'delete table inet stealth',
    'table inet stealth {',
    '  chain output {',
    '    type filter hook output priority filter; policy accept;',
    ...(on
      ? ['    tcp flags & (rst | ack) == rst | ack tcp sequence 0 drop', '    icmp type destination-unreachable drop']
      : []),
    '  }',
    '}',
    '',
  ].join('\n');

/** Packets per comment since the last load: a rule id, or `range`, `lost`, `hairpin`, `dropped` (fell through to the policy). */
export const counters = (namespace: string): Map<string, number> => {
  const text = must(['ip', 'netns', 'exec', namespace, 'nft', 'list', 'table', 'inet', 'edgeprobe']);
  const packets = new Map<string, number>();
  for (const [, count, comment] of text.matchAll(/counter packets (\d+) bytes \d+.*? comment "([^"]+)"/g)) {
    if (comment !== undefined) packets.set(comment, (packets.get(comment) ?? 0) + Number(count));
  }
  return packets;
};
