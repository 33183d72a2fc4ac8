import t from 'tap';
import { carryOn, meet, openRows, planAgain, whyNotAgain } from '../../agent/again.ts';
import { finding } from '../../agent/findings.ts';
import { keptIn, keptWords } from '../../agent/kept.ts';
import { mergeReports } from '../../agent/merge.ts';
import type { Report } from '../../agent/report.ts';
import { control, type Judged, judged, row, seen, silent, startedAt } from './fixtures.ts';
import { as, file } from './sample-runs.ts';

const sip443 = 'external-sip-tcp-443-in';
const sip5061 = 'external-sip-tcp-5061-in';
const stun = 'external-stun-udp-3478-in';
const rtp = 'external-rtp-tcp-50000-59999-in';
const key = (id: string): string => `lync2013-edge-public/${id}`;

/** Access answers on 443 at both nodes, 5061 and STUN as told. */
const run = (answers: { readonly sip5061?: boolean; readonly stun?: boolean } = {}): Judged =>
  judged([
    { rule: row(sip443), at: { edge1: seen('answered'), edge2: seen('answered') } },
    { rule: row(sip5061), at: { edge1: answers.sip5061 ? seen('answered') : silent() } },
    { rule: row(stun), at: { edge1: answers.stun ? seen('answered') : silent({ probe: 'stun' }) } },
    { rule: row('xmpp-xmpp-tcp-5269-in'), skip: { because: 'not-required', explain: 'not asked: no XMPP' } },
  ]);

const at = (report: Report, minutes: number): Report => as(report, { id: `at-${minutes}`, host: 'h', minutes });

t.test('what is open: not passed, or with an error; everything where the run itself has one', async (t) => {
  const { report } = run();
  t.strictSame([...openRows(report, true)], [key(sip5061), key(stun)]);
  const waiver = { reason: 'known', ticket: null, until: '2026-12-31' };
  const waived = { ...report, rules: report.rules.map((one) => (one.rule === stun ? { ...one, waiver } : one)) };
  t.strictSame([...openRows(waived, false)], [key(sip5061)], 'nobody waits for what is waived');
  t.strictSame([...openRows(waived, true)], [key(sip5061), key(stun)], 'but it is asked again');
  const wrong = finding('wrong-service', 'webconf-edge', 'answers SIP');
  t.strictSame([...openRows({ ...report, findings: [wrong] }, false)], [key(sip443), key(sip5061), key(stun)]);
  const passed = {
    ...report,
    rules: report.rules.map((one) => ({ ...one, findings: one.rule === sip443 ? [wrong] : [] })),
  };
  t.ok(openRows(passed, false).has(key(sip443)), 'a row that passed with an error');
});

t.test('the plan that asks again: open rows, and a witness at each of their addresses', async (t) => {
  const { plan, report } = run();
  const ids = (wanted: readonly string[]): string[] =>
    planAgain(plan, report, new Set(wanted.map(key))).rules.map(({ rule }) => rule.id);
  t.strictSame(ids([sip5061]), [sip443, sip5061, 'xmpp-xmpp-tcp-5269-in'], 'a row that passed on that address');
  t.strictSame(ids([stun]), [stun, 'xmpp-xmpp-tcp-5269-in'], 'no row passed on the A/V address');
  t.strictSame(ids([]), ['xmpp-xmpp-tcp-5269-in'], 'skipped rows cost nothing and are looked at anew');
  const range = judged([
    { rule: row(rtp), at: { edge1: silent() } },
    { rule: row(stun), at: { edge1: seen('answered') } },
  ]);
  const again = planAgain(range.plan, range.report, new Set([key(rtp)]));
  t.strictSame(
    again.rules.map(({ rule }) => rule.id),
    [rtp, stun],
    'the row to repeat after the sweep',
  );
});

t.test('carrying on: what was not asked again is kept, with when and by whom', async (t) => {
  const first = at(run().report, 0);
  const only = (report: Report, ...ids: string[]): Report => ({
    ...report,
    rules: report.rules.filter(({ rule }) => ids.includes(rule)),
  });
  const second = at(only(run({ sip5061: true }).report, sip443, sip5061), 20);
  const both = carryOn(first, second);
  t.match(both, { summary: { pass: 2, fail: 1, unknown: 0, skipped: 1 }, run: { id: 'at-20' } });
  t.strictSame(
    both.rules.map(({ rule, kept }) => [rule, kept?.run]),
    [
      [sip443, undefined],
      [sip5061, undefined],
      [stun, 'at-0'],
      ['xmpp-xmpp-tcp-5269-in', undefined],
    ],
  );
  t.equal(both.rules[2]?.kept?.at, startedAt.toISOString());
  t.equal(both.startedAt, second.startedAt);
  t.strictSame(keptIn(both), { rows: 1, since: startedAt.toISOString() });
  t.equal(keptIn(first), null);
  t.match(
    keptWords({ rows: 3, since: startedAt.toISOString() }, both.finishedAt),
    /^3 rows not asked again, the oldest answer is from 2026-11-20T20:04:11Z, 21 min before the end$/,
  );

  const third = carryOn(both, at(only(run({ stun: true }).report, stun), 40));
  t.equal(third.rules[2]?.kept, undefined);
  t.strictSame(third.rules[1]?.kept, { run: 'at-20', at: second.rules[1]?.checks[0]?.startedAt });
  t.equal(carryOn(third, at(only(run().report, sip443), 50)).rules[1]?.kept?.run, 'at-20', 'the run that asked it');
});

t.test('a round that was ended early takes nothing away', async (t) => {
  const first = at(run({ sip5061: true }).report, 0);
  const cut = judged([{ rule: row(sip5061), at: { edge1: seen('unasked', { code: 'aborted' }) } }], {
    interrupted: true,
  }).report;
  const both = carryOn(first, at(cut, 5));
  t.match(both.rules[1], { verdict: 'pass', kept: { run: 'at-0' } });
});

t.test('rounds of one run: its beginning, its controls and its names stay', async (t) => {
  const told = judged([{ rule: row(sip5061), at: { edge1: silent() } }], {
    controls: [control('port', '131.107.155.10', 'filtered'), control('port', '131.107.155.30', 'filtered')],
  }).report;
  const first = { ...told, findings: [finding('dns-split', 'sip.contoso.com', 'another address')] };
  const round = as(
    judged([{ rule: row(sip5061), at: { edge1: seen('answered') } }], {
      controls: [control('port', '131.107.155.10', 'closed')],
    }).report,
    { id: first.run.id, host: first.run.host, minutes: 3 },
  );
  const both = carryOn(first, round);
  t.equal(both.startedAt, first.startedAt);
  t.equal(both.finishedAt, round.finishedAt);
  t.strictSame(
    both.controls.map(({ address, outcome }) => `${address} ${outcome}`),
    ['131.107.155.30 filtered', '131.107.155.10 closed'],
  );
  t.strictSame(
    both.findings.map(({ code }) => code),
    ['dns-split'],
  );
  const other = carryOn(first, { ...round, run: { ...round.run, id: 'other' } });
  t.equal(other.controls.length, 1, 'of another run they are not');
});

t.test('why not: another site, digest, vantage, place, host or other packs', async (t) => {
  const { plan, report } = run();
  const host = report.run.host;
  t.equal(whyNotAgain(plan, host, report), null);
  t.match(whyNotAgain(plan, 'elsewhere', report), /from the host jump-ext-01, and this is elsewhere/);
  t.match(whyNotAgain(plan, host, { ...report, siteDigest: 'ffffffff' }), /digest ffffffff/);
  t.match(whyNotAgain({ ...plan, place: 'dc2' }, host, report), /place outside, and this is dc2/);
  t.match(whyNotAgain({ ...plan, packs: ['mine'] }, host, report), /packs lync2013-edge-public, and this is mine/);
  const fewer = { ...plan, rules: plan.rules.slice(1) };
  const { common, onlyRun, onlyPlan } = meet(fewer, { ...report, rules: report.rules.slice(0, -1) });
  t.strictSame([common.rules.length, onlyRun, onlyPlan], [2, [key(sip443)], [key('xmpp-xmpp-tcp-5269-in')]]);
});

t.test('merging stays honest: a kept row is as old as its answer', async (t) => {
  const options = { maxAge: 3600, mixed: false, now: startedAt };
  const merge = (...reports: Report[]) =>
    mergeReports(
      reports.map((one) => file(one)),
      options,
    );
  const only = (report: Report): Report => ({ ...report, rules: report.rules.filter(({ rule }) => rule === sip443) });
  const first = at(run({ stun: true, sip5061: true }).report, 0);
  const between = at(run().report, 10);
  const again = carryOn(first, at(only(run().report), 20));
  const verdict = (merged: ReturnType<typeof merge>, id: string) =>
    merged.rows.find(({ rule }) => rule === id)?.verdict;
  t.equal(verdict(merge(first, between, again), stun), 'fail', 'what was seen between counts');
  t.equal(verdict(merge(between, again), stun), 'fail', 'also where the run it was kept from is not given');
  t.equal(verdict(merge(first, again), stun), 'pass');
  const [stunRow] = merge(first, again).rows.filter(({ rule }) => rule === stun);
  t.strictSame(stunRow?.history, [], 'one answer is told once');
  t.equal(stunRow?.places[0]?.run, 1, 'by the run that asked');
  const later = carryOn(first, at(only(run().report), 90));
  const alone = merge(later).rows.find(({ rule }) => rule === stun);
  t.match(alone?.places, [{ old: true, kept: { run: 'at-0' } }], 'an answer of 90 minutes is old in a run of now');
});
