import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import type { Report } from '../../agent/report.ts';
import { needing } from '../require.ts';
import { check, narrowed, writeSite } from './check-run.ts';
import { type Lab, labNeeds, startLab } from './lab.ts';
import { trouble } from './trouble.ts';

t.setTimeout(900_000);

const json = (...rules: string[]): string[] => [...rules.flatMap((rule) => ['--rule', rule]), '--format', 'json'];

/** The codes of a report: `rule code` of rules, `code` of the run. */
const codesOf = (report: Report | null): string[] => [
  ...(report?.findings ?? []).map(({ code }) => code),
  ...(report?.rules ?? []).flatMap(({ rule, findings }) => findings.map(({ code }) => `${rule} ${code}`)),
];

const has = (t: Test, report: Report | null, ...wanted: string[]): void => {
  const codes = codesOf(report);
  for (const one of wanted) t.ok(codes.includes(one), `${one} among ${codes.join(', ')}`);
};

type Roles = Record<string, Record<string, unknown>>;

/** The lab's site file with something of edge1's roles replaced. */
const siteWith = (lab: Lab, change: (roles: Roles) => void, wishes: Parameters<Lab['site']>[0] = {}): string => {
  const site = parse(lab.site({ timeouts: { check: '2s' }, ...wishes })) as { servers: Record<string, Roles> };
  const roles = site.servers['edge1'];
  if (roles !== undefined) change(roles);
  return stringify(site);
};

/** Two roles with their addresses swapped, as somebody who wires an Edge may do it. */
const swapped =
  (one: string, other: string) =>
  (roles: Roles): void => {
    const [a, b] = [roles[one]?.['address'], roles[other]?.['address']];
    roles[one] = { ...roles[one], address: b };
    roles[other] = { ...roles[other], address: a };
  };

const onEdge = (lab: Lab, chains: string): Promise<void> => trouble(lab, 'dmz', chains);

t.test('seen from outside', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const [sip, mutual, psom] = ['external-sip-tcp-443-in', 'external-sip-tcp-5061-in', 'external-psom-tcp-443-in'];
  const [xmpp, media, udp] = ['external-xmpp-tcp-5269-in', 'external-stun-tcp-443-in', 'external-stun-udp-3478-in'];
  const range = 'external-rtp-tcp-50000-59999-in';
  const plain = writeSite(lab, lab.site({ timeouts: { check: '2s' } }));

  await t.test('Access and web conferencing swapped: each shows the certificate of the other', async (t) => {
    const file = writeSite(lab, siteWith(lab, swapped('access-edge', 'webconf-edge')), 'swapped.yaml');
    const { report, code } = await check(lab, 'outside', file, json(sip, psom));
    has(t, report, `${sip} wrong-service`, `${sip} certificate-name-mismatch`, `${psom} wrong-service`);
    t.equal(code, 1);
    const told = report?.rules.flatMap(({ findings }) => findings).find(({ code }) => code === 'wrong-service');
    t.match(told?.message, /the addresses of .* and .* look swapped$/);
  });

  await t.test('the same with one certificate for both: SIP is answered at the wrong address', async (t) => {
    const both = (roles: Roles): void => {
      swapped('access-edge', 'webconf-edge')(roles);
      Object.assign(roles['access-edge'] ?? {}, { fqdn: 'webcon.contoso.com' });
      Object.assign(roles['webconf-edge'] ?? {}, { fqdn: 'sip.contoso.com' });
    };
    const { report, code } = await check(
      lab,
      'outside',
      writeSite(lab, siteWith(lab, both), 'one.yaml'),
      json(sip, psom),
    );
    has(t, report, 'wrong-service');
    t.notOk(codesOf(report).includes(`${sip} certificate-name-mismatch`), 'the certificates do not tell');
    t.match(report?.findings[0]?.message, /answers SIP here, and Access does not at edge1 131\.107\.155\.20:443/);
    t.equal(code, 1);
  });

  await t.test('A/V and web conferencing swapped: a TLS server where STUN is asked', async (t) => {
    const file = writeSite(lab, siteWith(lab, swapped('av-edge', 'webconf-edge')), 'av-swapped.yaml');
    const { report } = await check(lab, 'outside', file, json(media));
    has(t, report, `${media} wrong-service`);
  });

  await t.test('udp-blocked-tcp-works', async (t) => {
    lab.remove(lab.sameFlow(udp));
    has(t, (await check(lab, 'outside', plain, json(udp, media))).report, `${udp} udp-blocked-tcp-works`);
    lab.restore();
  });

  await t.test('xmpp-host-unknown: prosody does not serve the domain', async (t) => {
    const other = siteWith(lab, (roles) => Object.assign(roles['access-edge'] ?? {}, { xmppDomain: 'fabrikam.com' }));
    const { report } = await check(lab, 'outside', writeSite(lab, other, 'domain.yaml'), json(xmpp));
    has(t, report, `${xmpp} xmpp-host-unknown`);
  });

  await t.test('large-packets-lost: what is longer than 600 bytes never leaves the Edge', async (t) => {
    const drop = 'ip saddr 131.107.155.10 meta length > 600 drop';
    await onEdge(lab, `chain out { type filter hook output priority 0; ${drop}; }`);
    const { report } = await check(lab, 'outside', plain, json(sip, mutual, xmpp));
    has(t, report, `${sip} large-packets-lost`, `${xmpp} large-packets-lost`);
    await onEdge(lab, '');
  });

  await t.test('everything-open: one listener takes every port', async (t) => {
    const oneForAll = 'ip daddr 131.107.155.30 tcp dport 50000-59999 dnat ip to 131.107.155.30:50003';
    await onEdge(lab, `chain in { type nat hook prerouting priority -100; ${oneForAll}; }`);
    const text = narrowed(lab.site({ timeouts: { check: '2s' }, sweep: { rate: 0, controlPort: 51_000 } }));
    const { report, code } = await check(lab, 'outside', writeSite(lab, text, 'open.yaml'), json(range));
    has(t, report, 'everything-open', `${range} everything-open`);
    t.equal(report?.rules[0]?.verdict, 'unknown');
    t.equal(code, 1, 'a finding of severity error');
    await onEdge(lab, '');
  });

  await t.test('source-shunned: a scan detector bars whoever sweeps', async (t) => {
    const set = 'set scanners { type ipv4_addr; flags timeout; }';
    const lines = 'ip saddr @scanners drop; tcp dport 50000-50099 add @scanners { ip saddr timeout 60s }';
    await onEdge(lab, `${set}\nchain in { type filter hook input priority 0; ${lines}; }`);
    const file = writeSite(lab, narrowed(lab.site({ timeouts: { check: '2s' } })), 'shunned.yaml');
    const { report } = await check(lab, 'outside', file, json(range, media));
    has(t, report, 'source-shunned');
    await onEdge(lab, '');
  });

  await t.test('range-partial: ten ports are dropped', async (t) => {
    await lab.range({ dropped: ['50010-50019'] });
    const file = writeSite(lab, narrowed(lab.site({ timeouts: { check: '2s' } })), 'partial.yaml');
    has(t, (await check(lab, 'outside', file, json(range))).report, `${range} range-partial`);
    lab.restore();
    await lab.range({});
  });

  await t.test('prober-blind: the control of this vantage is not there', async (t) => {
    lab.remove(lab.sameFlow(mutual));
    const control = { outside: { bind: { any: '203.0.113.50' }, control: ['tcp://203.0.113.99:53'] } };
    const file = writeSite(lab, lab.site({ timeouts: { check: '1s' }, vantages: control }), 'blind.yaml');
    has(t, (await check(lab, 'outside', file, json(mutual))).report, 'prober-blind', `${mutual} prober-blind`);
    lab.restore();
  });

  await t.test('source-not-in-role: asked by a client, where only the Front End may be let in', async (t) => {
    const row = 'internal-sip-tcp-5062-in';
    lab.remove(lab.sameFlow(row));
    const vantages = { inside: { bind: { any: '10.1.0.99' }, control: ['tcp://10.1.0.53:53'] } };
    const file = writeSite(lab, lab.site({ timeouts: { check: '1s' }, vantages }), 'client.yaml');
    has(t, (await check(lab, 'inside', file, json(row))).report, `${row} source-not-in-role`);
    lab.restore();
  });
});
