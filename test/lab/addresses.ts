/**
 * The addresses of the lab, as a person would draw them. Nothing leaves the namespaces, so public addresses are free.
 * ```
 *  outside 203.0.113.0/24 --- fwext --- 131.107.155.0/24  Edge  172.25.33.0/24 --- fwint --- 10.1.0.0/24 inside
 *  .50 vantage .53 dns .60 sip         .10 access .20 webconf .30 av    .10 internal        .20 front-end .21 director
 *  .61 xmpp .62 av .80 crl             (edge2: .11 .21 .31)             (edge2: .11)        .53 control .99 client
 * ```
 */

/** One Edge server: its name in the site file and its four addresses. */
export interface EdgeNode {
  name: string;
  'access-edge': string;
  'webconf-edge': string;
  'av-edge': string;
  'edge-internal': string;
}

export type EdgeRole = Exclude<keyof EdgeNode, 'name'>;

export const edgeRoles: readonly EdgeRole[] = ['access-edge', 'webconf-edge', 'av-edge', 'edge-internal'];

/** The Edge nodes of a lab: one, or two that stand side by side behind the same firewalls. */
export const edgeNodes = (count: 1 | 2): EdgeNode[] =>
  [1, 2].slice(0, count).map((n) => ({
    name: `edge${n}`,
    'access-edge': `131.107.155.${9 + n}`,
    'webconf-edge': `131.107.155.${19 + n}`,
    'av-edge': `131.107.155.${29 + n}`,
    'edge-internal': `172.25.33.${9 + n}`,
  }));

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

/** The firewalls' own addresses, each the gateway of its segment. */
export const gateways = {
  outside: '203.0.113.1',
  dmzExternal: '131.107.155.1',
  dmzInternal: '172.25.33.1',
  inside: '10.1.0.1',
} as const;
