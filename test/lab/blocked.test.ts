import t, { type Test } from 'tap';
import type { Report } from '../../agent/report.ts';
import { needing } from '../require.ts';
import { check, writeSite } from './check-run.ts';
import { holdPortsProgram } from './hold-ports.ts';
import { type Lab, labNeeds, startLab } from './lab.ts';
import { startResponder } from './responders.ts';
import { entering, trouble } from './trouble.ts';

t.setTimeout(900_000);

/** Ports of the internal interface, which nobody outside may reach at the external addresses. */
const internalPorts = ['4443', '5062', '8057', '23456'];
const expect = [{ to: 'access-edge', ports: internalPorts.join(','), vantage: 'outside', expect: 'blocked' }];
const access = '131.107.155.10';
const sip = 'external-sip-tcp-443-in';

/** Verdict and reason of the rules that must be blocked, by port, with their sentences. */
const blockedOf = (report: Report | null): Map<string, { told: string; explain: string }> =>
  new Map(
    (report?.rules ?? [])
      .filter((rule) => rule.expect === 'blocked')
      .map(({ ports, verdict, because, explain }) => [ports, { told: `${verdict} ${because}`, explain }]),
  );

const isOne = (t: Test, report: Report | null, port: string, wanted: string): void => {
  const { told = 'not asked', explain = '' } = blockedOf(report).get(port) ?? {};
  t.equal(told, wanted, `${port}: ${explain}`);
};

const ask = (lab: Lab, site: string) =>
  check(lab, 'outside', site, ['--rule', sip, '--rule', 'site/*', '--format', 'json']);

const areAll = (t: Test, report: Report | null, wanted: string): void => {
  const blocked = blockedOf(report);
  t.strictSame([...blocked.keys()].sort(), [...internalPorts].sort());
  for (const { told, explain } of blocked.values()) t.equal(told, wanted, explain);
};

t.test('internal ports at the external addresses', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const site = writeSite(lab, lab.site({ timeouts: { check: '2s' }, expect }));

  await t.test('blocked, and the host is seen to live: pass', async (t) => {
    const { report, code } = await ask(lab, site);
    areAll(t, report, 'pass filtered');
    t.match(blockedOf(report).get('4443')?.explain, /tcp\/443 there answers.*edge1 is up, and this port is silent/);
    t.equal(code, 0);
  });

  await t.test('with the far end dead the same is unknown', async (t) => {
    await trouble(lab, 'dmz', entering(`ip daddr ${access} drop`));
    const { report, code } = await ask(lab, site);
    areAll(t, report, 'unknown silent');
    t.equal(code, 1, 'the row that must be open fails');
    await trouble(lab, 'dmz', '');
  });

  await t.test('a rule left from testing: reported, whether anything listens or not', async (t) => {
    lab.allow([`iifname "outside" ip daddr ${access} tcp dport { 4443, 5062 }`]);
    lab.spawn('dmz', [process.execPath, holdPortsProgram, access, '4443']);
    await lab.run('dmz', ['sh', '-c', `until ss -Hltn | grep -q "${access}:4443 "; do sleep 0.1; done`]);
    const { report, code } = await ask(lab, site);
    isOne(t, report, '4443', 'fail exposed');
    isOne(t, report, '5062', 'fail path-open');
    isOne(t, report, '8057', 'pass filtered');
    t.equal(code, 1);
    lab.restore();
  });

  await t.test('any to any: what is reset is not known to be blocked', async (t) => {
    lab.allow([`iifname "outside" ip daddr ${access}`]);
    const { report } = await ask(lab, site);
    isOne(t, report, '4443', 'fail exposed');
    isOne(t, report, '5062', 'unknown closed');
    lab.restore();
  });
});

/** Ports of the internal interface, as --strict asks them on the external addresses. */
const shut = ['https-tcp-4443', 'sip-tcp-5062', 'psom-tcp-8057', 'xmpp-tcp-23456'];
const strictRule = (name: string): string => `strict/external-${name}-in`;
const wide = 'strict/external-tcp-tcp-1-65535-in';

t.test('--strict asks what no row opens', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const site = writeSite(lab, lab.site({ timeouts: { check: '2s' } }));
  const rules = [sip, wide, ...shut.map(strictRule)].flatMap((one) => ['--rule', one]);
  const askStrict = () => check(lab, 'outside', site, ['--strict', ...rules, '--format', 'json']);
  const strictOf = (report: Report | null, name: string) =>
    report?.rules.find(({ pack, rule }) => `${pack}/${rule}` === name);

  await t.test('a rule of any to any on the outer firewall, and an internal port behind it', async (t) => {
    lab.allow([`iifname "outside" ip daddr ${access}`]);
    lab.spawn('dmz', [process.execPath, holdPortsProgram, access, '4443', '135', '445', '3389']);
    await lab.run('dmz', ['sh', '-c', `until ss -Hltn | grep -q "${access}:3389 "; do sleep 0.1; done`]);
    const { report, code } = await askStrict();
    const port = strictOf(report, strictRule('https-tcp-4443'));
    t.match(port, { verdict: 'fail', because: 'exposed' });
    t.match(port?.explain, /tcp\/4443 on edge1 can be reached from here/);
    const all = strictOf(report, wide);
    t.match(all, { verdict: 'fail', because: 'exposed' });
    t.match(all?.explain, /\b135\b.*\b445\b.*\b3389\b/);
    t.match(all?.findings, [{ code: 'any-any-rule' }]);
    t.equal(code, 1);
    lab.restore();
  });

  await t.test('with the far end dead it is unknown', async (t) => {
    await trouble(lab, 'dmz', entering('ip daddr 131.107.155.0/24 drop'));
    const { report } = await askStrict();
    for (const name of [...shut.map(strictRule), wide]) {
      const { verdict, because, explain } = strictOf(report, name) ?? {};
      t.equal(`${verdict} ${because}`, 'unknown silent', explain ?? name);
    }
    await trouble(lab, 'dmz', '');
  });
});

t.test('before the Edge exists: a responder shows that the host lives', needing(...labNeeds), async (t) => {
  const lab = await startLab({ servers: 'controls' });
  t.teardown(() => lab.close());
  const ports = { '50000-59999': '50000-50019' };
  const text = lab.site({ timeouts: { check: '2s' }, responders: true, expect });
  const site = writeSite(lab, text.replace(/^( +)av-edge:\n/m, `$&$1  ports: ${JSON.stringify(ports)}\n`));
  await startResponder(lab, 'far', site);
  const dead = await ask(lab, site);
  areAll(t, dead.report, 'unknown silent');
  await startResponder(lab, 'edge', site);
  const alive = await ask(lab, site);
  areAll(t, alive.report, 'pass filtered');
});
