import { createHash } from 'node:crypto';
import t from 'tap';
import { control, judged, row, seen, silent } from './fixtures.ts';
import { harms, poisonedReport } from './hostile-report.ts';
import { paging } from './paging.ts';
import { samplePool } from './sample-report.ts';
import { byId, elements, type HtmlElement, parseHtml } from './sinks/parse-html.ts';

const words = (element: HtmlElement | undefined): string => (element?.text ?? '').replace(/\s+/g, ' ').trim();

/** A page as XML: its script is no markup, and XML would read it as some. */
const parse = (html: string): HtmlElement => parseHtml(html.replace(/<script>[\s\S]*?<\/script>/, '<script></script>'));

const rowsOf = (page: HtmlElement): HtmlElement[] =>
  elements(page, 'tbody').filter(({ attributes }) => 'data-state' in attributes);

const { report } = samplePool();

t.test('every row of the port summary, with its verdict', async (t) => {
  const pages = paging(report);
  const page = parse(pages.get());
  const rows = rowsOf(page);
  t.equal(rows.length, report.rules.length);
  for (const rule of report.rules) {
    const found = rows.filter((one) => words(one).includes(` ${rule.rule} `));
    t.match(found[0]?.attributes['data-state'], rule.verdict, rule.rule);
  }
  const stun = rows.find((one) => words(one).includes('external-stun-udp-3478-in'));
  t.match(words(stun), /^✗ fail MSTURN udp\/3478 any → av-edge .* ✓ pass edge1 ✗ fail edge2 ✗ lost 20:04:11Z/);
  t.match(words(stun), /filtered edge2 131\.107\.155\.31: nothing heard|filtered udp\/3478 outside → av-edge edge2/);
  t.match(words(elements(stun ?? page, 'details')[0]), /Do: external firewall: allow udp .* attempts/);
  t.equal(words(elements(page, 'title')[0]), '✗ 2 fail · contoso · outside');
  t.match(words(byId(page, 'head')), /contoso outside ✗ FAIL 8 pass, 2 fail|contoso outside ✗ FAIL/);
  t.match(words(byId(page, 'todo')), /^What to do ✗ fail /);
  t.match(words(byId(page, 'controls')), 'tcp://203.0.113.53:53 must answer from here');
  const anchors = elements(page, 'a').flatMap(({ attributes: { href = '' } }) => (href.startsWith('#') ? [href] : []));
  for (const anchor of anchors) t.ok(byId(page, anchor.slice(1)), anchor);
  const ids = elements(page, '*').flatMap(({ attributes }) => attributes['id'] ?? []);
  t.equal(new Set(ids).size, ids.length, 'ids are unique');
});

t.test('picked by the server, for those without a script', async (t) => {
  const pages = paging(report);
  const states = (query: string): string[] => [
    ...new Set(rowsOf(parse(pages.get(query))).map(({ attributes }) => attributes['data-state'] ?? '')),
  ];
  t.strictSame(states('state=fail'), ['fail']);
  t.strictSame(states('state=fail&state=unknown').sort(), ['fail', 'unknown']);
  t.strictSame(states('state=fail,unknown').sort(), ['fail', 'unknown']);
  t.equal(states('state=nonsense').length, 4, 'what nobody knows picks nothing');
  const found = rowsOf(parse(pages.get('q=edge2+3478')));
  t.equal(found.length, 1);
  t.match(words(found[0]), 'external-stun-udp-3478-in');
  const page = parse(pages.get('state=fail&q=3478'));
  t.equal(rowsOf(page).length, 1);
  t.match(words(byId(page, 'shown')), new RegExp(`^1 of ${report.rules.length} rows`));
  const inputs = elements(page, 'input');
  t.strictSame(
    inputs.filter(({ attributes }) => 'checked' in attributes).map(({ attributes }) => attributes['value']),
    ['fail'],
  );
  t.equal(inputs.find(({ attributes }) => attributes['name'] === 'q')?.attributes['value'], '3478');
  const hostile = parse(pages.get(`q=${encodeURIComponent('"><script>alert(1)</script>')}`));
  t.equal(elements(hostile, 'script').length, 1, 'what was typed stays text');
  t.equal(rowsOf(hostile).length, 0);
  t.match(words(byId(hostile, 'shown')), /^0 of/);
});

t.test('blind, and not ready', async (t) => {
  const rows = [{ rule: row('external-stun-udp-3478-in'), at: { edge1: silent(), edge2: silent() } }];
  const blind = paging(judged(rows, { controls: [control('vantage', '203.0.113.53', 'filtered')] }).report);
  blind.ready = false;
  const page = parse(blind.get());
  t.match(
    words(byId(page, 'head')),
    /This agent is blind: what must answer from here does not \(tcp:\/\/203\.0\.113\.53:53\)/,
  );
  t.match(words(byId(page, 'head')), /The first round is under way: 2 of 2/);
  t.equal(words(elements(page, 'title')[0]), '? blind · contoso · outside');
  const one = judged(rows, {
    controls: [control('vantage', '203.0.113.53', 'filtered'), control('vantage', '203.0.113.54', 'open')],
  }).report;
  t.match(
    words(byId(parse(paging(one).get()), 'head')),
    /A vantage control fails: what must answer from here does not \(tcp:\/\/203\.0\.113\.53:53\)\. Another/,
  );
  const answers = [{ rule: row('external-sip-tcp-443-in'), at: { edge1: seen('answered') } }];
  const wide = judged(answers, { controls: [control('port', '131.107.155.10', 'open')] }).report;
  const open = parse(paging(wide).get());
  t.equal(words(elements(open, 'title')[0]), '✗ 1 error · contoso · outside', 'an error counts where every row passes');
  t.match(words(byId(open, 'head')), '✗ FAIL 1 pass, 0 fail, 0 unknown, 0 not asked, 1 error');
  t.notMatch(words(byId(parse(paging(report).get()), 'head')), /blind|control|first round/);
  t.match(paging(null).get(), 'Nothing was asked yet');
});

t.test('last changes and last results', async (t) => {
  const pages = paging(report);
  const named = { pack: 'lync2013-edge-public', rule: 'external-stun-udp-3478-in', endpoint: 'edge2' };
  const change = {
    ...named,
    target: '131.107.155.31',
    source: '',
    because: 'filtered',
    explain: 'nothing heard',
  } as const;
  pages.changes.push(
    { ...change, at: '2026-11-20T20:00:00.000Z', from: null, verdict: 'pass' },
    { ...change, at: '2026-11-20T20:03:00.000Z', from: 'pass', verdict: 'fail' },
  );
  pages.history = (check) =>
    check.includes('external-stun-udp-3478-in') && check.includes('edge2')
      ? (['pass', 'fail'] as const).map((verdict, index) => ({
          ...{ at: `2026-11-20T20:0${index}:00.000Z`, verdict, outcome: 'filtered', durationSeconds: 4 },
          because: 'filtered',
        }))
      : [];
  const page = parse(pages.get());
  t.equal(
    words(byId(page, 'changes')),
    'Last changes 2026-11-20 20:03:00Z (21:03:00 +01:00) ✓ pass → became ✗ fail external-stun-udp-3478-in edge2 nothing heard',
    'what a check was first is no change; UTC, and the clock of the site',
  );
  const past = elements(page, 'ol').filter(({ attributes }) => attributes['class'] === 'past');
  t.strictSame(past.map(words), ['20:01:00Z ✗ fail filtered after 4.0 s 20:00:00Z ✓ pass filtered after 4.0 s']);
});

t.test('only what is new is sent to those who have the rest; it is made once', async (t) => {
  const pages = paging(report);
  const first = pages.get();
  const since = (html: string): string => /data-version="([^"]*)"/.exec(html)?.[1] ?? '';
  for (let round = 0; round < 100; round++) t.equal(pages.get(), first);
  t.equal(pages.reads, 1, 'a storm of reloads makes no page');
  const none = pages.get(`since=${since(first)}`);
  t.equal(rowsOf(parseHtml(none)).length, 0, 'nothing is new');
  t.equal(elements(parseHtml(none), 'tbody').length, report.rules.length, 'and the rows are named');
  t.ok(none.length < first.length / 3, `${none.length} of ${first.length}`);
  const rules = report.rules.map((rule) =>
    rule.rule === 'external-sip-tcp-443-in' ? { ...rule, explain: 'something new' } : rule,
  );
  pages.publish({ ...report, rules });
  const next = parseHtml(pages.get(`since=${since(first)}`));
  t.strictSame(
    rowsOf(next).map((one) => /something new/.test(words(one))),
    [true],
    'one row is',
  );
  t.strictSame([elements(next, 'style'), elements(next, 'script')], [[], []]);
  t.equal(pages.reads, 2);
  for (const odd of ['nonsense', 'other.1', `${since(first)}x`, '.', 'r1.-1', '%00']) {
    t.equal(rowsOf(parse(pages.get(`since=${odd}`))).length, report.rules.length, `${odd}: everything`);
  }
});

t.test('what the browser may do', async (t) => {
  const pages = paging(report);
  const html = pages.get();
  const hashOf = (tag: string): string => {
    const [, text = ''] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(html) ?? [];
    t.ok(text.length > 1000, tag);
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  };
  t.equal(
    pages.headers()['Content-Security-Policy'],
    `default-src 'none'; script-src ${hashOf('script')}; style-src ${hashOf('style')}; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  );
  const page = parse(html);
  const attributes = elements(page, '*').flatMap((element) => Object.keys(element.attributes));
  t.notOk(attributes.some((name) => /^(src|srcset|style|on.*)$/i.test(name)));
  for (const { attributes: link } of elements(page, '*')) {
    if (link['href'] !== undefined) t.match(link['href'], /^(#|\.\/|data:image\/svg)/, 'nothing from elsewhere');
  }
  const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(html) ?? [];
  t.ok(script.length < 8_000, `the script is small: ${script.length}`);
});

t.test('hostile texts are text', async (t) => {
  const shape = (text: string): string[] =>
    elements(parse(paging(poisonedReport(text), text).get()), '*').map(({ name }) => name);
  const harmless = shape('plain');
  for (const text of [...harms, '</script><script>alert(1)</script>', '</style>', '<!--', '\u202e'.repeat(10_000)]) {
    const name = JSON.stringify(text.slice(0, 30));
    t.strictSame(shape(text), harmless, `${name}: no element more`);
    const html = paging(poisonedReport(text))
      .get()
      .replace(/<script>[\s\S]*?<\/script>/, '');
    t.notMatch(html, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Cs}/u, name);
  }
});

t.test('85 rules of 3 endpoints', async (t) => {
  const [first] = report.rules.filter(({ checks }) => checks.length > 0);
  const big = judged([
    { rule: row('external-sip-tcp-443-in'), at: { edge1: seen('answered'), edge2: silent() } },
  ]).report;
  const rule = big.rules[0] ?? first;
  if (rule === undefined) throw new Error('the sample has rules');
  const checks = [0, 1, 2].flatMap((index) => rule.checks[index % 2] ?? []);
  const rules = Array.from({ length: 85 }, (_, index) => ({ ...rule, rule: `site-sip-tcp-${index}-in`, checks }));
  const html = paging({ ...big, rules }).get();
  t.equal(rowsOf(parse(html)).length, 85);
  t.ok(html.length < 1_000_000, `${html.length} characters`);
});
