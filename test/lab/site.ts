import { stringify } from 'yaml';
import { type EdgeNode, type ExternalRole, edgeRoles, far, inside } from './addresses.ts';
import type { Certificate } from './certificates.ts';
import type { Row } from './firewall.ts';
import { names } from './servers.ts';

/** What a test may want different in the lab's site file; any top-level key of it can be set or replaced. */
export interface SiteWishes {
  /** Offer the agent's certificate to servers that ask for one. */
  clientCertificate?: boolean;
  /** `respond` stands in everybody's place, with the credential of the lab. */
  responders?: boolean;
  [key: string]: unknown;
}

const servers = (nodes: readonly EdgeNode[], more: object): Record<string, unknown> => {
  const outer = (node: EdgeNode, role: ExternalRole): object => ({
    address: node[role],
    ...(node.published === null ? {} : { publicAddress: node.published[role] }),
    ...more,
  });
  return {
    ...Object.fromEntries(
      nodes.map((node) => [
        node.name,
        {
          'access-edge': {
            ...outer(node, 'access-edge'),
            fqdn: names['access-edge'],
            sipDomain: names.sipDomain,
            xmppDomain: names.xmppDomain,
          },
          'webconf-edge': { ...outer(node, 'webconf-edge'), fqdn: names['webconf-edge'] },
          'av-edge': outer(node, 'av-edge'),
          'edge-internal': {
            address: node['edge-internal'],
            fqdn: names.internal(node.name),
            xmppDomain: names.xmppDomain,
            ...more,
          },
        },
      ]),
    ),
    fe1: { 'front-end': { address: inside.frontEnd, fqdn: names['front-end'], ...more } },
    dir1: { director: { address: inside.director, fqdn: names.director, ...more } },
  };
};

const farHosts = (more: object): Record<string, unknown> => ({
  litware: { address: far.sip, as: ['sip-partner', 'public-im-partner'], fqdn: names.partner, ...more },
  'litware-xmpp': { address: far.xmpp, as: ['xmpp-partner'], xmppDomain: names.partnerDomain, ...more },
  'litware-av': { address: far.av, as: ['av-partner', 'live-messenger-client'], sweep: true, ...more },
  resolver: { address: far.dns, as: ['dns-server'], query: names.sipDomain, ...more },
  crl: { address: far.crl, as: ['crl-server'], url: `http://${far.crl}/lab.crl`, ...more },
});

/**
 * The controls: outside and inside ask a host of their own segment, which no firewall can take away. The dmz asks
 * two hosts outside, through the rows that let DNS over TCP and HTTP out: while both are closed, it counts as blind. A
 * pack without such rows lets the dmz reach nothing that is sure to answer: no control there.
 */
const vantages = (rules: readonly Row[], first: EdgeNode, second: EdgeNode | undefined) => ({
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
    // One Edge alone is known by its addresses; both nodes are one host here, which owns those of the other as well.
    ...(second === undefined ? {} : { bind: Object.fromEntries(edgeRoles.map((role) => [role, first[role]])) }),
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
  { ca, agent, credentialsFile }: { ca: string; agent: Certificate; credentialsFile: string },
  wishes: SiteWishes,
): string => {
  const [first, second] = nodes;
  if (first === undefined) throw new Error('lab: at least one Edge node');
  const { clientCertificate = false, responders = false, ...replaced } = wishes;
  const more = responders ? { responder: true } : {};
  return stringify({
    site: 'contoso',
    packs: [pack],
    features: 'all',
    servers: servers(nodes, more),
    far: farHosts(more),
    vantages: vantages(rules, first, second),
    tls: clientCertificate ? { ca, ...agent } : { ca },
    timeouts: { check: '4s' },
    sweep: { rate: 0, trustResets: true },
    ...(responders ? { responder: { credentialsFile } } : {}),
    ...replaced,
  });
};
