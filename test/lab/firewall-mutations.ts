import { besideEdge, type EdgeNode, externalRoles, far, inside } from './addresses.ts';
import { type FirewallName, type Flow, flowOf, outerLeg, type Row, rejectWith } from './firewall.ts';

/**
 * Ways in which a firewall does not do what its row says.
 * - `drop` `reset` `icmp` the packets of the row are dropped, or refused
 * - `one-way` they get through, and nothing of what comes back
 * - `half` the upper half of a range is dropped
 * - `nat-idle` they are translated to a live host where nobody listens
 * - `nat-answering` they are translated to a host where another service listens on that port
 */
export const mutations = ['drop', 'reset', 'icmp', 'one-way', 'half', 'nat-idle', 'nat-answering'] as const;
export type Mutation = (typeof mutations)[number];

/** A row whose packets one firewall treats in one of these ways. */
export interface Mutated {
  readonly row: Row;
  readonly how: Mutation;
}

/** Packets let through after a translation to the wrong host carry it: they match no row any more. */
const mark = '0x6d75';

const set = (addresses: readonly string[]): string => `{ ${addresses.join(', ')} }`;

const among = (field: 'saddr' | 'daddr', addresses: readonly string[]): string =>
  addresses.length === 0 ? '' : `ip ${field} ${set(addresses)} `;

/** The packets of a flow as they are forwarded, there or back; `from` and `to` limit its ports. */
const forwarded = (flow: Flow, way: 'there' | 'back', from = flow.first, to = flow.last): string => {
  const outer = outerLeg[flow.firewall];
  const inward = flow.towardsEdge === (way === 'there');
  const legs = inward ? `iifname "${outer}" oifname "dmz"` : `iifname "dmz" oifname "${outer}"`;
  const [source, target, port] = way === 'there' ? [flow.from, flow.to, 'dport'] : [flow.to, flow.from, 'sport'];
  return `${legs} ${among('saddr', source)}${among('daddr', target)}${flow.transport} ${port} ${from}-${to}`;
};

/** The addresses under which the senders of a flow know those of the Edge. */
const dialled = (flow: Flow, nodes: readonly EdgeNode[]): string[] =>
  flow.to.map((address) => {
    const node = nodes.find((one) => externalRoles.some((role) => one[role] === address));
    const role = externalRoles.find((one) => node?.[one] === address);
    return role === undefined ? address : (node?.published?.[role] ?? address);
  });

/** The packets of a flow before any translation. */
const arriving = (flow: Flow, nodes: readonly EdgeNode[]): string => {
  const leg = flow.towardsEdge ? outerLeg[flow.firewall] : 'dmz';
  const ports = `${flow.transport} dport ${flow.first}-${flow.last}`;
  return `iifname "${leg}" ${among('saddr', flow.from)}${among('daddr', dialled(flow, nodes))}${ports}`;
};

/** A host that lives on the far side of the firewall, and offers nothing on the ports of the flow. */
const idleHost = (flow: Flow, node: EdgeNode): string => {
  if (flow.towardsEdge) return flow.firewall === 'fwext' ? besideEdge(node).external : besideEdge(node).internal;
  return flow.firewall === 'fwext' ? far.vantage : inside.control;
};

/** A host that answers on the port of the flow as another service; null where the lab has none. */
const otherService = (flow: Flow, node: EdgeNode): string | null => {
  const { firewall, towardsEdge, transport, first } = flow;
  if (firewall === 'fwint') return towardsEdge || first !== 5061 ? null : inside.director;
  if (!towardsEdge || transport !== 'tcp' || first !== 443) return null;
  // Each of the three external services has one of its own on 443. That of web conferencing serves one client at a time:
  // what is sent there in vain would keep its own clients waiting.
  return flow.to.includes(node['access-edge']) ? node['av-edge'] : node['access-edge'];
};

const firstOf = (nodes: readonly EdgeNode[]): EdgeNode => {
  const [node] = nodes;
  if (node === undefined) throw new Error('lab: at least one Edge node');
  return node;
};

/** Whether a row can be treated so in this lab. */
export const isPossible = ({ row, how }: Mutated, nodes: readonly EdgeNode[]): boolean => {
  if (how === 'half') return row.ports.includes('-');
  return how !== 'nat-answering' || otherService(flowOf(row, nodes), firstOf(nodes)) !== null;
};

const filterLine = ({ row, how }: Mutated, nodes: readonly EdgeNode[], lastAsked: number): string[] => {
  const flow = flowOf(row, nodes);
  const last = Math.min(flow.last, lastAsked);
  switch (how) {
    case 'drop':
      return [`${forwarded(flow, 'there')} counter drop`];
    case 'reset':
    case 'icmp':
      return [`${forwarded(flow, 'there')} counter ${rejectWith(how, flow.transport)}`];
    case 'one-way':
      return [`${forwarded(flow, 'back')} counter drop`];
    case 'half':
      return [`${forwarded(flow, 'there', Math.ceil((flow.first + last) / 2), flow.last)} counter drop`];
    default:
      return [];
  }
};

const translationLine = ({ row, how }: Mutated, nodes: readonly EdgeNode[]): string[] => {
  if (how !== 'nat-idle' && how !== 'nat-answering') return [];
  const flow = flowOf(row, nodes);
  const wrong = how === 'nat-idle' ? idleHost(flow, firstOf(nodes)) : otherService(flow, firstOf(nodes));
  if (wrong === null) throw new Error(`lab: nobody else answers what ${row.id} asks for`);
  return [`${arriving(flow, nodes)} counter meta mark set ${mark} dnat to ${wrong}`];
};

/**
 * What one firewall does beside its rules, in tables of their own that replace those of before: they see a packet before
 * the rules do. Nothing is mutated in the other firewall's rows.
 * @param lastAsked the last port of ranges that is asked: half of a range is half of what is asked
 */
export const mutationRules = (
  firewall: FirewallName,
  mutated: readonly Mutated[],
  nodes: readonly EdgeNode[],
  lastAsked = 65_535,
): string => {
  const own = mutated.filter(({ row }) => flowOf(row, nodes).firewall === firewall);
  const table = (name: string, chain: string, lines: readonly string[]): string[] => [
    `table ${name}`,
    `delete table ${name}`,
    `table ${name} {`,
    '  chain mutated {',
    ...[`type ${chain}; policy accept;`, ...lines].map((line) => `    ${line}`),
    '  }',
    '}',
  ];
  return [
    ...table(
      'inet mutation',
      'filter hook forward priority -10',
      own.flatMap((one) => filterLine(one, nodes, lastAsked)),
    ),
    ...table(
      'ip mutation',
      'nat hook prerouting priority -110',
      own.flatMap((one) => translationLine(one, nodes)),
    ),
    '',
  ].join('\n');
};

/** Lets translated packets through the rules of a firewall, until these are loaded anew. */
export const letTranslatedThrough = `insert rule inet edgeprobe forward meta mark ${mark} counter accept\n`;
