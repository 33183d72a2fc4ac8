import { stringify } from 'yaml';
import { type EdgeNode, far, inside } from './addresses.ts';
import type { Certificate } from './certificates.ts';
import type { Row } from './firewall.ts';
import { names } from './servers.ts';

/** What a test may want different in the lab's site file; any top-level key of it can be set or replaced. */
export interface SiteWishes {
  /** Offer the agent's certificate to servers that ask for one. */
  clientCertificate?: boolean;
  [key: string]: unknown;
}

const servers = (nodes: readonly EdgeNode[]): Record<string, unknown> => ({
  ...Object.fromEntries(
    nodes.map((node) => [
      node.name,
      {
        'access-edge': {
          address: node['access-edge'],
          fqdn: names['access-edge'],
          sipDomain: names.sipDomain,
          xmppDomain: names.xmppDomain,
        },
        'webconf-edge': { address: node['webconf-edge'], fqdn: names['webconf-edge'] },
        'av-edge': { address: node['av-edge'] },
        'edge-internal': {
          address: node['edge-internal'],
          fqdn: names.internal(node.name),
          xmppDomain: names.xmppDomain,
        },
      },
    ]),
  ),
  fe1: { 'front-end': { address: inside.frontEnd, fqdn: names['front-end'] } },
  dir1: { director: { address: inside.director, fqdn: names.director } },
});

const farHosts = {
  litware: { address: far.sip, as: ['sip-partner', 'public-im-partner'], fqdn: names.partner },
  'litware-xmpp': { address: far.xmpp, as: ['xmpp-partner'], xmppDomain: names.partnerDomain },
  'litware-av': { address: far.av, as: ['av-partner', 'live-messenger-client'], sweep: true },
  resolver: { address: far.dns, as: ['dns-server'], query: names.sipDomain },
  crl: { address: far.crl, as: ['crl-server'], url: `http://${far.crl}/lab.crl` },
};

/**
 * The controls: outside and inside ask a host of their own segment, which no firewall can take away. The dmz asks
 * two hosts outside, through the rows that let DNS over TCP and HTTP out: while both are closed, it counts as blind. A
 * pack without such rows lets the dmz reach nothing that is sure to answer: no control there.
 */
const vantages = (rules: readonly Row[], first: EdgeNode) => ({
  outside: {
    bind: {
      any: far.vantage,
      client: far.vantage,
      'public-im-partner': far.vantage,
      'live-messenger-client': far.vantage,
    },
    control: [`tcp://${far.dns}:53`],
  },
  dmz: {
    bind: {
      'access-edge': first['access-edge'],
      'webconf-edge': first['webconf-edge'],
      'av-edge': first['av-edge'],
      'edge-internal': first['edge-internal'],
    },
    control: rules.some(({ id }) => id === 'external-dns-tcp-53-out')
      ? [`tcp://${far.dns}:53`, `tcp://${far.crl}:80`]
      : [],
  },
  inside: {
    bind: { any: inside.frontEnd, client: inside.client, 'front-end': inside.frontEnd, director: inside.director },
    control: [`tcp://${inside.control}:53`],
  },
});

/** The text of a site file that describes the lab. Every feature is on, so that every row of the pack is asked. */
export const siteText = (
  pack: string,
  rules: readonly Row[],
  nodes: readonly EdgeNode[],
  ca: string,
  agent: Certificate,
  wishes: SiteWishes,
): string => {
  const first = nodes[0];
  if (first === undefined) throw new Error('lab: at least one Edge node');
  const { clientCertificate = false, ...replaced } = wishes;
  return stringify({
    site: 'contoso',
    packs: [pack],
    features: 'all',
    servers: servers(nodes),
    far: farHosts,
    vantages: vantages(rules, first),
    tls: clientCertificate ? { ca, ...agent } : { ca },
    timeouts: { check: '4s' },
    sweep: { rate: 0, trustResets: true },
    ...replaced,
  });
};
