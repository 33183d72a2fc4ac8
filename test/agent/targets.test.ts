import t from 'tap';
import { targetRoles, targetsOf } from '../../agent/targets.ts';
import { vantageOf } from '../../agent/vantage.ts';
import { row } from './fixtures.ts';
import { siteWith } from './two-nodes.ts';

t.test('the roles that a row may be asked of', async (t) => {
  const cases: [string, string, string, string][] = [
    ['SIP', 'access-edge', 'any', 'sip-partner'],
    ['XMPP', 'access-edge', 'any', 'xmpp-partner'],
    ['RTP', 'av-edge', 'any', 'av-partner'],
    ['STUN/MSTURN', 'av-edge', 'any', 'av-partner'],
    ['DNS', 'access-edge', 'any', 'dns-server'],
    ['HTTP', 'access-edge', 'any', 'crl-server'],
    ['SIP', 'edge-internal', 'any', 'front-end director'],
    ['SIP', 'access-edge', 'public-im-partner', 'public-im-partner'],
    ['RTP', 'av-edge', 'live-messenger-client', 'live-messenger-client'],
    ['SIP', 'any', 'access-edge', 'access-edge'],
    ['STUN/MSTURN', 'live-messenger-client', 'av-edge', 'av-edge'],
    ['TCP', 'edge-internal', 'front-end', 'front-end'],
    ['TCP', 'any', 'director', 'director'],
    ['PSOM', 'webconf-edge', 'any', ''],
    ['TCP', 'access-edge', 'any', ''],
    ['SIP', 'access-edge', 'client', ''],
  ];
  for (const [protocol, from, to, wanted] of cases) {
    const { ours, far } = targetRoles({ protocol, from, to } as Parameters<typeof targetRoles>[0]);
    t.equal([...ours, ...far].join(' '), wanted, `${protocol} ${from} → ${to}`);
  }
});

t.test('from where a row is asked', async (t) => {
  const cases: [string, string, string, string][] = [
    ['external', 'any', 'access-edge', 'outside'],
    ['external', 'access-edge', 'any', 'dmz'],
    ['federation', 'access-edge', 'any', 'dmz'],
    ['public-im', 'client', 'access-edge', 'outside'],
    ['public-im', 'public-im-partner', 'access-edge', 'outside'],
    ['public-im', 'live-messenger-client', 'av-edge', 'outside'],
    ['xmpp', 'any', 'access-edge', 'outside'],
    ['xmpp', 'any', 'edge-internal', 'inside'],
    ['internal', 'any', 'edge-internal', 'inside'],
    ['internal', 'edge-internal', 'any', 'dmz'],
  ];
  for (const [table, from, to, wanted] of cases) {
    t.equal(vantageOf({ table, from, to } as Parameters<typeof vantageOf>[0]), wanted, `${table} ${from} → ${to}`);
  }
});

t.test('ports where the site deviates', async (t) => {
  const site = siteWith('', {
    'publicAddress: 131.107.155.30 }':
      'publicAddress: 131.107.155.30, ports: { "443": 20443, "50000-59999": "21000-21063" } }',
  });
  const ports = (from: number, to: number) =>
    targetsOf(row('external-stun-tcp-443-in'), { from, to }, site, 'outside').map((target) => target.ports);
  t.strictSame(ports(443, 443), [
    { from: 20443, to: 20443 },
    { from: 443, to: 443 },
  ]);
  t.strictSame(ports(50000, 59999)[0], { from: 21000, to: 21063 });
  t.strictSame(ports(3478, 3478)[0], { from: 3478, to: 3478 }, 'only what the override names');
  t.strictSame(ports(50000, 50999)[0], { from: 50000, to: 50999 }, 'a part of a range is another range');
});

t.test('what is known of a target', async (t) => {
  const [edge] = targetsOf(row('external-sip-tcp-443-in'), { from: 443, to: 443 }, siteWith(), 'outside');
  t.match(edge, {
    role: 'access-edge',
    name: 'edge1',
    address: '131.107.155.10',
    ours: true,
    responder: false,
    sweep: true,
    fqdn: 'sip.contoso.com',
    sipDomain: 'contoso.com',
    xmppDomain: 'contoso.com',
  });
  const [far] = targetsOf(row('external-xmpp-tcp-5269-out'), { from: 5269, to: 5269 }, siteWith(), 'dmz');
  t.match(far, {
    role: 'xmpp-partner',
    name: 'xmpp',
    ours: false,
    sweep: false,
    fqdn: null,
    xmppDomain: 'litware.com',
  });
});
