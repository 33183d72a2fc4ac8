import t from 'tap';
import { needing } from '../require.ts';
import { acceptor, buildPairNet, ruleOf, toldOf } from './pair-net.ts';

const edge = ['131.107.155.10', '131.107.155.20', '131.107.155.30'] as const;

const site = `site: contoso
packs: [lync2013-edge-public]
features: [remote-users, web-conferencing, av]
servers:
  edge1:
    access-edge:  { address: ${edge[0]}, fqdn: sip.contoso.com, sipDomain: contoso.com }
    webconf-edge: { address: ${edge[1]}, fqdn: webcon.contoso.com }
    av-edge:      { address: ${edge[2]} }
timeouts: { check: 1s }
sweep: { rate: 0 }
`;

/** What the firewall of the Edge lets through beside the row that serves as positive control, and how it says no. */
const firewall = (allowed: string, otherwise = 'drop') => `
table inet strict {
  counter asked { }
  chain guard {
    type filter hook input priority 0;
    ct state established accept
    tcp flags & (syn | ack) == syn counter name asked
    tcp dport 443 accept
    ${allowed}
    meta l4proto { tcp, udp } ${otherwise}
  }
}
`;

const internalPorts = ['https-tcp-4443', 'sip-tcp-5062', 'psom-tcp-8057', 'xmpp-tcp-23456', 'mtls-tcp-50001'];
const internal = internalPorts.map((name) => `strict/external-${name}-in`);
const outside = 'strict/external-tcp-tcp-1-65535-in';
const media = 'strict/external-rtp-tcp-50000-59999-in';

t.test('what must be shut, asked from outside', { ...needing('root', 'ip', 'nft'), timeout: 900_000 }, async (t) => {
  const net = buildPairNet({ near: ['131.107.155.1'], far: edge });
  t.teardown(net.remove);
  const file = net.write('site.yaml', site);
  const check = () => net.check('near', '--config', file, '--vantage', 'outside', '--strict');
  // The only things that answer: 443 of Access and Web Conferencing. What listens besides is what should not.
  const listening = edge.flatMap((address) => [443, 4443, 3389, 50_002].map((port) => `${address}:${port}`));
  await net.start('far', acceptor(...listening));

  await t.test('everything else is shut', async (t) => {
    net.firewall('far', firewall(''));
    const report = await check();
    for (const id of [...internal, outside, media]) t.equal(toldOf(report, id), 'pass filtered', id);
    t.match(ruleOf(report, outside).explain, /tcp\/443 there opens|tcp\/443 there answers/, 'the positive control');
    t.match(ruleOf(report, outside).explain, /who drops them is not proven/);
    t.ok(net.counted('far', 'asked') < 2500, `${net.counted('far', 'asked')} connections were asked for in all`);
  });

  await t.test('an internal port on an external address is reported, with its address', async (t) => {
    net.firewall('far', firewall(`ip daddr ${edge[0]} tcp dport 4443 accept`));
    const report = await check();
    t.equal(toldOf(report, 'strict/external-https-tcp-4443-in'), 'fail exposed');
    t.match(ruleOf(report, 'strict/external-https-tcp-4443-in').explain, /tcp\/4443 on edge1 can be reached from here/);
    t.same(
      ruleOf(report, 'strict/external-https-tcp-4443-in').checks.map(({ verdict }) => verdict),
      ['fail', 'pass', 'pass'],
    );
    for (const id of [...internal.slice(1), outside, media]) t.equal(toldOf(report, id), 'pass filtered', id);
  });

  await t.test('the logging agent in an open media range', async (t) => {
    net.firewall('far', firewall(`tcp dport 50000-59999 accept`));
    const report = await check();
    t.equal(toldOf(report, 'strict/external-mtls-tcp-50002-in'), 'fail exposed');
    t.equal(toldOf(report, 'strict/external-mtls-tcp-50001-in'), 'fail path-open', 'reset, but not by the firewall');
    t.equal(ruleOf(report, media).verdict, 'fail');
    t.equal(toldOf(report, outside), 'pass filtered');
  });

  await t.test('an any-any rule left from testing', async (t) => {
    net.firewall('far', firewall(`ip daddr ${edge[2]} tcp dport != 49151 accept`));
    const report = await check();
    const { checks, findings, verdict } = ruleOf(report, outside);
    t.equal(verdict, 'fail');
    t.same(
      checks.map((one) => `${one.target.role} ${one.verdict} ${one.because}`),
      ['access-edge pass filtered', 'webconf-edge pass filtered', 'av-edge fail exposed'],
    );
    t.same(
      findings.map(({ code }) => code),
      ['any-any-rule'],
    );
    t.match(checks[2]?.explain, /tcp\/3389/);
  });

  await t.test('a firewall that resets cannot be told from a host that does: unknown', async (t) => {
    net.firewall('far', firewall('', 'reject with tcp reset').replace('{ tcp, udp }', 'tcp'));
    const report = await check();
    t.same([...new Set([...internal, outside, media].map((id) => toldOf(report, id)))], ['unknown closed']);
  });

  await t.test('one that refuses by ICMP, once a second, is not taken for an open way', async (t) => {
    net.firewall('far', firewall('', 'reject with icmpx type port-unreachable'));
    const patient = net.write('patient.yaml', site.replace('check: 1s', 'check: 4s'));
    const report = await net.check('near', '--config', patient, '--vantage', 'outside', '--strict');
    t.same(
      report.controls.filter(({ kind }) => kind === 'port').map(({ outcome }) => outcome),
      ['closed', 'closed', 'closed'],
    );
    for (const id of [...internal, outside, media]) t.not(ruleOf(report, id).verdict, 'fail', id);
  });

  await t.test('a dead far end proves nothing', async (t) => {
    net.firewall('far', 'table inet strict {\n chain guard {\n type filter hook input priority 0; policy drop;\n }\n}');
    const report = await check();
    for (const id of [...internal, outside, media]) t.equal(toldOf(report, id), 'unknown silent', id);
    t.match(ruleOf(report, outside).explain, /nothing shows that edge1 is up/);
  });
});
