import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type EdgeNode, far, inside } from './addresses.ts';
import type { Authority, Variant } from './certificates.ts';
import { holdPortsProgram } from './hold-ports.ts';
import type { Place } from './net.ts';
import type { Listening, Service } from './processes.ts';
import { prosody } from './prosody.ts';
import { dnsmasq, nginx } from './servers-dns-http.ts';
import { kamailio } from './servers-sip.ts';
import { type Manner, tlsServerProgram } from './tls-child.ts';

/** One server of the lab. Only TLS servers have variants; `null` says that this one has none. */
export interface LabServer {
  service(variant: Variant): Service;
  hasVariants: boolean;
}

/** What every server needs to know of its lab. */
export interface Surroundings {
  namespace(place: Place): string;
  authority: Authority;
  /** Where servers may write. */
  folder: string;
}

/** The names in the certificates of the lab; the site file says the same. */
export const names = {
  sipDomain: 'contoso.com',
  xmppDomain: 'contoso.com',
  'access-edge': 'sip.contoso.com',
  'webconf-edge': 'webcon.contoso.com',
  'front-end': 'fe1.contoso.internal',
  director: 'dir1.contoso.internal',
  internal: (node: string): string => `${node}.contoso.internal`,
  partner: 'sip.litware.com',
  partnerDomain: 'litware.com',
} as const;

const tcp = (address: string, port: number): Listening => ({ transport: 'tcp', address, port });

// Lync's generation: TLS 1.0 with CBC and SHA-1, which today's OpenSSL only speaks at security level 0.
const oldTls = ['-cipher', 'DEFAULT@SECLEVEL=0'];
const flagsOf = (variant: 'tls1' | 'weak'): string[] => [variant === 'tls1' ? '-tls1' : '-no_tls1_3', ...oldTls];

const mannerFlags = (manner: Manner, ca: string): string[] => {
  if (manner === 'https') return ['-www'];
  return manner === 'mtls' ? ['-quiet', '-Verify', '1', '-CAfile', ca] : ['-quiet'];
};

// What Node's own TLS can show stands for as long as its lab does; the rest is an openssl s_server, for one client at a time.
const tls = (
  { namespace, authority }: Surroundings,
  place: Place,
  at: Listening,
  manner: Manner,
  san: readonly string[],
): LabServer => ({
  hasVariants: true,
  service(variant) {
    const { cert, key } = authority.issue(san, variant);
    const { ca } = authority;
    const node = [process.execPath, tlsServerProgram, manner, at.address, String(at.port), cert, key, ca];
    if (variant !== 'tls1' && variant !== 'weak') return { namespace: namespace(place), argv: node, listens: [at] };
    const flags = ['-cert', cert, '-key', key, ...mannerFlags(manner, ca), ...flagsOf(variant)];
    const argv = ['openssl', 's_server', '-accept', `${at.address}:${at.port}`, ...flags];
    return { namespace: namespace(place), argv, listens: [at] };
  },
});

// A kamailio; its other ages and identities are those of a plain TLS server, which then stays silent to SIP.
const sip = (
  around: Surroundings,
  place: Place,
  at: Listening,
  manner: 'tls' | 'mtls',
  san: readonly string[],
): LabServer => ({
  hasVariants: true,
  service(variant) {
    if (variant !== 'good') return tls(around, place, at, manner, san).service(variant);
    const clientCa = manner === 'mtls' ? around.authority.ca : null;
    const certificate = around.authority.issue(san);
    return kamailio({ namespace: around.namespace(place), at, certificate, clientCa }, around.folder);
  },
});

// A TURN server that answers STUN Binding to everybody and asks for credentials before it relays anything.
const coturn = ({ namespace, folder }: Surroundings, place: Place, at: Listening): LabServer => ({
  hasVariants: false,
  service() {
    const own = join(folder, `coturn-${at.address}-${at.transport}`);
    mkdirSync(own, { recursive: true });
    const where = [`--listening-ip=${at.address}`, `--listening-port=${at.port}`, `--relay-ip=${at.address}`];
    const transport = at.transport === 'udp' ? '--no-tcp' : '--no-udp';
    const only = [transport, '--no-tls', '--no-dtls', '--no-cli', '--no-rfc5780', '--relay-threads=1'];
    const files = [`--userdb=${own}/db`, `--pidfile=${own}/pid`, '--log-file=stdout', '--simple-log'];
    const auth = ['--lt-cred-mech', '--realm=contoso.com', '--user=lab:lab'];
    return {
      namespace: namespace(place),
      argv: ['turnserver', '-n', ...where, ...only, ...files, ...auth],
      listens: [at],
    };
  },
});

/** Keeps ports of one address open; see hold-ports.ts. */
export const holder = (namespace: string, address: string, ports: readonly (number | string)[]): Service => ({
  namespace,
  argv: [process.execPath, holdPortsProgram, address, ...ports.map(String)],
  listens: ports
    .flatMap((range) => String(range).split('-').map(Number))
    .map((port) => ({ transport: 'tcp', address, port })),
});

const fixed = (service: Service): LabServer => ({ hasVariants: false, service: () => service });

const edgeServers = (around: Surroundings, node: EdgeNode): [string, LabServer][] => {
  const at = node['edge-internal'];
  const own = [names.internal(node.name)];
  const edgeTls = (address: string, port: number, manner: Manner, san: readonly string[]): LabServer =>
    tls(around, 'edge', tcp(address, port), manner, san);
  const turn = (address: string): [string, LabServer][] => [
    ['udp/3478', coturn(around, 'edge', { transport: 'udp', address, port: 3478 })],
    ['tcp/443', coturn(around, 'edge', tcp(address, 443))],
  ];
  const xmpp = prosody(
    {
      ...{ namespace: around.namespace('edge'), name: node.name, domain: names.xmppDomain },
      ...{ plain: node['access-edge'], direct: at },
      certificate: around.authority.issue([names.xmppDomain, ...own]),
    },
    around.folder,
  );
  // The logging agent of an Edge listens on every interface; two of them matter here.
  const logging = [50_001, 50_002, 50_003].flatMap((port): [string, LabServer][] => [
    [`edge-internal tcp/${port}`, edgeTls(at, port, 'mtls', own)],
    [`av-edge tcp/${port}`, edgeTls(node['av-edge'], port, 'mtls', own)],
  ]);
  const access = [names['access-edge'], names.sipDomain];
  const all: [string, LabServer][] = [
    ['xmpp', fixed(xmpp)],
    ['access-edge tcp/443', sip(around, 'edge', tcp(node['access-edge'], 443), 'tls', access)],
    ['access-edge tcp/5061', sip(around, 'edge', tcp(node['access-edge'], 5061), 'mtls', access)],
    ['webconf-edge tcp/443', edgeTls(node['webconf-edge'], 443, 'tls', [names['webconf-edge']])],
    ['edge-internal tcp/5061', edgeTls(at, 5061, 'mtls', own)],
    ['edge-internal tcp/5062', edgeTls(at, 5062, 'mtls', own)],
    ['edge-internal tcp/8057', edgeTls(at, 8057, 'mtls', own)],
    ['edge-internal tcp/4443', edgeTls(at, 4443, 'https', own)],
    ...turn(node['av-edge']).map(([name, server]): [string, LabServer] => [`av-edge ${name}`, server]),
    ...turn(at).map(([name, server]): [string, LabServer] => [`edge-internal ${name}`, server]),
    ...logging,
  ];
  return all.map(([name, server]) => [`${node.name} ${name}`, server]);
};

/**
 * Every server of a lab by its name: `<node> <role> <transport>/<port>`, `<node> xmpp` (5269 and 23456 are one
 * process), `front-end tcp/5061`, `director tcp/5061`, `far sip`, `far xmpp`, `far av udp/3478`, `far av tcp/443`,
 * `far dns` (UDP and TCP are one process), `far crl`, `control inside`.
 */
export const labServers = (around: Surroundings, nodes: readonly EdgeNode[]): Map<string, LabServer> => {
  const partner = around.authority.issue([names.partnerDomain]);
  const outside = around.namespace('outside');
  const xmpp = { namespace: outside, name: 'far', domain: names.partnerDomain, plain: far.xmpp, direct: null };
  return new Map([
    ...nodes.flatMap((node) => edgeServers(around, node)),
    ['front-end tcp/5061', tls(around, 'inside', tcp(inside.frontEnd, 5061), 'mtls', [names['front-end']])],
    ['director tcp/5061', tls(around, 'inside', tcp(inside.director, 5061), 'mtls', [names.director])],
    ['far sip', sip(around, 'outside', tcp(far.sip, 5061), 'mtls', [names.partner, names.partnerDomain])],
    ['far xmpp', fixed(prosody({ ...xmpp, certificate: partner }, around.folder))],
    ['far av udp/3478', coturn(around, 'outside', { transport: 'udp', address: far.av, port: 3478 })],
    ['far av tcp/443', coturn(around, 'outside', tcp(far.av, 443))],
    // Its port 53 over TCP is the control of the outside and dmz vantages, too.
    ['far dns', fixed(dnsmasq(around, names.sipDomain))],
    ['far crl', fixed(nginx(around))],
    ['control inside', fixed(holder(around.namespace('inside'), inside.control, [53]))],
  ]);
};
