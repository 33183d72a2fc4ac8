import t from 'tap';
import { finding } from '../../../agent/findings.ts';
import { alone } from '../../../agent/merge.ts';
import { exitCodeFor, render } from '../../../agent/sinks/index.ts';
import type { Outcome } from '../../../probes/observation.ts';
import { judged, row, seen, siteText } from '../fixtures.ts';
import { harms, poisonedReport } from '../hostile-report.ts';
import { samplePool } from '../sample-report.ts';

const options = { columns: 80, colour: false, ascii: false, exitCode: 1 };

const of = (outcome: Outcome, site = siteText) =>
  judged([{ rule: row('external-sip-tcp-443-in'), at: { edge1: seen(outcome) } }], { site }).report;

t.test('one line, and the codes of plugins', async (t) => {
  const warning = finding('legacy-tls', 'edge1', 'old');
  const error = finding('everything-open', 'edge1', 'it opens');
  const waived = `${siteText}waivers: [{ rule: "external-*", verdict: fail, reason: agreed, until: 2026-12-31 }]\n`;
  const cases = [
    ['OK', 0, of('answered')],
    ['WARNING', 1, { ...of('answered'), findings: [warning] }],
    ['CRITICAL', 2, of('closed')],
    ['CRITICAL', 2, { ...of('answered'), findings: [error] }],
    ['UNKNOWN', 3, of('unasked')],
    ['UNKNOWN', 3, { ...of('unasked'), findings: [warning] }],
    ['OK', 0, of('closed', waived)],
    ['UNKNOWN', 3, { ...of('answered'), run: { ...of('answered').run, interrupted: true } }],
  ] as const;
  for (const [word, code, report] of cases) {
    t.equal(exitCodeFor('nagios', alone(report)), code, `${word} ${code}`);
    t.match(
      render('nagios', report, options),
      new RegExp(`^EDGEPROBE ${word} - contoso outside: [^\n|]*\\| [^\n|]*\n$`),
    );
  }
  t.equal(exitCodeFor('table', alone(of('closed'))), 1, 'other formats have the codes of check');
  t.equal(exitCodeFor(null, alone(of('unasked'))), 3);
});

t.test('the line names what is wrong, and counts it', async (t) => {
  const line = render('nagios', samplePool().report, options);
  const [text = '', data = ''] = line.split(' | ');
  t.match(text, /^EDGEPROBE CRITICAL - contoso outside: 4 pass, 2 fail, 1 unknown, 4 not asked; fail: /);
  t.match(text, 'fail: external-sip-tcp-5061-in (tls-swallowed), external-stun-udp-3478-in (filtered); ');
  t.match(text, 'unknown: external-rtp-tcp-50000-59999-in (idle-or-filtered); findings: ');
  t.match(text, 'certificate-expiring');
  t.match(
    data,
    /^pass=4;;;0;11 fail=2;;0;0;11 unknown=1;;;0;11 skipped=4;;;0;11 warnings=[1-9]\d*;0;;0 errors=0;;0;0\n$/,
  );
});

t.test('hostile texts stay on the line, before the data', async (t) => {
  for (const text of harms) {
    const line = render('nagios', poisonedReport(text), options);
    t.match(
      line,
      /^EDGEPROBE CRITICAL - [^|\n]*\| pass=\d+;;;0;\d+ fail=2;;0;0;11 [a-z0-9=; ]*\n$/,
      JSON.stringify(text.slice(0, 30)),
    );
    t.notMatch(line, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]|\p{Cs}/u);
    t.ok(line.length < 2000, `${line.length} characters`);
  }
});
