import t from 'tap';
import { mergeReports } from '../../../agent/merge.ts';
import { escapeHtml, joined, markup, short, styleElement } from '../../../agent/sinks/html-escape.ts';
import { htmlPage } from '../../../agent/sinks/html-page.ts';
import { rangePicture, rectanglesOf } from '../../../agent/sinks/html-range.ts';
import { serviceWords } from '../../../agent/sinks/html-words.ts';
import { renderMerged } from '../../../agent/sinks/index.ts';
import { judged, row, seen, startedAt, sweepFacts } from '../fixtures.ts';
import { as, file } from '../sample-runs.ts';
import { byId, elements, parseHtml } from './parse-html.ts';

t.test('texts of others', async (t) => {
  t.equal(escapeHtml(`<a href="x" id='y'>&`), '&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;');
  t.equal(escapeHtml('a\x1b\u202eb\ufffe'), 'a\\x1b\\u{202e}b\\u{fffe}');
  t.equal(escapeHtml('x'.repeat(3000)).length, 2001);
  t.equal(escapeHtml('&'.repeat(5), 3), '&amp;&amp;&amp;…', 'the limit counts characters, not entities');
  t.equal(markup`<b>${'<i>'}</b>${markup`<br />`}${3}`.source, '<b>&lt;i&gt;</b><br />3');
  t.equal(markup`${[markup`<i>`, markup`</i>`]}`.source, '<i></i>');
  t.equal(joined(['a', markup`<b />`, '<'], ', ').source, 'a, <b />, &lt;');
  t.equal(short('x'.repeat(200)).source.length, 121);
  const forged = { source: '<script>' } as unknown as ReturnType<typeof short>;
  t.notMatch(markup`${[forged]}${forged}`.source, '<script>', 'what only looks like markup is none');
  t.throws(() => styleElement('</style><script>'), /markup/);
});

t.test('the foot of a page cannot leave its string', async (t) => {
  const page = htmlPage({ title: 'x', foot: '"} body{display:none} \\22 </style>' }, markup`<p>x</p>`);
  const style = elements(parseHtml(page), 'style')[0]?.text ?? '';
  t.match(style, '@bottom-left{content:"?? body?display:none? ?22 ?/style?"}');
});

t.test('a run of ports is three rectangles at most', async (t) => {
  const area = (from: number, to: number): number =>
    rectanglesOf(from, to, 100).reduce((sum, { width, height }) => sum + width * height, 0);
  t.strictSame(rectanglesOf(5, 9, 100), [{ column: 5, line: 0, width: 5, height: 1 }]);
  t.strictSame(rectanglesOf(0, 9999, 100), [{ column: 0, line: 0, width: 100, height: 100 }]);
  t.strictSame(rectanglesOf(99, 100, 100), [
    { column: 99, line: 0, width: 1, height: 1 },
    { column: 0, line: 1, width: 1, height: 1 },
  ]);
  t.strictSame(rectanglesOf(150, 449, 100), [
    { column: 50, line: 1, width: 50, height: 1 },
    { column: 0, line: 2, width: 100, height: 2 },
    { column: 0, line: 4, width: 50, height: 1 },
  ]);
  for (const [from, to] of [
    [0, 0],
    [0, 199],
    [1, 200],
    [50, 9950],
    [99, 9900],
    [9999, 9999],
  ] as const) {
    t.equal(area(from, to), to - from + 1, `${from} to ${to}`);
  }
});

const swept = (facts: Parameters<typeof sweepFacts>, ports = '50000-59999') => {
  const observation = seen('open', { probe: 'tcp', attempts: [], facts: sweepFacts(...facts) });
  const { report } = judged([{ rule: row('external-rtp-tcp-50000-59999-in'), at: { edge1: observation } }]);
  const [check] = report.rules.flatMap(({ checks }) => checks);
  if (check === undefined) throw new Error('the row has a check');
  return { report, check: { ...check, target: { ...check.target, ports } } };
};

t.test('the picture of a range', async (t) => {
  const { report, check } = swept([
    [
      [50000, 50499, 'open'],
      [50500, 50619, 'filtered'],
      [50620, 59999, 'closed'],
    ],
  ]);
  const page = parseHtml(
    renderMerged('html', mergeReports([file(report)], { maxAge: 1, mixed: false, now: startedAt }), {
      columns: 80,
      colour: false,
      ascii: false,
      exitCode: 1,
    }),
  );
  const [figure] = elements(byId(page, 'ranges') ?? page, 'figure');
  const paths = elements(figure ?? page, 'path');
  t.strictSame(
    paths.map(({ text }) => text.trim()),
    ['50000-50499 open', '50500-50619 filtered', '50620-59999 closed'],
  );
  t.equal(paths[0]?.attributes['d'], 'M62 20h500v25h-500z', 'five full lines of a hundred ports');
  for (const { attributes } of paths.slice(1)) {
    t.ok(byId(page, /^url\(#(.+)\)$/.exec(attributes['fill'] ?? '')?.[1] ?? ''), 'told apart by a pattern');
  }
  t.match(figure?.text, /open +500 ports: .*closed +9380 ports: .*filtered +120 ports: /s);
  t.match(figure?.text, /50000.*51000.*59000/s, 'ports can be read at its side');
  t.match(figure?.text, '50000-50499 open, 50500-50619 filtered, 50620-59999 closed.');
  t.notMatch(rangePicture(check, 'x').source, 'not asked');
});

t.test('samples, and facts that are none', async (t) => {
  const { check } = swept([[[50000, 50063, 'open']], { asked: 16, of: 64 }], '50000-50063');
  const { source } = rangePicture(check, 'x');
  t.match(source, '16 of 64 ports were asked');
  t.match(source, '<b>not asked</b> 48 ports');
  t.match(
    rangePicture({ ...check, facts: { ...check.facts, rangesTruncated: true } }, 'x').source,
    'the rest is blank',
  );
  const ranges = [{ from: 1, to: 99999, outcome: 'open' }, { from: '50000', to: 2, outcome: 'open' }, null, 'x'];
  const beyond = rangePicture({ ...check, facts: { ranges } }, 'x').source;
  t.match(beyond, '<title>50000-50063 open</title>', 'never beyond the range');
  t.equal(beyond.match(/<path/g)?.length, 1);
  const foreign = { ranges: [{ from: 50000, to: 50001, outcome: 'x"><script>' }] };
  t.equal(rangePicture({ ...check, facts: foreign }, 'x').source, '');
  t.equal(rangePicture({ ...check, facts: {} }, 'x').source, '');
  const nowhere = { ...check, target: { ...check.target, ports: '"><script>' } };
  t.equal(rangePicture(nowhere, 'x').source, '', 'ports that are none');
});

t.test('the service, beside the path', async (t) => {
  const of = (more: object): string => serviceWords({ ...swept([[[50000, 50001, 'open']]]).check, ...more });
  const base = { evidence: 'service', verdict: 'fail', path: 'lost' };
  t.equal(of({ ...base, outcome: 'answered', because: 'answered', verdict: 'pass', path: 'open' }), '✓ answers');
  t.equal(of({ ...base, outcome: 'answered', because: 'exposed' }), '✗ exposed');
  t.equal(of({ ...base, outcome: 'closed', because: 'service-down', path: 'open' }), '✗ down');
  t.equal(of({ ...base, outcome: 'filtered', because: 'filtered' }), '– not reached');
  t.equal(of({ ...base, outcome: 'filtered', because: 'idle-or-filtered', evidence: 'nobody' }), '– idle range');
  t.equal(of({ outcome: 'open', because: 'open', evidence: 'nobody', verdict: 'pass', path: 'open' }), '✓ opens');
  t.equal(of({ ...base, outcome: 'open', because: 'tls-swallowed', path: 'cut' }), '✗ opens, mute');
});

t.test('the history tells what changed, and counts what came out alike', async (t) => {
  const look = { columns: 80, colour: false, ascii: false, exitCode: 1 };
  const at = (minutes: number): Date => new Date(startedAt.getTime() + minutes * 60_000);
  const [sip, xmpp] = [row('external-sip-tcp-443-in'), row('external-xmpp-tcp-5269-in')];
  const asked = (minutes: number, outcome: 'answered' | 'filtered') => {
    const { report } = judged([
      { rule: sip, at: { edge1: seen(outcome) } },
      { rule: xmpp, at: { edge1: seen('answered') } },
    ]);
    return file(as(report, { id: String(minutes), minutes }));
  };
  const shown = (runs: ReturnType<typeof asked>[], now = at(60)) => {
    const merged = mergeReports(runs, { maxAge: 9999, mixed: false, now });
    const page = parseHtml(renderMerged('html', merged, look));
    const text = (id: string): string => (byId(page, id)?.text ?? '').replace(/\s+/g, ' ');
    return { page, history: text('history'), markdown: renderMerged('markdown', merged, look) };
  };
  const changed = shown([asked(0, 'filtered'), asked(20, 'answered'), asked(25, 'answered')]);
  t.match(changed.history, /external-sip-tcp-443-in outside ✗ fail .*, ✓ pass .*, ✓ pass .* \(counts\)/);
  t.match(changed.history, / 1 row was asked again and came out alike\. $/);
  t.notMatch(changed.history, 'external-xmpp-tcp-5269-in');
  t.match(changed.markdown, /## History\n\n\|.*\n\| ---.*\n\| external-sip-tcp-443-in .*\n\n1 row was asked again/);
  const alike = shown([asked(0, 'answered'), asked(20, 'answered')]);
  t.match(alike.history, /History 2 rows were asked again and came out alike\. $/);
  t.match(alike.markdown, /## History\n\n2 rows were asked again and came out alike\.\n\n## /);
  t.match(shown([asked(0, 'answered')]).history, 'No row was asked more than once from the same place.');

  const ahead = shown([asked(0, 'answered'), asked(600, 'answered')]);
  t.match(elements(ahead.page, 'header')[0]?.text.replace(/\s+/g, ' '), /Date Fri 2026-11-20 21:05:03 \+01:00 /);
});
