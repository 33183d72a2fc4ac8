import t from 'tap';
import type { PlannedRule } from '../../agent/plan.ts';
import { vantages } from '../../agent/site-roles.ts';
import { probes } from '../../probes/index.ts';
import { edge1Owns, plannedRule, planOf, shipped, siteWith } from './two-nodes.ts';

/**
 * Who asks what, and whom, written down by hand from the tables of the documents and the design:
 * id, vantage, address it leaves from (- : any), role and names asked, probe (`sip|tls`: tls as long as there is no sip).
 * Rows whose probe this version does not have are skipped.
 */
const external = `
external-xmpp-tcp-5269-in         outside -            access-edge edge1,edge2    xmpp
external-http-tcp-80-out          dmz     10.45.16.10  crl-server crl             http
external-dns-tcp-53-out           dmz     10.45.16.10  dns-server dns             dns
external-dns-udp-53-out           dmz     10.45.16.10  dns-server dns             dns
external-sip-tcp-443-in           outside -            access-edge edge1,edge2    sip|tls
external-sip-tcp-5061-in          outside -            access-edge edge1,edge2    sip|tls
external-sip-tcp-5061-out         dmz     10.45.16.10  sip-partner sip            sip|tls
external-psom-tcp-443-in          outside -            webconf-edge edge1,edge2   tls
external-rtp-tcp-50000-59999-out  dmz     10.45.16.30  av-partner av              tcp
external-rtp-udp-50000-59999-out  dmz     10.45.16.30  av-partner av              udp
external-rtp-tcp-50000-59999-in   outside -            av-edge edge1,edge2        tcp
external-rtp-udp-50000-59999-in   outside -            av-edge edge1,edge2        udp
external-stun-udp-3478-out        dmz     10.45.16.30  av-partner av              stun
external-stun-udp-3478-in         outside -            av-edge edge1,edge2        stun
external-stun-tcp-443-in          outside -            av-edge edge1,edge2        stun
external-stun-tcp-443-out         dmz     10.45.16.30  av-partner av              stun
`;

const natOnly = `
external-xmpp-tcp-5269-out        dmz     10.45.16.10  xmpp-partner xmpp          xmpp
`;

const internal = `
internal-xmpp-tcp-23456-in        inside  -            edge-internal edge1,edge2  xmpp
internal-sip-tcp-5061-in          inside  -            edge-internal edge1,edge2  sip|tls
internal-sip-tcp-5061-out         dmz     172.25.33.10 front-end,director fe1,dir1 sip|tls
internal-psom-tcp-8057-in         inside  -            edge-internal edge1,edge2  tls
internal-sip-tcp-5062-in          inside  -            edge-internal edge1,edge2  sip|tls
internal-stun-udp-3478-in         inside  -            edge-internal edge1,edge2  stun
internal-stun-tcp-443-in          inside  -            edge-internal edge1,edge2  stun
internal-https-tcp-4443-in        inside  -            edge-internal edge1,edge2  http|tls
internal-mtls-tcp-50001-in        inside  -            edge-internal edge1,edge2  tls
internal-mtls-tcp-50002-in        inside  -            edge-internal edge1,edge2  tls
internal-mtls-tcp-50003-in        inside  -            edge-internal edge1,edge2  tls
`;

const federation = `
federation-sip-tcp-5061-out       dmz     10.45.16.10  sip-partner sip            sip|tls
public-im-sip-tcp-5061-in         outside -            access-edge edge1,edge2    sip|tls
public-im-sip-tcp-5061-out        dmz     10.45.16.10  public-im-partner pim      sip|tls
public-im-sip-tcp-443-in          outside -            access-edge edge1,edge2    sip|tls
public-im-rtp-tcp-50000-59999-out dmz     10.45.16.30  live-messenger-client msn  tcp
public-im-stun-udp-3478-out       dmz     10.45.16.30  live-messenger-client msn  stun
public-im-stun-udp-3478-in        outside -            av-edge edge1,edge2        stun
xmpp-xmpp-tcp-5269-in             outside -            access-edge edge1,edge2    xmpp
xmpp-xmpp-tcp-5269-out            dmz     10.45.16.10  xmpp-partner xmpp          xmpp
xmpp-xmpp-tcp-23456-in            inside  -            edge-internal edge1,edge2  xmpp
`;

const linesOf = (...tables: string[]): string[][] =>
  tables.flatMap((table) => table.split('\n').flatMap((line) => (line === '' ? [] : [line.trim().split(/\s+/)])));

const packs: Readonly<Record<string, string[][]>> = {
  'lync2013-edge-public': linesOf(external, internal, federation),
  'lync2013-edge-nat': linesOf(external, natOnly, internal, federation),
  'lync2013-federation': linesOf(federation),
};

t.test('every rule of the shipped packs: who asks it, from where, and whom', async (t) => {
  t.equal(Object.values(packs).flat().length, 85);
  for (const [pack, lines] of Object.entries(packs)) {
    t.strictSame(
      shipped(pack)
        .map(({ id }) => id)
        .sort(),
      lines.map(([id]) => id).sort(),
      `${pack} has these rules`,
    );
    const planned = new Map<string, PlannedRule>(
      vantages.flatMap((vantage) =>
        planOf({ vantage, packs: [pack] }).rules.map((one) => [`${one.rule.id} ${vantage}`, one] as const),
      ),
    );
    t.equal(planned.size, lines.length, `${pack}: each rule is asked from one vantage`);
    for (const [id, vantage, source, roles, names, wanted = ''] of lines) {
      const probe = wanted.split('|').find((name) => probes.some((one) => one.name === name));
      const one = planned.get(`${id} ${vantage}`);
      if (one === undefined) {
        t.fail(`${pack}/${id} is not asked from ${vantage}`);
        continue;
      }
      if (probe === undefined) {
        t.equal(one.skip?.because, 'no-probe-yet', `${pack}/${id}`);
        continue;
      }
      const unique = (words: readonly string[]): string => [...new Set(words)].join(',');
      t.strictSame(
        [one.skip, ...[...new Set(one.asks.map((ask) => ask.source ?? '-'))]],
        [null, source],
        `${pack}/${id} leaves from ${source}`,
      );
      t.equal(unique(one.asks.map(({ target }) => target.role)), roles, `${pack}/${id}: role`);
      t.equal(unique(one.asks.map(({ target }) => target.name)), names, `${pack}/${id}: names`);
      t.equal(unique(one.asks.map((ask) => ask.probe)), probe, `${pack}/${id}: probe`);
      t.equal(one.asks.length, names?.split(',').length, `${pack}/${id}: one question for each`);
    }
  }
});

t.test('outside dials the public address, everybody else the address itself', async (t) => {
  const addresses = (vantage: 'outside' | 'inside', id: string, site = siteWith()) =>
    plannedRule(planOf({ vantage, site }), id).asks.map(({ address }) => address);
  t.strictSame(addresses('outside', 'external-sip-tcp-443-in'), ['131.107.155.10', '131.107.155.11']);
  t.strictSame(addresses('inside', 'internal-sip-tcp-5061-in'), ['172.25.33.10', '172.25.33.11']);
  const withoutNat = siteWith('', { 'address: 10.45.16.11, publicAddress: 131.107.155.11': 'address: 131.107.155.11' });
  t.strictSame(addresses('outside', 'external-sip-tcp-443-in', withoutNat), ['131.107.155.10', '131.107.155.11']);
  const extra = siteWith('expect: [{ to: access-edge, ports: "4443", vantage: inside, expect: blocked }]\n');
  t.strictSame(addresses('inside', 'site-any-access-edge-tcp-4443', extra), ['10.45.16.10', '10.45.16.11']);
});

t.test('names stay names until they are resolved', async (t) => {
  const site = siteWith('', { 'address: 198.51.100.1,': 'address: sip.litware.com,' });
  const [ask] = plannedRule(planOf({ vantage: 'dmz', site }), 'federation-sip-tcp-5061-out').asks;
  t.match(ask, { host: 'sip.litware.com', address: null, source: '10.45.16.10' });
  const [literal] = plannedRule(planOf({ vantage: 'dmz' }), 'federation-sip-tcp-5061-out').asks;
  t.match(literal, { host: null, address: '198.51.100.1' });
});

t.test('the plan as a whole', async (t) => {
  const plan = planOf({ vantage: 'dmz', packs: ['lync2013-federation', 'lync2013-edge-nat'] });
  t.match(plan, { vantage: 'dmz', place: 'dmz', packs: ['lync2013-federation', 'lync2013-edge-nat'] });
  const one = planOf({ only: (rule) => rule.id === 'external-sip-tcp-443-in' });
  t.strictSame(
    one.rules.map(({ rule }) => rule.id),
    ['external-sip-tcp-443-in'],
  );
  const twice = planOf({ vantage: 'dmz', owned: new Set([...edge1Owns, '10.45.16.11']) });
  const asks = plannedRule(twice, 'federation-sip-tcp-5061-out').asks;
  t.strictSame(
    asks.map(({ source }) => source),
    ['10.45.16.10', '10.45.16.11'],
    'a machine that holds the addresses of both nodes asks from both',
  );
});
