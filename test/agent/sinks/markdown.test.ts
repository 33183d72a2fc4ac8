import t from 'tap';
import { render } from '../../../agent/sinks/index.ts';
import { inline } from '../../../agent/sinks/markdown-text.ts';
import { harms, poisonedReport } from '../hostile-report.ts';
import { samplePool } from '../sample-report.ts';

const options = { columns: 80, colour: false, ascii: false, exitCode: 1 };

/** The cells of a line of a table: bars that are not escaped separate them. */
const cells = (line: string): string[] =>
  line
    .split(/(?<!\\)(?:\\\\)*\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

t.test('the port summary, what to do, and what was not tested', async (t) => {
  const text = render('markdown', samplePool().report, options);
  t.match(text, /^# edgeprobe: contoso: FAIL\n\n4 pass, 2 fail, 1 unknown, 4 not asked\./);
  const lines = text.split('\n');
  const head = cells(lines.find((line) => line.startsWith('| Verdict')) ?? '');
  t.strictSame(head, ['Verdict', 'Rule', 'Flow', 'From → to', 'Path', 'Because', 'outside', 'Evidence']);
  t.strictSame(cells(lines.find((line) => line.includes('| external-stun-udp-3478-in |')) ?? ''), [
    ...['✗ fail', 'external-stun-udp-3478-in', 'MSTURN udp/3478', 'any → av-edge', 'lost', 'filtered'],
    ...['✓ edge1 ✗ edge2', 'service'],
  ]);
  t.match(text, /### ✗ external-stun-udp-3478-in: fail \(filtered\)\n\n- udp\/3478 outside → av-edge edge2/);
  t.match(text, '- **do**: external firewall: allow udp any → 131.107.155.31:3478, as for edge1.');
  t.match(text, '- log: 20:04:11.207Z to 20:04:15.211Z, udp 198.51.100.7 port');
  t.match(text, /- \*\*warning certificate-expiring\*\* \(edge1 131\.107\.155\.10:443, from outside\): /);
  t.match(
    text,
    '- public-im-sip-tcp-5061-in, public-im-sip-tcp-443-in, public-im-stun-udp-3478-in (outside): needed for',
  );
  t.match(text, '| outside | edge 131.107.155.10 | 49151 | filtered |');
  t.match(text, '| external | 4 | 1 | 0 | 1 | 1 |   |   |', 'a line to sign for each segment');
});

t.test('every table has as many cells in each of its lines', async (t) => {
  for (const text of ['plain', ...harms]) {
    const lines = render('markdown', poisonedReport(text), options).split('\n');
    let width = 0;
    for (const [index, line] of lines.entries()) {
      if (!line.startsWith('|')) continue;
      if (!lines[index - 1]?.startsWith('|')) width = cells(line).length;
      if (cells(line).length !== width)
        t.equal(cells(line).length, width, `${JSON.stringify(text.slice(0, 30))}: ${line}`);
    }
    t.ok(width > 0);
  }
});

t.test('hostile texts are no markup', async (t) => {
  const plain = render('markdown', poisonedReport('plain'), options).split('\n');
  for (const text of harms) {
    const markdown = render('markdown', poisonedReport(text), options);
    const name = JSON.stringify(text.slice(0, 30));
    t.notMatch(markdown, /<(?!!-- -->)/, `${name}: no HTML but our own comment`);
    t.notMatch(markdown, /(?<!\\)(?:\\\\)*[`[\]$~_]/, `${name}: no code, links or images`);
    t.notMatch(markdown, /https?:\/\//, `${name}: no bare address`);
    t.notMatch(markdown, /www\.[a-z]/, name);
    t.notMatch(markdown, /@(?!<!-- -->)/, `${name}: nobody is told`);
    t.notMatch(markdown, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]|\p{Cs}/u, name);
    t.equal(markdown.split('\n').length, plain.length, `${name}: no line more`);
    t.notMatch(markdown, /^- ([#+=-]|\d+[.)])+(\s|$)/m, `${name}: no block within an item`);
  }
});

t.test('a text within a line', async (t) => {
  t.equal(inline('203.0.113.50 0.1.0 a-b'), '203.0.113.50 0.1.0 a-b', 'what is harmless stays readable');
  t.equal(inline('a|b'), 'a\\|b');
  t.equal(inline('a\\|b'), 'a\\\\\\|b', 'a backslash escapes nothing of ours');
  t.equal(inline('1. one'), '1\\. one');
  t.equal(inline('- x'), '\\- x');
  t.equal(inline('a\nb'), 'a\\\\x0ab', 'line breaks are shown');
});
