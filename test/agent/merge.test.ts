import t from 'tap';
import { exitCodeOf } from '../../agent/exit-code.ts';
import { finding } from '../../agent/findings.ts';
import { alone, mergeReports } from '../../agent/merge.ts';
import { MixedRunsError } from '../../agent/merge-runs.ts';
import { readPack } from '../../agent/packs.ts';
import type { Report } from '../../agent/report.ts';
import { renderMerged } from '../../agent/sinks/index.ts';
import { judged, row, seen, silent, siteText, startedAt } from './fixtures.ts';
import { as, file, sampleRuns, type Who } from './sample-runs.ts';

/** Made when the last of these runs is over. */
const options = { maxAge: 4 * 3600, mixed: false, now: new Date(startedAt.getTime() + 5 * 3600_000) };

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

t.test('one report over vantages', async (t) => {
  const { outside, dmz, inside } = sampleRuns();
  const { rules } = readPack('lync2013-edge-public', '.');
  const merged = mergeReports([file(inside, 'inside.json'), file(outside, 'outside.json'), file(dmz)], {
    ...options,
    rules,
  });
  t.strictSame(Object.keys(merged), [
    ...[
      'schema',
      'site',
      'siteDigest',
      'mixed',
      'packs',
      'timezone',
      'tool',
      'madeAt',
      'maxAgeSeconds',
      'summary',
      'exitCode',
    ],
    ...['runs', 'records', 'rows', 'deductions', 'segments', 'findings', 'notTested', 'width'],
  ]);
  t.match(merged, {
    schema: 'edgeprobe/merged-report/v1',
    site: 'contoso',
    mixed: false,
    summary: { pass: 8, fail: 2, unknown: 1, skipped: 4 },
    exitCode: 1,
    runs: [
      {
        number: 1,
        label: 'outside',
        host: 'jump-ext-01',
        file: 'outside.json',
        digest: 'cafe0123',
        old: false,
        superseded: false,
      },
      { number: 2, label: 'dmz', file: null, clockOffsetSeconds: null },
      { number: 3, label: 'inside', startedAt: '2026-11-20T20:06:11.207Z' },
    ],
    segments: [
      { segment: 'external', paths: { open: 5, lost: 1, cut: 1, unknown: 1, refused: 0 } },
      { segment: 'internal', paths: { open: 3 } },
    ],
    width: { verdict: 'none-seen' },
  });
  t.match(merged.runs[0], { sources: ['198.51.100.7'], seenAs: ['203.0.113.9'] }, 'bound, and as the far side saw it');
  const order = merged.rows.filter(({ table }) => table === 'external').map(({ rule }) => rule);
  const documented = rules.map(({ id }) => id).filter((id) => order.includes(id));
  t.strictSame(order, documented, 'in the order of the pack, whatever run a row comes from');
  t.match(
    merged.rows.find(({ rule }) => rule === 'external-stun-udp-3478-in'),
    {
      verdict: 'fail',
      because: 'filtered',
      path: 'lost',
      places: [{ label: 'outside', run: 1, checks: [{ target: { name: 'edge1' } }, { target: { name: 'edge2' } }] }],
    },
  );
  t.match(
    merged.notTested.find(({ rule }) => rule === 'external-dns-udp-53-out'),
    { vantage: 'dmz', because: 'no-run', reason: 'no run from dmz asked it' },
  );
  t.match(
    merged.notTested.find(({ rule }) => rule === 'public-im-sip-tcp-443-in'),
    { vantage: 'outside', because: 'not-required' },
  );
  t.strictSame(JSON.parse(JSON.stringify(merged)), merged, 'it survives JSON unchanged');
});

t.test('the newest run of a place counts, and the earlier ones are its history', async (t) => {
  const failed = run('filtered', { minutes: 0 });
  const passed = run('answered', { minutes: 27 });
  for (const order of [
    [failed, passed],
    [passed, failed],
  ]) {
    const merged = merge(order);
    t.match(merged, {
      exitCode: 0,
      summary: { pass: 1, fail: 0 },
      runs: [{ superseded: true }, { superseded: false }],
    });
    t.match(merged.rows[0], {
      verdict: 'pass',
      places: [{ run: 2 }],
      history: [
        { run: 1, at: '2026-11-20T20:04:11.207Z', verdict: 'fail', because: 'filtered', counts: false },
        { run: 2, at: '2026-11-20T20:31:11.207Z', verdict: 'pass', counts: true },
      ],
    });
  }
  t.match(merge([passed, run('filtered', { minutes: 40 })]), { exitCode: 1 }, 'also where it got worse');
  t.strictSame(merge([failed]).rows[0]?.history, [], 'one run has no history');
  t.equal(merge([failed, failed]).runs.length, 1, 'the same run given twice counts once');
});

t.test('what a later run did not ask, an earlier one tells', async (t) => {
  const both = as(
    judged([
      { rule: row(sip), at: { edge1: silent() } },
      { rule: row('external-xmpp-tcp-5269-in'), at: { edge1: seen('closed') } },
    ]).report,
    { id: 'both' },
  );
  const merged = merge([both, run('answered', { minutes: 5 })]);
  t.match(
    merged.rows.map(({ rule, verdict }) => [rule, verdict]),
    [
      [sip, 'pass'],
      ['external-xmpp-tcp-5269-in', 'fail'],
    ],
  );
  t.equal(merged.runs[0]?.superseded, false);
  const aborted = merge([run('filtered'), run('unasked', { minutes: 5, interrupted: true })]);
  t.match(aborted.rows[0], { verdict: 'fail', places: [{ run: 1 }] }, 'a run that was ended early hides nothing');
  const skipped = judged([
    { rule: row(sip), skip: { because: 'no-source-address', explain: 'run it elsewhere' } },
  ]).report;
  const unsourced = merge([run('filtered'), as(skipped, { id: 's', minutes: 5 })]);
  t.match(unsourced.rows[0], { verdict: 'fail', places: [{ run: 1 }] }, 'nor does one that could not ask');
});

t.test('two hosts at one place are two places', async (t) => {
  const merged = merge([run('filtered', { host: 'edge1' }), run('answered', { host: 'edge2', minutes: 5 })]);
  t.match(merged, { exitCode: 1, runs: [{ label: 'outside (edge1)' }, { label: 'outside (edge2)' }] });
  t.match(merged.rows[0], { verdict: 'fail', history: [], places: [{ verdict: 'fail' }, { verdict: 'pass' }] });
  const named = merge([run('answered', { place: 'partner' }), run('answered', { place: 'internet' })]);
  t.strictSame(named.runs.map(({ label }) => label).toSorted(), ['outside internet', 'outside partner']);
  const skip = { because: 'no-source-address', explain: 'run this on edge2' } as const;
  const elsewhere = as(judged([{ rule: row(sip), skip }]).report, { id: 'e', host: 'edge1' });
  const one = merge([elsewhere, run('answered', { host: 'edge2' })]);
  t.match(one, { exitCode: 0, rows: [{ verdict: 'pass' }], notTested: [] }, 'asked by one of them is asked');
  t.match(merge([elsewhere]), {
    exitCode: 3,
    notTested: [{ because: 'no-source-address', reason: 'run this on edge2' }],
  });
});

t.test('runs that do not belong together', async (t) => {
  const other = run('answered', { host: 'x' }, siteText.replace('site: contoso', 'site: fabrikam'));
  const digest = run('answered', { host: 'x' }, `${siteText}# changed\nabsent: [director]\n`);
  const pack = { ...run('answered', { host: 'x' }), run: { ...run('answered', { host: 'x' }).run, packs: ['mine'] } };
  for (const [name, stranger, message] of [
    ['site', other, /^the site differs: .* has contoso, .* has fabrikam$/],
    ['digest', digest, /^the digest of the site file differs/],
    ['packs', pack, /^the packs differ: /],
  ] as const) {
    t.throws(() => merge([run('answered'), stranger]), { name: 'MixedRunsError', message }, name);
    t.doesNotThrow(() => merge([run('answered'), stranger], { mixed: true }), `${name}, wanted`);
  }
  t.ok(new MixedRunsError('x') instanceof Error);
  const merged = merge([run('filtered'), other], { mixed: true });
  t.match(merged, { mixed: true, exitCode: 1, rows: [{ places: [{ verdict: 'fail' }, { verdict: 'pass' }] }] });
  t.throws(() => merge([]), /no runs/);
});

t.test('old runs are marked, by the newest and not by now', async (t) => {
  const merged = merge([run('answered', { host: 'a' }), run('answered', { host: 'b', minutes: 241 })]);
  t.match(merged, { runs: [{ old: true }, { old: false }], rows: [{ places: [{ old: true }, { old: false }] }] });
  const near = merge([run('answered', { host: 'a' }), run('answered', { host: 'b', minutes: 240 })]);
  t.match(near.runs, [{ old: false }, { old: false }], 'four hours are not old');
  const wanted = merge([run('answered', { host: 'a' }), run('answered', { host: 'b', minutes: 2 })], { maxAge: 60 });
  t.match(wanted.runs, [{ old: true }, { old: false }]);
  t.match(merge([run('answered')], { now: new Date('2030-01-01T00:00:00Z') }).runs, [{ old: false }]);
});

t.test('a page of old runs says so at its head and in what to do, also where every row passed', async (t) => {
  const old = run('answered', { host: 'a' });
  const look = { columns: 400, colour: false, ascii: false, exitCode: 0 };
  const shown = (reports: readonly Report[], format: 'html' | 'markdown'): string =>
    renderMerged(format, merge(reports), look)
      .replace(/\\(?=[()])/g, '')
      .replace(/\s+/g, ' ');
  const advice = /run 1 \(outside \(a\), a\) ended more than 4 h before the newest: ask again from there before/;
  const later = run('answered', { host: 'b', minutes: 280 });
  t.equal(shown([old, later], 'html').split(advice).length, 3, 'twice');
  t.notMatch(shown([old, later], 'html'), 'Nothing: every row');
  t.match(shown([old, later], 'markdown'), advice);
  const again = run('answered', { host: 'a', minutes: 281 });
  t.notMatch(shown([old, later, again], 'html'), advice, 'it was asked again');
  t.match(shown([again, later], 'html'), 'Nothing: every row that was asked passed');
});

t.test('a run that begins after the report was made has a wrong clock, and makes no other run old', async (t) => {
  const minute = (minutes: number): Date => new Date(startedAt.getTime() + minutes * 60_000);
  const [first, second] = [run('answered', { host: 'a' }), run('filtered', { host: 'b', minutes: 10 })];
  const ahead = run('answered', { host: 'jump-ext-01', minutes: 500 });
  const merged = merge([first, ahead, second], { now: minute(15) });
  t.match(merged.runs, [
    { host: 'a', old: false, aheadSeconds: null },
    { host: 'b', old: false, aheadSeconds: null },
    { host: 'jump-ext-01', old: false, aheadSeconds: 485 * 60 },
  ]);
  t.match(merge([ahead], { now: minute(15) }).runs, [{ old: false, aheadSeconds: 485 * 60 }]);
  t.match(merge([second], { now: minute(6) }).runs, [{ aheadSeconds: null }], 'clocks differ by minutes');
  t.match(alone(ahead).runs, [{ aheadSeconds: null }]);

  const advice =
    /run 3 \(outside \(jump-ext-01\), jump-ext-01\) begins after this report was made: the clock there is ahead, or the one here is behind/;
  const look = { columns: 400, colour: false, ascii: false, exitCode: merged.exitCode };
  const passed = merge([first, ahead], { now: minute(15) });
  const shown = (format: 'table' | 'markdown' | 'html', one = merged): string =>
    renderMerged(format, one, look)
      .replace(/\\(?=[()])/g, '')
      .replace(/\s+/g, ' ');
  t.match(shown('table'), / CLOCK WRONG: begins 8 h after this report was made /);
  t.match(shown('table', passed), /next run 2 \(.*\) begins after this report was made: .* set it and ask again/);
  t.match(shown('markdown'), / \*\*clock wrong\*\*: begins 8 h after this report was made /);
  for (const format of ['markdown', 'html'] as const) t.match(shown(format), advice, format);
  t.match(shown('html'), '<b>clock wrong</b>: begins 8 h after this report was made');
  for (const format of ['table', 'markdown', 'html'] as const) {
    t.notMatch(
      shown(format, merge([first, second])),
      /clock (is )?wrong/i,
      `${format}: nothing where clocks are right`,
    );
  }
});

t.test('a single run as a merged report', async (t) => {
  const { outside, dmz } = sampleRuns();
  const error = finding('everything-open', 'edge1', 'it opens');
  const reports = [outside, dmz, run('unasked'), { ...run('answered'), findings: [error] }];
  for (const one of reports) t.equal(alone(one).exitCode, exitCodeOf(one), 'it ends as check ends');
  const report = run('answered');
  t.match(alone(report), { exitCode: 0, runs: [{ file: null, old: false }], deductions: [], rows: [{ rule: sip }] });
});
