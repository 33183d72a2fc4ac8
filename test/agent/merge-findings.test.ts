import t from 'tap';
import { finding } from '../../agent/findings.ts';
import { mergeReports } from '../../agent/merge.ts';
import type { Report } from '../../agent/report.ts';
import { certificate, judged, row, seen, silent, siteText, startedAt, tlsFacts } from './fixtures.ts';
import { as, beside, file, sampleRuns, type Who } from './sample-runs.ts';

const options = { maxAge: 4 * 3600, mixed: false, now: startedAt };

const sip = 'external-sip-tcp-443-in';

const run = (outcome: 'answered' | 'filtered' | 'closed' | 'unasked', who: Who = {}, site = siteText): Report => {
  const observation =
    outcome === 'filtered' ? silent() : seen(outcome, outcome === 'unasked' ? { code: 'aborted' } : {});
  return as(judged([{ rule: row(sip), at: { edge1: observation } }], { site }).report, {
    id: JSON.stringify(who),
    ...who,
  });
};

const merge = (reports: readonly Report[], more: Partial<typeof options> = {}) =>
  mergeReports(
    reports.map((one) => file(one)),
    { ...options, ...more },
  );

t.test('waivers hold until their day is over, also where they are merged later', async (t) => {
  const site = `${siteText}waivers: [{ rule: "external-*", verdict: fail, reason: agreed, until: 2026-11-30 }]\n`;
  const waived = run('filtered', {}, site);
  t.match(merge([waived]), { exitCode: 0, summary: { fail: 1 }, rows: [{ waiver: { reason: 'agreed' } }] });
  t.match(merge([waived], { now: new Date('2026-11-30T23:59:59Z') }), { exitCode: 0 });
  t.match(merge([waived], { now: new Date('2026-12-01T00:00:00Z') }), { exitCode: 1, rows: [{ waiver: null }] });
  const elsewhere = run('filtered', { host: 'another' }, site);
  const unwaived = { ...elsewhere, rules: elsewhere.rules.map((rule) => ({ ...rule, waiver: null })) };
  t.match(merge([waived, unwaived]), { exitCode: 1, rows: [{ waiver: null }] }, 'a waiver covers its own place only');
  t.match(merge([unwaived, waived]), { exitCode: 1, rows: [{ waiver: null }] });
  const error = finding('certificate-expired', 'edge1', 'ended');
  const found = { ...waived, rules: waived.rules.map((rule) => ({ ...rule, findings: [error] })) };
  t.match(
    merge([found]),
    { exitCode: 0, findings: [{ code: 'certificate-expired', waived: true }] },
    'shown, not counted',
  );
});

t.test('findings stand once, with where they were made', async (t) => {
  const error = finding('everything-open', 'edge1 131.107.155.10:49151', 'it opens');
  const note = finding('mtls-unfinished', 'edge1', 'as it should');
  const a = { ...run('answered', { host: 'a' }), findings: [note, error] };
  const b = { ...run('answered', { host: 'b' }), findings: [error] };
  t.match(merge([a, b]), {
    exitCode: 1,
    findings: [
      { code: 'everything-open', places: ['outside (a)', 'outside (b)'], rows: [], waived: false },
      { code: 'mtls-unfinished', places: ['outside (a)'] },
    ],
  });
  t.match(merge([{ ...run('filtered'), findings: [error] }, run('answered', { minutes: 9 })]), {
    exitCode: 0,
    findings: [],
  });
});

t.test('an endpoint that shows different certificates to different places', async (t) => {
  const isInspection = ({ code }: { readonly code: string }): boolean => code === 'tls-inspection';
  const shown = (issuer: string, fingerprint256: string) =>
    tlsFacts({ certificate: certificate({ issuer, fingerprint256 }) });
  const from = (place: string, issuer: string, print: string, target = 'edge1') =>
    as(
      judged([{ rule: row(sip), at: { [target]: seen('answered', { facts: shown(issuer, print) }) } }], { place })
        .report,
      { id: place, host: place },
    );
  const merged = merge([from('internet', 'CN=Public CA', 'AA'), from('partner', 'CN=Proxy CA', 'BB')]);
  t.match(merged, {
    exitCode: 1,
    findings: [{ code: 'tls-inspection', severity: 'error', target: 'access-edge edge1' }],
  });
  t.match(
    merged.findings[0]?.message,
    'outside internet is shown one issued by CN=Public CA; outside partner is shown one issued by CN=Proxy CA',
  );
  t.strictSame(merged.findings[0]?.rows, [`lync2013-edge-public/${sip}`]);
  t.strictSame(
    merge([from('internet', 'CN=A', 'AA'), from('partner', 'CN=A', 'AA')]).findings.filter(isInspection),
    [],
  );
  t.strictSame(
    merge([from('internet', 'CN=A', 'AA'), from('partner', 'CN=B', 'BB', 'edge2')]).findings.filter(isInspection),
    [],
    'two nodes may differ',
  );
  const sameIssuer = merge([from('internet', 'CN=A', 'AA:01'), from('partner', 'CN=A', 'BB:02')]);
  t.match(
    sameIssuer.findings[0]?.message,
    'outside internet is shown fingerprint AA:01; outside partner is shown fingerprint BB:02',
  );
  const far = (host: string, print: string) => {
    const at = { litware: seen('answered', { facts: shown('CN=L', print) }) };
    return as(judged([{ rule: row('external-sip-tcp-5061-out'), at }], { vantage: 'dmz' }).report, { id: host, host });
  };
  t.strictSame(
    merge([far('edge1', 'AA'), far('edge2', 'BB')]).findings.filter(isInspection),
    [],
    'a partner may be a pool of many certificates',
  );
  const runs = sampleRuns([beside(sip, 'edge1', '131.107.155.10', 'answered', { facts: shown('CN=Inside', 'CC') })]);
  t.match(
    merge([runs.outside, runs.dmz]).findings[0],
    { code: 'tls-inspection', places: ['outside', 'dmz'] },
    'also beside the server',
  );
});

t.test('wider than the table?', async (t) => {
  const controls = (outcome: string) => [
    {
      kind: 'port',
      target: 'edge1',
      address: '131.107.155.10',
      port: 49151,
      outcome,
      asExpected: outcome !== 'open',
      durationSeconds: 2,
    },
  ];
  const width = (...outcomes: string[]) =>
    merge(outcomes.map((outcome, index) => ({ ...run('answered', { minutes: index }), controls: controls(outcome) })))
      .width;
  t.match(width('filtered'), {
    verdict: 'none-seen',
    controls: [{ label: 'outside', node: 'edge1', port: 49151, outcome: 'filtered' }],
  });
  t.equal(width('open').verdict, 'wider');
  t.equal(width('unasked').verdict, 'unclear');
  t.equal(width('open', 'closed').verdict, 'none-seen', 'what a place saw last counts');
  t.equal(merge([run('answered')]).width.verdict, 'not-asked');
  const strict = (outcome: 'answered' | 'filtered') =>
    merge([
      as(
        judged([
          { rule: row(sip), at: { edge1: seen('answered') } },
          {
            rule: row('external-sip-tcp-5061-in'),
            expect: 'blocked',
            at: { edge1: outcome === 'filtered' ? silent() : seen(outcome) },
          },
        ]).report,
        {},
      ),
    ]).width;
  t.match(strict('answered'), { verdict: 'wider', blocked: [{ rule: 'external-sip-tcp-5061-in', verdict: 'fail' }] });
  t.equal(strict('filtered').verdict, 'none-seen');
});
