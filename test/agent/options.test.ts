import t from 'tap';
import { optionsFor } from '../../agent/options.ts';
import { questionKey, questionOf } from '../../agent/question.ts';
import { plannedRule, planOf, siteWith } from './two-nodes.ts';

const optionsOf = (id: string, vantage: 'inside' | 'dmz' | 'outside', site = siteWith()) =>
  plannedRule(planOf({ vantage, site }), id).asks.map(({ options }) => options);

t.test('SIP: which name is sent, and which domain is asked for', async (t) => {
  const from = 'contoso.com';
  t.strictSame(optionsOf('external-sip-tcp-443-in', 'outside'), [
    { security: 'tls', from, to: 'contoso.com', servername: 'sip.contoso.com' },
    { security: 'tls', from, to: 'sip.contoso.com', servername: 'sip.contoso.com' },
  ]);
  t.strictSame(optionsOf('federation-sip-tcp-5061-out', 'dmz'), [{ security: 'mtls', from }], 'an address has no name');
  const named = siteWith('', { 'address: 198.51.100.1,': 'address: sip.litware.com,' });
  t.strictSame(optionsOf('federation-sip-tcp-5061-out', 'dmz', named), [
    { security: 'mtls', from, to: 'sip.litware.com', servername: 'sip.litware.com' },
  ]);
  t.strictSame(optionsOf('internal-sip-tcp-5061-out', 'dmz'), [
    { security: 'mtls', from, to: 'fe1.contoso.internal', servername: 'fe1.contoso.internal' },
    { security: 'mtls', from },
  ]);
  const nobody = siteWith('', { 'sipDomain: contoso.com, ': '' });
  t.match(optionsOf('external-sip-tcp-443-in', 'outside', nobody)[0], {
    from: 'edgeprobe.invalid',
    to: 'sip.contoso.com',
  });
});

t.test('TLS: which name is sent', async (t) => {
  t.match(optionsOf('external-psom-tcp-443-in', 'outside')[0], { security: 'tls' });
});

t.test('XMPP: who we say we are, and whom we ask for', async (t) => {
  const [edge1, edge2] = optionsOf('external-xmpp-tcp-5269-in', 'outside');
  t.match(edge1, { security: 'none', from: 'litware.com', to: 'contoso.com' }, 'towards the Edge: a partner of it');
  t.match(edge2, { to: 'sip.contoso.com' }, 'without a domain its name');
  t.match(
    optionsOf('xmpp-xmpp-tcp-5269-out', 'dmz'),
    [{ from: 'contoso.com', to: 'litware.com' }],
    'towards a partner: ourselves',
  );
  t.match(optionsOf('internal-xmpp-tcp-23456-in', 'inside')[0], {
    security: 'mtls',
    from: 'contoso.com',
    to: 'edge1.contoso.internal',
  });
  const nobody = siteWith('', {
    'xmppDomain: litware.com': 'fqdn: xmpp.litware.com',
    'sipDomain: contoso.com, xmppDomain: contoso.com': 'sipDomain: contoso.com',
  });
  t.match(
    optionsOf('external-xmpp-tcp-5269-in', 'outside', nobody)[0],
    { from: 'edgeprobe.invalid', to: 'contoso.com' },
    'no partner has a domain; the SIP domain stands in for the XMPP domain',
  );
});

t.test('sweeps: the seed and the limit; nothing for single ports', async (t) => {
  t.strictSame(optionsOf('external-rtp-tcp-50000-59999-in', 'outside')[0], { seed: 1 });
  const limited = siteWith('sweep: { seed: 7, concurrency: 50 }\n');
  t.strictSame(optionsOf('external-rtp-tcp-50000-59999-in', 'outside', limited)[0], { seed: 7, concurrency: 50 });
  t.strictSame(optionsOf('external-stun-tcp-443-in', 'outside', limited)[0], {});
});

t.test('a range of UDP ports: sixteen of them, all where our responder answers', async (t) => {
  const udp = 'external-rtp-udp-50000-59999-in';
  t.strictSame(optionsOf(udp, 'outside'), [
    { seed: 1, sample: 16 },
    { seed: 1, sample: 16 },
  ]);
  const responder = siteWith('', { 'address: 10.45.16.30,': 'responder: true, address: 10.45.16.30,' });
  t.strictSame(optionsOf(udp, 'outside', responder), [{ seed: 1 }, { seed: 1, sample: 16 }]);
});

t.test('equal questions have equal keys, whatever the order of their options', async (t) => {
  const keyOf = (id: string, change: object = {}, options: object = {}, transport: 'tcp' | 'udp' = 'tcp'): string => {
    const [ask] = plannedRule(planOf(), id).asks;
    if (ask?.address == null) throw new Error('no ask');
    const check = { ...ask, unresolved: null, ...change, options: { ...ask.options, ...options } };
    return questionKey(questionOf(check, check.address ?? '', transport, 8));
  };
  const key = keyOf('external-sip-tcp-443-in');
  t.equal(keyOf('public-im-sip-tcp-443-in'), key, 'the same question in another row');
  t.equal(
    keyOf('external-sip-tcp-443-in', {}, { from: 'a', to: 'b' }),
    keyOf('external-sip-tcp-443-in', {}, { to: 'b', from: 'a' }),
  );
  t.not(keyOf('external-sip-tcp-5061-in'), key, 'port');
  t.not(keyOf('external-sip-tcp-443-in', { address: '192.0.2.1' }), key, 'address');
  t.not(keyOf('external-sip-tcp-443-in', { source: '192.0.2.1' }), key, 'source');
  t.not(keyOf('external-sip-tcp-443-in', { probe: 'tcp' }), key, 'probe');
  t.not(keyOf('external-sip-tcp-443-in', {}, {}, 'udp'), key, 'transport');
  t.not(keyOf('external-sip-tcp-443-in', {}, { servername: 'x' }), key, 'options');
  const [ask] = plannedRule(planOf(), 'external-sip-tcp-443-in').asks;
  if (ask)
    t.strictSame(
      optionsFor('stun', { ...plannedRule(planOf(), 'external-stun-tcp-443-in').rule }, ask.target, siteWith()),
      {},
    );
});
