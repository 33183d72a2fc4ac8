import t from 'tap';
import type { Report } from '../../agent/report.ts';
import type { Fact } from '../../probes/observation.ts';
import { needing } from '../require.ts';
import { check, writeSite } from './check-run.ts';
import { labNeeds, startLab } from './lab.ts';

t.setTimeout(900_000);

/** A rule of a report, with the facts of its first check. */
const rule = (report: Report | null, id: string) => {
  const found = report?.rules.find((one) => one.rule === id);
  if (found === undefined) throw new Error(`no rule ${id} in the report`);
  const facts: { readonly [key: string]: Fact } = found.checks[0]?.facts ?? {};
  return { ...found, facts, codes: found.findings.map(({ code }) => code) };
};

const kamailio = { sipAnswered: true, status: 200, reason: 'OK', server: /^kamailio/ };

t.test(
  'SIP behind a firewall: kamailio answers, openssl is silent, and both rows pass',
  needing(...labNeeds),
  async (t) => {
    const lab = await startLab();
    t.teardown(() => lab.close());
    const flags = ['--format', 'json', '--rule', '*-sip-*'];
    const stranger = writeSite(lab, lab.site());
    const partner = writeSite(lab, lab.site({ clientCertificate: true }), 'partner.yaml');
    const [client, federation] = ['external-sip-tcp-443-in', 'external-sip-tcp-5061-in'];

    const first = (await check(lab, 'outside', stranger, flags)).report;
    t.match(rule(first, client), { verdict: 'pass', facts: { ...kamailio, tls: { authorized: true } }, codes: [] });
    t.match(rule(first, client).explain, /SIP 200 from kamailio \(\d/);
    t.match(rule(first, federation), { verdict: 'pass', facts: { sipAnswered: null }, codes: ['mtls-unfinished'] });

    const known = (await check(lab, 'outside', partner, flags)).report;
    t.match(rule(known, federation), { verdict: 'pass', facts: kamailio, codes: [] });
    const out = (await check(lab, 'dmz', partner, flags)).report;
    t.match(rule(out, 'external-sip-tcp-5061-out'), { verdict: 'pass', facts: kamailio, codes: [] });
    const within = (await check(lab, 'inside', partner, flags)).report;
    t.match(rule(within, 'internal-sip-tcp-5062-in'), {
      verdict: 'pass',
      facts: { sipAnswered: false, tls: { clientCertificateRequested: true } },
      codes: ['sip-silent'],
    });

    await lab.variant('edge1 access-edge tcp/443', 'expired');
    const expired = (await check(lab, 'outside', stranger, flags)).report;
    t.equal(rule(expired, client).verdict, 'pass');
    t.same(rule(expired, client).codes.sort(), ['certificate-expired', 'sip-silent'], 'the certificate inside SIP too');
    await lab.variant('edge1 access-edge tcp/443', 'tls1');
    const aged = (await check(lab, 'outside', stranger, flags)).report;
    t.same(rule(aged, client).codes.sort(), ['legacy-tls', 'sip-silent']);
  },
);
