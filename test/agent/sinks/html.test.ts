import { createHash } from 'node:crypto';
import t from 'tap';
import { mergeReports } from '../../../agent/merge.ts';
import { readPack } from '../../../agent/packs.ts';
import { render, renderMerged } from '../../../agent/sinks/index.ts';
import { judged, row, seen, silent, startedAt } from '../fixtures.ts';
import { harms, poisonedReport } from '../hostile-report.ts';
import { as, beside, file, sampleRuns } from '../sample-runs.ts';
import { byId, elements, type HtmlElement, parseHtml } from './parse-html.ts';

const plain = { columns: 80, colour: false, ascii: false, exitCode: 1 };

const { outside, dmz, inside } = sampleRuns([
  beside('external-stun-udp-3478-in', 'edge2', '131.107.155.31', 'answered', { port: 3478 }),
]);

const earlier = as(
  judged([{ rule: row('internal-sip-tcp-5061-in'), at: { edge1: silent(), edge2: seen('answered') } }], {
    vantage: 'inside',
  }).report,
  { id: 'before', host: 'jump-int-02', minutes: -30, note: 'CHG4711' },
);

const waiver = { reason: 'no responder allowed', ticket: 'CHG1', until: '2026-12-31' };

const waived = {
  ...outside,
  rules: outside.rules.map((rule) => (rule.rule === 'external-sip-tcp-5061-in' ? { ...rule, waiver } : rule)),
};

const merged = mergeReports([file(earlier), file(waived, '/tmp/outside.json'), file(dmz), file(inside)], {
  maxAge: 4 * 3600,
  mixed: false,
  now: startedAt,
  rules: readPack('lync2013-edge-public', '.').rules,
});

const html = renderMerged('html', merged, plain);
const page = parseHtml(html);

const words = (element: HtmlElement | undefined): string => (element?.text ?? '').replace(/\s+/g, ' ').trim();

t.test('the page that gets signed', async (t) => {
  t.match(words(elements(page, 'title')[0]), /^contoso: port summary, FAIL, Fri 2026-11-20 21:07:03 \+01:00, /);
  const head = words(elements(page, 'header')[0]);
  t.match(
    head,
    /✗ FAIL 8 pass, 2 fail, 1 unknown, 4 not asked; 22 more rows of the packs in no run ✗ external segment paths: 5 open, 2 shut/,
  );
  const digest = merged.siteDigest;
  t.match(head, `Site digest ${digest.slice(0, 4)} ${digest.slice(4)}`, 'in fours, to be compared by voice');
  const todo = words(byId(page, 'todo'));
  t.match(todo, /What to do ✗ fail MSTURN udp\/3478 external-stun-udp-3478-in external firewall: allow udp any/);
  t.match(todo, 'Who blocks: the external segment drops the request or the reply: edge2 answers the DMZ');
  t.ok(todo.indexOf('✗ fail') < todo.indexOf('? unknown'), 'the worst first');
  t.notMatch(todo, 'external-sip-tcp-5061-in', 'what is waived needs nothing done');
  t.match(words(byId(page, 'who')), /external-stun-udp-3478-in edge2 outside external the external segment drops/);
  t.match(words(byId(page, 'findings')), /! warning certificate-expiring edge1 .* Remedy: /);
  t.match(
    words(byId(page, 'width')),
    /✓ nothing seen .* edge 131\.107\.155\.10, .*edge 131\.107\.155\.31 outside 49151 filtered/,
  );
  t.match(words(byId(page, 'untested')), 'no run from dmz asked it');
  t.match(words(byId(page, 'waivers')), 'external-sip-tcp-5061-in outside ✗ fail CHG1 2026-12-31');
  t.match(
    words(byId(page, 'history')),
    /internal-sip-tcp-5061-in inside ✗ fail 2026-11-20 19:34:11Z, ✓ pass 2026-11-20 20:06:11Z \(counts\)/,
  );
  const runs = words(byId(page, 'runs'));
  t.match(runs, /Run 1: inside .* Remarks superseded by a later run, CHG4711 Run 2: outside Host jump-ext-01/);
  t.match(runs, /Source as bound 198\.51\.100\.7 As the far side saw it 203\.0\.113\.9/);
  t.match(runs, 'File outside.json, digest cafe 0123');
  t.match(runs, 'From, to (UTC) 2026-11-20 20:04:11Z to 2026-11-20 20:05:03Z');
  const signatures = words(byId(page, 'signatures'));
  t.match(signatures, /The external segment : paths 5 open, 1 lost, 0 refused, 1 cut, 1 unknown/);
  t.match(signatures, /Owner Date Signature The internal segment : .* Owner Date Signature$/);
});

t.test('a verdict for each row, place and node', async (t) => {
  const tables = elements(page, 'table').filter(({ attributes }) => attributes['class']?.startsWith('rows'));
  const captions = tables.map((table) => words(elements(table, 'caption')[0]));
  t.strictSame(captions, ['External interface', 'Internal interface', 'Public IM connectivity', 'XMPP']);
  const bodies = tables.flatMap((table) => elements(table, 'tbody'));
  t.equal(bodies.length, merged.rows.length, 'every row, also those that were not asked');
  const stun = bodies.find((body) => words(body).includes('external-stun-udp-3478-in'));
  const lines = elements(stun ?? page, 'tr').map(words);
  t.equal(
    lines[0],
    '✗ fail MSTURN udp/3478 any → av-edge external-stun-udp-3478-in outside edge1 131.107.155.30:3478 ✓ pass ✓ open ✓ answers service',
  );
  t.equal(lines[1], 'outside edge2 131.107.155.31:3478 ✗ fail ✗ lost – not reached service');
  t.match(lines[2], /^filtered udp\/3478 outside → av-edge edge2 131\.107\.155\.31: nothing heard to 4 requests/);
  t.match(lines[2], /20:04:11\.207Z to .* attempts 2026-11-20T20:04:11\.207Z from port 51234: filtered after/);
  t.equal(bodies.filter(({ attributes }) => attributes['class'] === 'row skipped').length, 4);
});

t.test('complete in itself', async (t) => {
  const one = render('html', outside, plain);
  for (const text of [html, one]) {
    const root = parseHtml(text);
    t.strictSame(elements(root, 'script'), []);
    for (const name of ['link', 'img', 'iframe', 'object', 'base', 'form']) t.strictSame(elements(root, name), []);
    const attributes = elements(root, '*').map((element) => element.attributes);
    const names = new Set(attributes.flatMap(Object.keys));
    t.strictSame(
      [...names].filter((name) => /^(src|srcset|style|on.*)$/i.test(name)),
      [],
    );
    const links = new Set(attributes.flatMap(({ href = [] }) => href));
    t.ok(links.size > 10);
    for (const link of links) t.ok(link.startsWith('#') && byId(root, link.slice(1)), link);
    t.notMatch(text, /https?:|@import|url\((?!#)/, 'nothing is loaded from anywhere');
    const ids = elements(root, '*').flatMap(({ attributes }) => attributes['id'] ?? []);
    t.equal(new Set(ids).size, ids.length, 'ids are unique');
    const style = elements(root, 'style')[0]?.text ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = elements(root, 'meta').find(({ attributes }) => 'http-equiv' in attributes)?.attributes['content'];
    t.equal(policy, `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
  }
  t.match(words(elements(parseHtml(one), 'h1')[0]), 'contoso', 'one run is a report as well');
});

t.test('for screen readers, and without colours', async (t) => {
  for (const table of elements(page, 'table')) {
    t.equal(elements(table, 'caption').length, 1);
    for (const head of elements(table, 'th')) t.match(head.attributes['scope'], /^(col|row|rowgroup)$/);
    const columns = elements(elements(table, 'thead')[0] ?? page, 'th').length;
    for (const body of elements(table, 'tbody')) {
      for (const line of elements(body, 'tr')) {
        const head = line.children.find(({ name }) => name === 'th');
        const spans = line.children.map(({ attributes }) => Number(attributes['colspan'] ?? 1));
        const taken = spans.reduce((sum, span) => sum + span, 0);
        const rowHead = head !== undefined || taken === columns ? 0 : 1;
        t.equal(taken + rowHead, columns, words(line));
      }
    }
  }
  const badges = elements(page, 'span').filter(({ attributes }) => attributes['class']?.startsWith('badge'));
  t.ok(badges.length > 20);
  for (const badge of badges) t.match(words(badge), /[a-z]{3}/i, 'a word, whatever the colour');
  t.equal(elements(page, 'html')[0]?.attributes['lang'], 'en');
});

t.test('hostile texts are text', async (t) => {
  const shape = (text: string): string[] => elements(parseHtml(text), '*').map(({ name }) => name);
  const more = ['</style><style>*{display:none}', '"); } </title></script>', "' onclick='alert(1)", 'x'.repeat(10_000)];
  const harmless = shape(render('html', poisonedReport('plain'), plain));
  for (const text of [...harms, ...more, '\u202e'.repeat(10_000), '\u0000\u001b[2J\u0085\ufffe\u{1fffe}\ud800']) {
    const name = JSON.stringify(text.slice(0, 30));
    const shown = render('html', poisonedReport(text), plain);
    t.strictSame(shape(shown), harmless, `${name}: no element more`);
    t.notMatch(shown, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Cs}/u, name);
    t.notMatch(shown, /\p{Noncharacter_Code_Point}/u, name);
    t.ok(shown.length < 1_500_000, `${name}: capped, ${shown.length} characters`);
    const attributes = elements(parseHtml(shown), '*').flatMap((element) => Object.keys(element.attributes));
    t.notOk(
      attributes.some((attribute) => attribute.startsWith('on')),
      `${name}: no handler`,
    );
  }
  const shown = parseHtml(render('html', poisonedReport('<script>"x"</script>'), plain));
  t.match(words(elements(shown, 'h1')[0]), '<script>"x"</script>', 'it is shown as it is');
});
