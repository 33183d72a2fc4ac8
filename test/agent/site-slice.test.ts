import t from 'tap';
import { readPack } from '../../agent/packs.ts';
import { makePlan } from '../../agent/plan.ts';
import { parseSite } from '../../agent/site.ts';
import { type Vantage, vantages } from '../../agent/site-roles.ts';
import { sliceSite } from '../../agent/site-slice.ts';

const text = `# The Edge pool of Contoso
site: contoso
timezone: Europe/Zurich # for people
packs: [lync2013-edge-nat]
features: all
servers:
  # the first node; its internal leg is 172.25.33.10
  edge1:
    access-edge:   { address: 10.45.16.10, publicAddress: 131.107.155.10, fqdn: sip.contoso.com, sipDomain: contoso.com, xmppDomain: contoso.com } # signed by the public CA
    webconf-edge:  { address: 10.45.16.20, publicAddress: 131.107.155.20, fqdn: webcon.contoso.com }
    av-edge:       { address: 10.45.16.30, publicAddress: 131.107.155.30 }
    edge-internal: { address: 172.25.33.10, fqdn: edge1.contoso.internal }
  fe1: { front-end: { address: 10.1.0.20, fqdn: fe1.contoso.internal } } # a Front End
  # dir1: { director: { address: 10.1.0.21 } }
far:
  litware: { address: sip.litware.com, as: [sip-partner, xmpp-partner], xmppDomain: litware.com }
  resolver: { address: 203.0.113.53, as: [dns-server], query: contoso.com }
vantages:
  outside: { control: ["tcp://203.0.113.53:53"] }
  dmz: { bind: { access-edge: 10.45.16.10, av-edge: 10.45.16.30 } }
  inside: { bind: { any: 10.1.0.99 } }
absent: [director]
expect:
  - { to: access-edge, ports: "4443,5062", vantage: outside, expect: blocked }
  - { to: edge-internal, ports: 22, vantage: inside, expect: blocked }
waivers:
  - { rule: external-rtp-udp-50000-59999-in, verdict: unknown, reason: no responder, until: 2030-12-31 }
  - { rule: internal-sip-*, verdict: unknown, reason: the change on fe1 is late, until: 2030-12-31 }
`;

const now = new Date('2026-11-20T09:00:00Z');
const rules = ['lync2013-edge-nat', 'strict', 'derived'].flatMap((pack) => readPack(pack, '.').rules);
const cut = (vantage: Vantage, whole = text): string => sliceSite(whole, 'contoso.yaml', vantage, rules, now);
const site = parseSite(text, 'contoso.yaml', now);

t.test('it has the digest of the whole file, and asks the same, from each vantage', async (t) => {
  const owned = new Set(['10.45.16.10', '10.45.16.30', '172.25.33.10']);
  for (const vantage of vantages) {
    const slice = parseSite(cut(vantage), 'contoso.yaml', now);
    t.equal(slice.digest, site.digest, vantage);
    t.equal(slice.slice, vantage);
    t.same(slice.warnings, []);
    const asks = [site, slice].map((one) =>
      makePlan({ site: one, vantage, place: vantage, rules, owned }).rules.map((planned) => [
        planned.rule.id,
        planned.expect,
        planned.asks,
      ]),
    );
    t.strictSame(asks[1], asks[0], vantage);
  }
});

t.test('outside learns public addresses and names, and nothing of inside, not from comments either', async (t) => {
  const slice = cut('outside');
  const kept = [
    '131.107.155.10',
    'sip.contoso.com',
    'for people',
    'signed by the public CA',
    'sip.litware.com',
    '4443',
  ];
  for (const word of kept) t.ok(slice.includes(word), word);
  const secrets = ['10.45.', '172.25', '10.1.0', 'internal: {', 'contoso.internal', 'fe1', 'dir1', 'ports: 22'];
  for (const word of secrets) t.notOk(slice.includes(word), word);
  t.match(slice, /^# Cut from the site file of contoso \([0-9a-f]{8}\) for outside/);
});

t.test('inside keeps its servers, and of the external leg what is public; the dmz keeps both legs', async (t) => {
  const inside = cut('inside');
  t.notOk(inside.includes('sip.litware'));
  for (const word of ['172.25.33.10', '10.1.0.20', '131.107.155.10']) t.ok(inside.includes(word), word);
  for (const word of ['10.45.16', 'tcp://203.0.113.53', '203.0.113.53']) t.notOk(inside.includes(word), word);
  const dmz = cut('dmz');
  for (const word of ['10.45.16.10', '131.107.155.10', '172.25.33.10', 'sip.litware.com'])
    t.ok(dmz.includes(word), word);
  t.notOk(dmz.includes('10.1.0.99'));
});

t.test('a slice that was changed counts as a site of its own, and says so', async (t) => {
  const changed = parseSite(cut('outside').replace('131.107.155.30', '131.107.155.31'), 'contoso.yaml', now);
  t.not(changed.digest, site.digest);
  t.match(changed.warnings, [{ path: 'slice.digest', message: /was changed since it was cut/ }]);
  const relaid = parseSite(`${cut('outside')}\n# another comment\n`, 'contoso.yaml', now);
  t.equal(relaid.digest, site.digest, 'comments do not count');
});

t.test('a slice of a slice is the same slice; aliases are written out', async (t) => {
  const once = cut('outside');
  t.equal(parseSite(cut('outside', once), 'x.yaml', now).digest, site.digest);
  const shared = text
    .replace('fqdn: sip.contoso.com, sipDomain: contoso.com', 'fqdn: &name sip.contoso.com, sipDomain: contoso.com')
    .replace('fqdn: edge1.contoso.internal', 'fqdn: *name');
  const slice = cut('outside', shared);
  t.notMatch(slice, /[&*]name/);
  t.ok(slice.includes('sip.contoso.com'));
});
