import t from 'tap';
import { needing } from '../require.ts';
import { check, writeSite } from './check-run.ts';
import { labNeeds, startLab } from './lab.ts';

t.setTimeout(900_000);

/** A server of another age, or with a wrong certificate, has answered: the path is open, and the finding says what is wrong. */
const variants = [
  { variant: 'good', findings: [], code: 0 },
  { variant: 'tls1', findings: ['legacy-tls'], code: 0 },
  { variant: 'weak', findings: ['legacy-tls'], code: 0 },
  { variant: 'expired', findings: ['certificate-expired'], code: 1 },
  { variant: 'wrong-name', findings: ['certificate-name-mismatch'], code: 1 },
] as const;

t.test(
  'a server of another age or with a wrong certificate passes, with a finding',
  needing(...labNeeds),
  async (t) => {
    const lab = await startLab();
    t.teardown(() => lab.close());
    const site = writeSite(lab, lab.site({ timeouts: { check: '4s' } }));
    const flags = ['--rule', 'external-sip-tcp-443-in', '--format', 'json'];
    for (const { variant, findings, code: expected } of variants) {
      await lab.variant('edge1 access-edge tcp/443', variant);
      const { report, code } = await check(lab, 'outside', site, flags);
      const [rule] = report?.rules ?? [];
      t.equal(rule?.verdict, 'pass', `${variant}: ${rule?.explain}`);
      t.equal(rule?.checks[0]?.outcome, 'answered');
      const codes = (rule?.findings ?? []).map(({ code }) => code);
      for (const finding of findings) t.ok(codes.includes(finding), `${variant}: ${finding} among ${codes.join(' ')}`);
      if (findings.length === 0) t.same(codes, [], `${variant}: no finding`);
      t.equal(code, expected, `${variant}: exit code`);
    }
  },
);

t.test('mutual TLS: a server that insists and gets no certificate has answered', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const flags = ['--rule', 'external-sip-tcp-5061-in', '--format', 'json'];
  const without = writeSite(lab, lab.site({ timeouts: { check: '4s' } }));
  const bare = (await check(lab, 'outside', without, flags)).report?.rules[0];
  t.equal(bare?.verdict, 'pass');
  t.same(
    bare?.findings.map(({ code }) => code),
    ['mtls-unfinished'],
  );
  const given = writeSite(lab, lab.site({ timeouts: { check: '4s' }, clientCertificate: true }), 'mtls.yaml');
  const mutual = (await check(lab, 'outside', given, flags)).report?.rules[0];
  t.equal(mutual?.verdict, 'pass');
  t.same(mutual?.findings, [], 'with a certificate of its CA the handshake is finished');
});

t.test('a service that is down, behind a firewall that lets it through', needing(...labNeeds), async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const site = writeSite(lab, lab.site({ timeouts: { check: '2s' } }));
  await lab.stopServer('edge1 access-edge tcp/443');
  const { report } = await check(lab, 'outside', site, ['--rule', 'external-sip-*', '--format', 'json']);
  const of = (id: string) => report?.rules.find(({ rule }) => rule === id);
  t.match(of('external-sip-tcp-443-in'), { verdict: 'fail', because: 'service-down', path: 'open' });
  t.match(of('external-sip-tcp-5061-in'), { verdict: 'pass' });
});
