import t, { type Test } from 'tap';
import type { Rule } from '../../agent/packs.ts';
import type { PlannedRule } from '../../agent/plan.ts';
import type { Site } from '../../agent/site.ts';
import type { Vantage } from '../../agent/site-roles.ts';
import { row } from './fixtures.ts';
import { plannedRule, planOf, siteWith } from './two-nodes.ts';

const plannedFor = (id: string, vantage: Vantage, site: Site, more: Parameters<typeof planOf>[0] = {}): PlannedRule =>
  plannedRule(planOf({ vantage, site, ...more }), id);

const skipped = (t: Test, one: PlannedRule, because: string, explain: RegExp): void => {
  t.equal(one.skip?.because, because, one.rule.id);
  t.match(one.skip?.explain, explain);
  t.strictSame(one.asks, []);
};

t.test('features: a rule is needed for any of those it names, or always', async (t) => {
  const with_ = (features: string) => siteWith('', { 'features: all': `features: [${features}]` });
  const asked = (id: string, vantage: Vantage, features: string): boolean =>
    plannedFor(id, vantage, with_(features)).skip === null;
  t.equal(asked('external-sip-tcp-5061-in', 'outside', 'federation'), true);
  t.equal(asked('external-sip-tcp-5061-in', 'outside', 'public-im'), true, 'any of them');
  t.equal(asked('internal-sip-tcp-5061-in', 'inside', 'av'), true, 'always needed');
  const one = plannedFor('external-sip-tcp-5061-in', 'outside', with_('av'));
  skipped(t, one, 'not-required', /needed for federation or public-im, which/);
  const retired = siteWith('', { 'features: all\n': '' });
  for (const id of ['public-im-sip-tcp-443-in', 'external-rtp-tcp-50000-59999-in']) {
    skipped(t, plannedFor(id, 'outside', retired), 'not-required', /needed for (public-im|ocs2007-federation), which/);
  }
});

t.test('absent: roles that this site does not have', async (t) => {
  const noDirector = siteWith('absent: [director]\n', { '  dir1: { director: { address: 10.1.0.30 } }\n': '' });
  const out = plannedFor('internal-sip-tcp-5061-out', 'dmz', noDirector);
  t.equal(out.skip, null, 'the front ends are still there');
  t.strictSame(
    out.asks.map(({ target }) => target.name),
    ['fe1'],
  );
  const webconf = {
    '    webconf-edge: { address: 10.45.16.20, publicAddress: 131.107.155.20, fqdn: webcon.contoso.com }\n': '',
    '    webconf-edge: { address: 10.45.16.21, publicAddress: 131.107.155.21, fqdn: webcon.contoso.com }\n': '',
  };
  skipped(
    t,
    plannedFor('external-psom-tcp-443-in', 'outside', siteWith('absent: [webconf-edge]\n', webconf)),
    'absent',
    /the site has no webconf-edge/,
  );
  const pim = { '  pim: { address: 198.51.100.6, as: [public-im-partner] }\n': '' };
  const noPim = siteWith('absent: [public-im-partner]\n', pim);
  skipped(t, plannedFor('public-im-sip-tcp-5061-out', 'dmz', noPim), 'absent', /the site has no public-im-partner/);
  skipped(t, plannedFor('public-im-sip-tcp-5061-in', 'outside', noPim), 'absent', /no public-im-partner/);
});

t.test('nobody to ask', async (t) => {
  const without = (line: string) => siteWith('', { [line]: '' });
  const sip = plannedFor(
    'federation-sip-tcp-5061-out',
    'dmz',
    without('  sip: { address: 198.51.100.1, as: [sip-partner] }\n'),
  );
  skipped(
    t,
    sip,
    'no-endpoint',
    /no host under "far" with "as: \[sip-partner\]"; add one, or list the role under "absent"/,
  );
  const webconf = {
    '    webconf-edge: { address: 10.45.16.20, publicAddress: 131.107.155.20, fqdn: webcon.contoso.com }\n': '',
    '    webconf-edge: { address: 10.45.16.21, publicAddress: 131.107.155.21, fqdn: webcon.contoso.com }\n': '',
  };
  skipped(
    t,
    plannedFor('external-psom-tcp-443-in', 'outside', siteWith('', webconf)),
    'no-endpoint',
    /no server with the role webconf-edge/,
  );
  const inside = siteWith('', {
    '  fe1: { front-end: { address: 10.1.0.20, fqdn: fe1.contoso.internal } }\n': '',
    '  dir1: { director: { address: 10.1.0.30 } }\n': '',
  });
  skipped(
    t,
    plannedFor('internal-sip-tcp-5061-out', 'dmz', inside),
    'no-endpoint',
    /no server with the role front-end or director/,
  );
  const odd = row('external-psom-tcp-443-out', { from: 'webconf-edge' }) as Rule;
  skipped(
    t,
    plannedFor(odd.id, 'dmz', siteWith(), { rules: [odd] }),
    'no-endpoint',
    /nobody in a site file answers PSOM for "any"/,
  );
  const toClient = row('external-sip-tcp-443-out', { to: 'client' }) as Rule;
  skipped(
    t,
    plannedFor(toClient.id, 'dmz', siteWith(), { rules: [toClient] }),
    'no-endpoint',
    /nobody in a site file answers SIP for "client"/,
  );
});

t.test('ranges are swept only where their owner agrees', async (t) => {
  const id = 'external-rtp-tcp-50000-59999-out';
  const av = '  av: { address: 198.51.100.3, as: [av-partner], sweep: true }\n';
  const far = (as: string) => siteWith('', { [av]: `  av: { address: 198.51.100.3, ${as} }\n` });
  skipped(
    t,
    plannedFor(id, 'dmz', far('as: [av-partner]')),
    'no-endpoint',
    /av is not ours to sweep: set "responder: true" or "sweep: true"/,
  );
  t.equal(plannedFor(id, 'dmz', far('as: [av-partner], sweep: true')).skip, null);
  t.equal(plannedFor(id, 'dmz', far('as: [av-partner], responder: true')).skip, null);
  t.equal(plannedFor(id, 'dmz', far('responder: true')).skip, null, 'a responder plays all parts');
  t.equal(plannedFor('external-stun-udp-3478-out', 'dmz', far('as: [av-partner]')).skip, null, 'one port is no sweep');
  const two = siteWith('', { [av]: `${av}  av2: { address: 198.51.100.8, as: [av-partner] }\n` });
  t.strictSame(
    plannedFor(id, 'dmz', two).asks.map(({ target }) => target.name),
    ['av'],
    'only those that agree',
  );
  const ours = siteWith('', {
    'publicAddress: 131.107.155.30 }': 'publicAddress: 131.107.155.30, sweep: false }',
    'publicAddress: 131.107.155.31 }': 'publicAddress: 131.107.155.31, sweep: false }',
  });
  skipped(
    t,
    plannedFor('external-rtp-tcp-50000-59999-in', 'outside', ours),
    'no-endpoint',
    /edge1 or edge2 has "sweep: false"/,
  );
});

t.test('a row that leaves the Edge needs an address of its role', async (t) => {
  const nowhere = { owned: new Set(['192.0.2.9']) };
  const id = 'federation-sip-tcp-5061-out';
  skipped(
    t,
    plannedFor(id, 'dmz', siteWith(), nowhere),
    'no-source-address',
    /owns no address of access-edge: run this on edge1 or edge2, or give vantages\.dmz\.bind\.access-edge/,
  );
  const bound = siteWith('vantages: { dmz: { bind: { access-edge: 10.45.16.99 } } }\n');
  t.strictSame(
    plannedFor(id, 'dmz', bound, nowhere).asks.map(({ source }) => source),
    ['10.45.16.99'],
  );
  skipped(t, plannedFor('external-stun-tcp-443-out', 'dmz', bound, nowhere), 'no-source-address', /av-edge/);
  const nobody = { ...siteWith(), servers: [] };
  skipped(
    t,
    plannedFor(id, 'dmz', nobody, nowhere),
    'no-source-address',
    /the site file has no server with the role access-edge/,
  );
});
