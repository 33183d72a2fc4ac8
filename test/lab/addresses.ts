/**
 * The addresses of the lab, as a person would draw them. Nothing leaves the namespaces, so public addresses are free.
 * ```
 *  outside 203.0.113.0/24 --- fwext --- 131.107.155.0/24  Edge  172.25.33.0/24 --- fwint --- 10.1.0.0/24 inside
 *  .50 vantage .53 dns .60 sip         .10 access .20 webconf .30 av    .10 internal        .20 front-end .21 director
 *  .61 xmpp .62 av .80 crl             (edge2: .11 .21 .31)             (edge2: .11)        .53 control .99 client
 *                                      .40 a host beside the Edge       .40 the same host
 * ```
 * Behind address translation the DMZ is 10.45.16.0/24, and the firewall publishes the Edge at 131.107.155.0/24.
 */

/** One Edge server: its name in the site file and its four addresses. */
export interface EdgeNode {
  name: string;
  'access-edge': string;
  'webconf-edge': string;
  'av-edge': string;
  'edge-internal': string;
  /** Where outside dials the three external roles; null: at their own addresses. */
  published: Readonly<Record<ExternalRole, string>> | null;
}

export type ExternalRole = 'access-edge' | 'webconf-edge' | 'av-edge';

export type EdgeRole = Exclude<keyof EdgeNode, 'name' | 'published'>;

export const edgeRoles: readonly EdgeRole[] = ['access-edge', 'webconf-edge', 'av-edge', 'edge-internal'];
export const externalRoles: readonly ExternalRole[] = ['access-edge', 'webconf-edge', 'av-edge'];

const external = (network: string, n: number): Record<ExternalRole, string> => ({
  'access-edge': `${network}.${9 + n}`,
  'webconf-edge': `${network}.${19 + n}`,
  'av-edge': `${network}.${29 + n}`,
});

const publicNetwork = '131.107.155';
const privateNetwork = '10.45.16';

/**
 * The Edge nodes of a lab: one, or two that stand side by side behind the same firewalls.
 * @param translated they have private addresses, and the external firewall publishes them at public ones
 */
export const edgeNodes = (count: 1 | 2, translated = false): EdgeNode[] =>
  [1, 2].slice(0, count).map((n) => ({
    name: `edge${n}`,
    ...external(translated ? privateNetwork : publicNetwork, n),
    'edge-internal': `172.25.33.${9 + n}`,
    published: translated ? external(publicNetwork, n) : null,
  }));

/** The host that stands in the DMZ beside the Edge: another machine on the same two wires. */
export const besideEdge = (node: EdgeNode): { external: string; internal: string } => ({
  external: node['access-edge'].replace(/\d+$/, '40'),
  internal: node['edge-internal'].replace(/\d+$/, '40'),
});

/** Hosts of the outside segment. Port 53 of `dns` over TCP is also the control of two vantages. */
export const far = {
  vantage: '203.0.113.50',
  dns: '203.0.113.53',
  sip: '203.0.113.60',
  xmpp: '203.0.113.61',
  av: '203.0.113.62',
  crl: '203.0.113.80',
} as const;

/** Hosts of the inside segment. The inside vantage asks from the Front End's address. */
export const inside = {
  frontEnd: '10.1.0.20',
  director: '10.1.0.21',
  control: '10.1.0.53',
  client: '10.1.0.99',
} as const;

/** The external firewall's address in the DMZ: the way out of it. */
export const dmzGateway = (node: EdgeNode): string => node['access-edge'].replace(/\d+$/, '1');

/** The firewalls' own addresses, each the gateway of its segment; see also `dmzGateway`. */
export const gateways = {
  outside: '203.0.113.1',
  dmzInternal: '172.25.33.1',
  inside: '10.1.0.1',
} as const;
