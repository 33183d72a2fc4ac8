import t from 'tap';
import { Parser, type Result } from 'tap-parser';
import { finding } from '../../../agent/findings.ts';
import { render } from '../../../agent/sinks/index.ts';
import { judged, row, seen, siteText } from '../fixtures.ts';
import { harms, poisonedReport } from '../hostile-report.ts';
import { samplePool } from '../sample-report.ts';

const options = { columns: 80, colour: false, ascii: false, exitCode: 1 };

/** Parses TAP strictly: what is not TAP is a failure. */
const parse = (text: string): { results: Result[]; parser: Parser; version: number; bailed: boolean } => {
  const results: Result[] = [];
  const told = { version: 0, bailed: false };
  const parser = new Parser({ strict: true });
  parser.on('assert', (result: Result) => results.push(result));
  parser.on('version', (number: number) => {
    told.version = number;
  });
  parser.on('bailout', () => {
    told.bailed = true;
  });
  parser.end(text);
  return { results, parser, ...told };
};

t.test('a test point for each rule, with reasons', async (t) => {
  const { results, parser, version } = parse(render('tap', samplePool().report, options));
  t.equal(version, 14);
  t.strictSame(
    parser.results?.failures.filter((one) => 'tapError' in one && one.tapError),
    [],
    'all of it is TAP',
  );
  t.match(parser.results, { count: 11, pass: 9, fail: 2, skip: 5, bailout: false });
  t.equal(parser.results?.plan.end, 11);
  const failed = results.find(({ name }) => name.includes('external-stun-udp-3478-in'));
  t.match(failed, {
    ok: false,
    name: 'outside → av-edge: lync2013-edge-public/external-stun-udp-3478-in',
    diag: { verdict: 'fail', because: 'filtered', path: 'lost', explain: /nothing heard/, do: [/allow udp any/] },
  });
  const unknown = results.find(({ name }) => name.includes('external-rtp-tcp'));
  t.equal(unknown?.ok, true);
  t.equal(unknown?.skip, 'unknown: idle-or-filtered');
  const skipped = results.find(({ name }) => name.includes('public-im-sip-tcp-443-in'));
  t.match(skipped, { ok: true, skip: /^not asked: needed for public-im/ });
  t.match(results.find(({ name }) => name.includes('external-sip-tcp-443-in'))?.diag, {
    findings: [/^warning certificate-expiring/],
  });
});

t.test('findings of severity error, waivers, and no rows at all', async (t) => {
  const { report } = judged([{ rule: row('external-sip-tcp-443-in'), at: { edge1: seen('answered') } }]);
  const found = { ...report, findings: [finding('everything-open', 'edge1', 'it opens')] };
  t.match(parse(render('tap', found, options)).results[1], { ok: false, name: 'finding everything-open edge1' });
  const site = `${siteText}waivers: [{ rule: "external-*", verdict: fail, reason: agreed, until: 2026-12-31 }]\n`;
  const waived = judged([{ rule: row('external-sip-tcp-443-in'), at: { edge1: seen('closed') } }], { site });
  t.match(parse(render('tap', waived.report, options)).results[0], { ok: true, skip: /waived until 2026-12-31/ });
  const { parser } = parse(render('tap', { ...report, rules: [] }, options));
  t.match(parser.results, { ok: true, count: 0, plan: { skipAll: true } });
});

t.test('hostile texts forge no test point, plan or directive', async (t) => {
  const expected = parse(render('tap', poisonedReport('plain'), options)).results.map(({ ok, skip }) => [
    ok,
    Boolean(skip),
  ]);
  for (const text of harms) {
    const tap = render('tap', poisonedReport(text), options);
    const { results, parser, bailed } = parse(tap);
    t.strictSame(
      results.map(({ ok, skip }) => [ok, Boolean(skip)]),
      expected,
      JSON.stringify(text.slice(0, 30)),
    );
    t.strictSame(
      parser.results?.failures.filter((one) => 'tapError' in one && one.tapError),
      [],
    );
    t.notOk(bailed);
    t.notMatch(tap, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]|\p{Cs}/u);
  }
});
