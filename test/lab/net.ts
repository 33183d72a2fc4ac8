import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { besideEdge, dmzGateway, type EdgeNode, externalRoles, far, gateways, inside } from './addresses.ts';

/** The namespaces of a lab; `beside` is a host in the DMZ that is not the Edge. */
export const places = ['outside', 'fwext', 'edge', 'beside', 'fwint', 'inside'] as const;
export type Place = (typeof places)[number];

/** The namespaces of one lab: the names the kernel knows them by, and how they go away. */
export interface Network {
  name(place: Place): string;
  /** Deletes the namespaces; processes in them must have ended. Safe to call twice. */
  remove(): void;
}

/** Runs a program to its end and returns its standard output. Throws with its standard error when it fails. */
export const must = (argv: readonly string[], input = ''): string => {
  const [program = '', ...args] = argv;
  const done = spawnSync(program, args, { input, encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 26 });
  if (done.status === 0) return done.stdout;
  throw new Error(`lab: ${argv.join(' ')}: ${done.error?.message ?? done.stderr.trim()}\n${input}`);
};

/** The command line that runs `argv` in a namespace; it dies with the process that started it, whatever happens. */
export const inNamespace = (namespace: string, argv: readonly string[]): string[] => [
  'setpriv',
  '--pdeathsig',
  'KILL',
  'ip',
  'netns',
  'exec',
  namespace,
  ...argv,
];

// A lab that was killed without mercy leaves its namespaces behind. Their names say whose they were.
const removeOrphans = (): void => {
  for (const line of must(['ip', 'netns', 'list']).split('\n')) {
    const [name = ''] = line.split(' ');
    const owner = /^ep(\d+)-\d+-/.exec(name)?.[1];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    // Another lab may be doing the same at this moment: then the name is gone, and that is what we wanted.
    spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
  }
};

const veth = (from: string, to: string, peer: string): string =>
  `link add ${from} type veth peer name ${to} netns ${peer}`;
const up = (device: string, addresses: readonly string[]): string[] => [
  ...addresses.map((address) => `address add ${address}/24 dev ${device}`),
  `link set ${device} up`,
];
const loopback = 'link set lo up';
const defaultVia = (gateway: string): string => `route add default via ${gateway}`;

/** A firewall's leg in the DMZ: a switch, to which the Edge and the host beside it are wired. */
const dmzSwitch = (device: 'ext' | 'int', name: (place: Place) => string): string[] => [
  'link add dmz type bridge',
  ...(['edge', 'beside'] as const).flatMap((place) => [
    veth(place, device, name(place)),
    `link set ${place} master dmz`,
    `link set ${place} up`,
  ]),
];

// The routes make every wrong packet reach a firewall's forward chain: a missing route would answer "unreachable".
const wiring = (nodes: readonly EdgeNode[], name: (place: Place) => string): [Place, string[]][] => {
  const first = nodes[0];
  if (first === undefined) throw new Error('lab: at least one Edge node');
  const external = externalRoles.flatMap((role) => nodes.map((node) => node[role]));
  const internal = nodes.map((node) => node['edge-internal']);
  const beside = besideEdge(first);
  const inDmz = (outer: readonly string[], inner: readonly string[]): string[] => [
    ...[loopback, ...up('ext', outer), ...up('int', inner), defaultVia(dmzGateway(first))],
    `route add 10.1.0.0/24 via ${gateways.dmzInternal}`,
  ];
  return [
    ['fwext', [veth('outside', 'fw', name('outside')), ...dmzSwitch('ext', name), loopback]],
    ['fwint', [veth('inside', 'fw', name('inside')), ...dmzSwitch('int', name), loopback]],
    ['fwext', [...up('outside', [gateways.outside]), ...up('dmz', [dmzGateway(first)])]],
    ['fwint', [...up('inside', [gateways.inside]), ...up('dmz', [gateways.dmzInternal])]],
    ['outside', [loopback, ...up('fw', Object.values(far)), defaultVia(gateways.outside)]],
    ['inside', [loopback, ...up('fw', Object.values(inside)), defaultVia(gateways.inside)]],
    ['edge', inDmz(external, internal)],
    ['beside', inDmz([beside.external], [beside.internal])],
    ['fwext', [defaultVia(first['access-edge'])]],
    ['fwint', [defaultVia(first['edge-internal'])]],
  ];
};

// Inherited settings differ between machines; ICMP rate limits would turn most of a rejected sweep into silence; and a
// socket on its way out must not sit on a port of the media range that a test wants to open. What two hosts of the DMZ say
// to each other crosses a switch, not the firewall. An address may be taken away without those that came after it.
const settings = (place: Place): string[] => [
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
  'net.ipv4.icmp_ratelimit=0',
  'net.ipv4.icmp_msgs_per_sec=1000000',
  'net.ipv4.icmp_msgs_burst=100000',
  'net.ipv4.ip_local_port_range=10240 49150',
  'net.bridge.bridge-nf-call-iptables=0',
  'net.ipv4.conf.all.promote_secondaries=1',
  'net.ipv4.conf.default.promote_secondaries=1',
  `net.ipv4.ip_forward=${place === 'fwext' || place === 'fwint' ? 1 : 0}`,
];

/** Sets kernel parameters in a namespace. Parameters this kernel does not have per namespace are passed over. */
export const sysctl = (namespace: string, parameters: readonly string[]): void => {
  must(['ip', 'netns', 'exec', namespace, 'sysctl', '-e', '-q', '-w', ...parameters]);
};

/** Makes the namespaces of one lab and wires them. `serial` tells the labs of this process apart. */
export const buildNetwork = (serial: number, nodes: readonly EdgeNode[]): Network => {
  removeOrphans();
  const name = (place: Place): string => `ep${process.pid}-${serial}-${place}`;
  const made: string[] = [];
  const remove = (): void => {
    for (const namespace of made.splice(0)) spawnSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' });
  };
  try {
    for (const place of places) {
      must(['ip', 'netns', 'add', name(place)]);
      made.push(name(place));
      sysctl(name(place), settings(place));
    }
    for (const [place, lines] of wiring(nodes, name)) {
      must(['ip', '-netns', name(place), '-batch', '-'], `${lines.join('\n')}\n`);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { name, remove };
};
