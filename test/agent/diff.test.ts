import t from 'tap';
import { diffReports, incomparable } from '../../agent/diff.ts';
import { diffText } from '../../agent/diff-text.ts';
import { finding } from '../../agent/findings.ts';
import { displayWidth } from '../../agent/printable.ts';
import type { Report } from '../../agent/report.ts';
import type { Observation } from '../../probes/observation.ts';
import { certificate, judged, row, seen, silent, siteText, tlsFacts } from './fixtures.ts';
import { harms, poisonedReport } from './hostile-report.ts';
import { as, sampleRuns } from './sample-runs.ts';

const sip = 'lync2013-edge-public/external-sip-tcp-443-in';

const run = (at: Readonly<Record<string, Observation>>, site = siteText): Report =>
  judged([{ rule: row('external-sip-tcp-443-in'), at }], { site }).report;

const kinds = (before: Report, after: Report) => diffReports(before, after).changes.map(({ kind }) => kind);

t.test('times, durations, source ports and who ran it are no difference', async (t) => {
  const { outside } = sampleRuns();
  const later = as(outside, { id: 'later', host: 'another', minutes: 600, note: 'again' });
  const jittered = {
    ...later,
    rules: later.rules.map((rule) => ({
      ...rule,
      checks: rule.checks.map((check) => ({
        ...check,
        durationSeconds: check.durationSeconds * 3,
        source: { ...check.source, port: 1 },
        log: 'another',
        explain: 'in other words',
      })),
      findings: rule.findings.map((one) => ({ ...one, message: 'in 13 days' })),
    })),
  };
  const diff = diffReports(outside, jittered);
  t.match(diff, { schema: 'edgeprobe/diff/v1', same: true, changes: [], rows: { both: 11, same: 11 } });
  t.match(diff.after, { host: 'another', vantage: 'outside', site: 'contoso' });
});

t.test('a row that was repaired', async (t) => {
  const diff = diffReports(
    run({ edge1: silent(), edge2: seen('answered') }),
    run({ edge1: seen('answered'), edge2: seen('answered') }),
  );
  t.strictSame(diff.changes, [
    { kind: 'verdict', row: sip, target: null, before: 'fail filtered, path lost', after: 'pass answered, path open' },
    {
      kind: 'endpoint',
      row: sip,
      target: 'edge1 131.107.155.10:443',
      before: 'filtered: fail filtered, path lost',
      after: 'answered: pass answered, path open',
    },
  ]);
  t.match(diff, { same: false, rows: { both: 1, same: 0 } });
});

t.test('everything that is a difference', async (t) => {
  const tls = (print: string) =>
    seen('answered', { facts: tlsFacts({ certificate: certificate({ fingerprint256: print }) }) });
  t.strictSame(kinds(run({ edge1: tls('AA') }), run({ edge1: tls('BB') })), ['certificate']);
  t.strictSame(kinds(run({ edge1: tls('AA') }), run({ edge1: tls('AA') })), []);
  t.strictSame(kinds(run({ edge1: seen('answered') }), run({ edge1: seen('answered'), edge2: seen('answered') })), [
    'endpoint-added',
  ]);
  t.strictSame(kinds(run({ edge1: seen('answered'), edge2: seen('answered') }), run({ edge1: seen('answered') })), [
    'endpoint-gone',
  ]);
  const base = run({ edge1: seen('answered') });
  const found = { ...base, findings: [finding('everything-open', 'edge1', 'it opens')] };
  t.strictSame(kinds(base, found), ['finding-added']);
  t.strictSame(kinds(found, base), ['finding-gone']);
  t.strictSame(kinds({ ...base, rules: [] }, base), ['row-added']);
  t.strictSame(kinds(base, { ...base, rules: [] }), ['row-gone']);
  const waived = `${siteText}waivers: [{ rule: "external-*", verdict: fail, reason: agreed, until: 2026-12-31 }]\n`;
  t.strictSame(kinds(run({ edge1: silent() }), run({ edge1: silent() }, waived)), ['waiver']);
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
  t.strictSame(kinds({ ...base, controls: controls('filtered') }, { ...base, controls: controls('open') }), [
    'control',
  ]);
  t.strictSame(kinds({ ...base, controls: controls('filtered') }, { ...base, controls: controls('closed') }), []);
  const [rule] = base.rules;
  const blocked = { ...base, rules: rule === undefined ? [] : [{ ...rule, expect: 'blocked' as const }] };
  t.strictSame(kinds(base, blocked), ['expect']);
  t.strictSame(diffReports(found, base).changes[0]?.row, null, 'a finding of the run belongs to no row');
});

t.test('runs that cannot be compared', async (t) => {
  const { outside, dmz } = sampleRuns();
  t.match(incomparable(outside, dmz), /one is from outside, the other from dmz/);
  t.match(incomparable(outside, { ...outside, site: 'fabrikam' }), /different sites: contoso and fabrikam/);
  t.equal(incomparable(outside, { ...outside, siteDigest: '00000000' }), null, 'the site file may have changed');
});

t.test('in words, at any width, whatever stands in the runs', async (t) => {
  const diff = diffReports(run({ edge1: silent() }), run({ edge1: seen('answered') }));
  const text = diffText(diff, { columns: 100, colour: false, ascii: false });
  t.match(text, `${sip}\n  verdict       fail filtered, path lost → pass answered, path open\n`);
  t.match(text, /\ndifferent: 2 changes; 0 of 1 row came out alike\n$/);
  t.match(
    diffText(diffReports(run({ edge1: silent() }), run({ edge1: silent() })), {
      columns: 100,
      colour: false,
      ascii: false,
    }),
    /\nthe same: 1 row came out alike\n$/,
  );
  const { outside } = sampleRuns();
  for (const harm of harms) {
    for (const columns of [60, 100]) {
      const shown = diffText(diffReports(outside, poisonedReport(harm)), { columns, colour: false, ascii: false });
      t.notMatch(shown, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]|\p{Cs}/u);
      t.strictSame(
        shown.split('\n').filter((line) => displayWidth(line) > columns),
        [],
      );
    }
  }
});
