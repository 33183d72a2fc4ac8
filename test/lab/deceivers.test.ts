import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import type { Report, ReportRule } from '../../agent/report.ts';
import { needing } from '../require.ts';
import { check, command, narrowed, writeSite } from './check-run.ts';
import { holdPortsProgram } from './hold-ports.ts';
import { type Lab, labNeeds, startLab } from './lab.ts';
import { startResponder } from './responders.ts';
import { forwarding, trouble } from './trouble.ts';

t.setTimeout(900_000);

const [sip, mutual, psom] = ['external-sip-tcp-443-in', 'external-sip-tcp-5061-in', 'external-psom-tcp-443-in'];
const [udp, tcp, xmpp] = ['external-stun-udp-3478-in', 'external-stun-tcp-443-in', 'external-xmpp-tcp-5269-in'];
const [tcpRange, udpRange] = ['external-rtp-tcp-50000-59999-in', 'external-rtp-udp-50000-59999-in'];

const ruleOf = (report: Report | null, id: string): ReportRule => {
  const found = report?.rules.find(({ rule }) => rule === id);
  if (found === undefined) throw new Error(`no rule ${id} in the report`);
  return found;
};

/** The verdict of a rule with its reason, and its sentence. */
const isSo = (t: Test, report: Report | null, id: string, wanted: string, sentence?: RegExp): void => {
  const { verdict, because, explain } = ruleOf(report, id);
  t.equal(`${verdict} ${because}`, wanted, `${id}: ${explain}`);
  if (sentence !== undefined) t.match(explain, sentence);
};

const findingsOf = (report: Report | null, id: string): Record<string, string> =>
  Object.fromEntries(ruleOf(report, id).findings.map(({ code, message }) => [code, message]));

/** All TCP that comes from outside is accepted by the firewall itself, whoever it is for. */
const acceptAll = async (lab: Lab): Promise<void> => {
  const taking = 'iifname "outside" ip daddr 131.107.155.0/24 meta l4proto tcp redirect to :9';
  await trouble(lab, 'fwext', `chain n { type nat hook prerouting priority dstnat - 10; ${taking}; }`);
  lab.spawn('fwext', [process.execPath, holdPortsProgram, '0.0.0.0', '9']);
  await lab.run('fwext', ['sh', '-c', 'until ss -Hltn | grep -q ":9 "; do sleep 0.1; done']);
};

t.test('what deceives, told from outside by one command', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const text = narrowed(lab.site({ timeouts: { check: '2s' } }));
  const site = writeSite(lab, text);
  const outside = (file = site) => check(lab, 'outside', file);

  await t.test('a firewall that resets: no reset is taken for an open path', async (t) => {
    lab.policy('reset');
    lab.remove([mutual, udp, tcpRange, udpRange].flatMap((id) => lab.sameFlow(id)));
    const { report, code } = await outside();
    isSo(t, report, mutual, 'fail refused', /either nobody listens on tcp\/5061, or a firewall rejects/);
    isSo(t, report, udp, 'fail refused', /ICMP port unreachable/);
    t.match(findingsOf(report, udp), { 'udp-blocked-tcp-works': /udp\/3478 is closed, and tcp\/443/ });
    isSo(t, report, tcpRange, 'unknown idle-or-reset', /the resets may come from the host or from a firewall/);
    isSo(t, report, udpRange, 'unknown idle-or-reset');
    isSo(t, report, sip, 'pass answered');
    t.equal(code, 1);
    lab.restore();
  });

  await t.test('a host that is silent on idle ports: silence there is no evidence', async (t) => {
    lab.stealth(true);
    const { report, code } = await outside();
    isSo(t, report, tcpRange, 'unknown idle-or-filtered', /silence where nobody lives is not evidence/);
    isSo(t, report, udpRange, 'unknown idle-or-filtered');
    isSo(t, report, udp, 'pass answered');
    t.equal(code, 3);
    lab.stealth(false);
  });

  await t.test('answers over UDP that are lost: the row fails, TCP shows that the server lives', async (t) => {
    await trouble(lab, 'fwext', forwarding('ip saddr 131.107.155.30 udp sport 3478 drop'));
    const { report, code } = await outside();
    isSo(t, report, udp, 'fail filtered', /tcp\/443 there answers: edge1 is up/);
    t.match(findingsOf(report, udp), { 'udp-blocked-tcp-works': /udp\/3478 is filtered/ });
    t.equal(code, 1);
    await trouble(lab, 'fwext', '');
  });

  await t.test('Access and A/V swapped', async (t) => {
    type Roles = Record<string, { address: string }>;
    const swapped = parse(text) as { servers: { edge1: Roles } };
    const { 'access-edge': access, 'av-edge': av } = swapped.servers.edge1;
    if (access === undefined || av === undefined) throw new Error('no such roles');
    [access.address, av.address] = [av.address, access.address];
    const { report, code } = await outside(writeSite(lab, stringify(swapped), 'swapped.yaml'));
    isSo(t, report, tcp, 'fail wrong-service', /a TLS server answered/);
    t.match(findingsOf(report, tcp), {
      'wrong-service':
        /access-edge edge1 131\.107\.155\.30:443 opens and speaks no TLS: the two addresses look swapped$/,
    });
    isSo(t, report, psom, 'pass answered');
    t.equal(code, 1);
  });

  await t.test('a SYN proxy: every port opens, and no row of TCP passes', async (t) => {
    await acceptAll(lab);
    const { report, code } = await outside();
    for (const id of [sip, mutual, psom])
      isSo(t, report, id, 'fail tls-swallowed', /something answers TCP for the host/);
    for (const id of [xmpp, tcp]) isSo(t, report, id, 'unknown service-mute', /something answers TCP for the host/);
    isSo(t, report, tcpRange, 'unknown everything-open', /open ports prove nothing/);
    for (const id of [sip, tcp, tcpRange]) t.match(findingsOf(report, id), { 'everything-open': /opens as well/ });
    isSo(t, report, udp, 'pass answered');
    t.equal(code, 1);
  });
});

t.test('the same where responders stand: the proof is missing', needing(...labNeeds), async (t) => {
  const lab = await startLab({ servers: 'controls' });
  t.teardown(() => lab.close());
  const site = writeSite(lab, narrowed(lab.site({ timeouts: { check: '2s' }, responders: true })));
  await Promise.all([startResponder(lab, 'edge', site), startResponder(lab, 'far', site)]);
  const json = [
    '--format',
    'json',
    '--rule',
    sip,
    '--rule',
    xmpp,
    '--rule',
    tcp,
    '--rule',
    tcpRange,
    '--rule',
    udpRange,
  ];

  await t.test('a SYN proxy: intercepted', async (t) => {
    await acceptAll(lab);
    const { report, code } = await check(lab, 'outside', site, json);
    for (const id of [xmpp, tcp, tcpRange]) isSo(t, report, id, 'fail intercepted', /something on the way took/);
    isSo(t, report, sip, 'fail tls-swallowed');
    isSo(t, report, udpRange, 'pass answered');
    t.equal(code, 1);
    await trouble(lab, 'fwext', '');
  });

  await t.test('a firewall that resets: the range fails', async (t) => {
    lab.policy('reset');
    lab.remove(lab.sameFlow(tcpRange));
    const { report } = await check(lab, 'outside', site, json);
    isSo(t, report, tcpRange, 'fail refused');
    isSo(t, report, sip, 'pass answered');
    lab.restore();
  });
});

t.test('one service behind the address of another: the translation is named', needing(...labNeeds), async (t) => {
  const lab = await startLab({ pack: 'lync2013-edge-nat' });
  t.teardown(() => lab.close());
  const [edge] = lab.nodes;
  if (edge?.published == null) throw new Error('no Edge behind a translation');
  const out = 'external-stun-udp-3478-out';
  const site = writeSite(lab, lab.site({ timeouts: { check: '2s' } }));
  const ask = async () => (await check(lab, 'dmz', site, ['--rule', out, '--format', 'json'])).report;
  const right = await ask();
  isSo(t, right, out, 'pass answered');
  t.notOk('nat-mapping-mismatch' in findingsOf(right, out));
  lab.translate({ from: edge['av-edge'], to: edge.published['access-edge'] });
  const wrong = await ask();
  isSo(t, wrong, out, 'pass answered');
  t.match(findingsOf(wrong, out), {
    'nat-mapping-mismatch': /av-edge leaves as 131\.107\.155\.10, and the site file says 131\.107\.155\.30/,
  });

  const codesOf = (report: Report | null, id: string): string[] =>
    Object.keys(findingsOf(report, id)).filter((code) => code === 'hairpin-missing');

  await t.test('the way back to its own published address', async (t) => {
    const own = edge.published?.['av-edge'] ?? '';
    const probe = async () => {
      const argv = [...command, 'probe', 'stun', own, '--source', edge['av-edge'], '--format', 'json'];
      const { stdout } = await lab.run('dmz', argv);
      return JSON.parse(stdout) as { outcome: string; facts: Record<string, unknown> };
    };
    t.match(await probe(), { outcome: 'answered', facts: { mappedAddress: edge.published?.['access-edge'] } });
    lab.translate(null);
    t.match(await probe(), { outcome: 'answered', facts: { mappedAddress: own } });
    lab.hairpin(false);
    t.equal((await probe()).outcome, 'filtered');
  });

  await t.test('and what one command says of it', async (t) => {
    const [udpOut, tcpOut] = [out, 'external-stun-tcp-443-out'];
    const media = async () => {
      const { report, code } = await check(lab, 'dmz', site, ['--rule', 'external-stun-*', '--format', 'json']);
      for (const id of [udpOut, tcpOut]) isSo(t, report, id, 'pass answered');
      t.equal(code, 0, 'it is a warning');
      return report;
    };
    const [own, address] = [edge.published?.['av-edge'] ?? '', edge['av-edge']];
    const shut = await media();
    for (const [id, port] of [
      [udpOut, 3478],
      [tcpOut, 443],
    ] as const) {
      const { findings } = ruleOf(shut, id);
      const found = findings.find(({ code }) => code === 'hairpin-missing');
      t.match(found, { severity: 'warning', target: `edge1 ${own}:${port}` });
      t.ok(
        found?.message.includes(`${address}:${port} answers ${address} the same question in `),
        found?.message ?? 'nothing found',
      );
      t.match(
        found?.message,
        new RegExp(` ${address}:\\d+.* to ${own}:${port} is filtered \\(\\d{4}-.*Z to .*Z\\), and `),
      );
    }

    lab.hairpin(true);
    const open = await media();
    for (const id of [udpOut, tcpOut]) t.strictSame(codesOf(open, id), [], id);

    lab.hairpin(false);
    for (const port of ['udp/3478', 'tcp/443']) await lab.stopServer(`${edge.name} av-edge ${port}`);
    const { report } = await check(lab, 'dmz', site, ['--rule', 'external-stun-*', '--format', 'json']);
    for (const id of [udpOut, tcpOut])
      t.strictSame(codesOf(report, id), [], 'the A/V Edge is down: nothing is claimed');
    const direct = (report?.alongside ?? []).filter(({ target }) => target.address === address);
    t.ok(direct.length > 0 && direct.every(({ outcome }) => outcome === 'closed'), 'it is down');
  });
});
