import type { AskedRule } from '../../agent/asked-rule.ts';
import { type Rule, readPack } from '../../agent/packs.ts';
import { makePlan, type Plan, type PlannedRule } from '../../agent/plan.ts';
import { parseSite, type Site } from '../../agent/site.ts';
import type { Vantage } from '../../agent/site-roles.ts';
import { startedAt } from './fixtures.ts';

/** A pool of two nodes behind NAT, with somebody for every role that any row reaches. */
const twoNodes = `site: contoso
features: all
servers:
  edge1:
    access-edge: { address: 10.45.16.10, publicAddress: 131.107.155.10, fqdn: sip.contoso.com, sipDomain: contoso.com, xmppDomain: contoso.com }
    webconf-edge: { address: 10.45.16.20, publicAddress: 131.107.155.20, fqdn: webcon.contoso.com }
    av-edge: { address: 10.45.16.30, publicAddress: 131.107.155.30 }
    edge-internal: { address: 172.25.33.10, fqdn: edge1.contoso.internal }
  edge2:
    access-edge: { address: 10.45.16.11, publicAddress: 131.107.155.11, fqdn: sip.contoso.com }
    webconf-edge: { address: 10.45.16.21, publicAddress: 131.107.155.21, fqdn: webcon.contoso.com }
    av-edge: { address: 10.45.16.31, publicAddress: 131.107.155.31 }
    edge-internal: { address: 172.25.33.11, fqdn: edge2.contoso.internal }
  fe1: { front-end: { address: 10.1.0.20, fqdn: fe1.contoso.internal } }
  dir1: { director: { address: 10.1.0.30 } }
far:
  sip: { address: 198.51.100.1, as: [sip-partner] }
  xmpp: { address: 198.51.100.2, as: [xmpp-partner], xmppDomain: litware.com }
  av: { address: 198.51.100.3, as: [av-partner], sweep: true }
  dns: { address: 198.51.100.4, as: [dns-server] }
  crl: { address: 198.51.100.5, as: [crl-server] }
  pim: { address: 198.51.100.6, as: [public-im-partner] }
  msn: { address: 198.51.100.7, as: [live-messenger-client], sweep: true }
`;

/** The addresses of edge1, as that machine has them. */
export const edge1Owns: ReadonlySet<string> = new Set([
  ...['127.0.0.1', '10.45.16.10', '10.45.16.20', '10.45.16.30', '172.25.33.10'],
]);

/** The site with pieces of its text replaced, and lines added. Throws if a piece is not there. */
export const siteWith = (more = '', replaced: Readonly<Record<string, string>> = {}): Site => {
  let text = twoNodes;
  for (const [piece, by] of Object.entries(replaced)) {
    if (!text.includes(piece)) throw new Error(`the site has no ${piece}`);
    text = text.replace(piece, by);
  }
  return parseSite(text + more, '/etc/site.yaml', startedAt);
};

export const shipped = (pack: string): Rule[] => readPack(pack, '/').rules;

interface Asking {
  readonly site?: Site;
  readonly vantage?: Vantage;
  readonly packs?: readonly string[];
  readonly rules?: readonly Rule[];
  readonly owned?: ReadonlySet<string>;
  readonly only?: (rule: AskedRule) => boolean;
}

/** The plan of shipped packs (or of rules), by default from outside and with the public pack. */
export const planOf = (asking: Asking = {}): Plan => {
  const { site = siteWith(), vantage = 'outside', packs = ['lync2013-edge-public'], only } = asking;
  const rules = asking.rules ?? packs.flatMap(shipped);
  const owned = asking.owned ?? (vantage === 'dmz' ? edge1Owns : new Set<string>());
  return makePlan({ site, vantage, place: vantage, rules, owned, ...(only === undefined ? {} : { only }) });
};

/** One rule of a plan. */
export const plannedRule = (plan: Plan, id: string): PlannedRule => {
  const found = plan.rules.find(({ rule }) => rule.id === id);
  if (found === undefined) throw new Error(`the plan has no ${id}`);
  return found;
};
