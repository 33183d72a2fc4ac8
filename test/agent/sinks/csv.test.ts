import t from 'tap';
import { render } from '../../../agent/sinks/index.ts';
import { harms, poisonedReport } from '../hostile-report.ts';
import { samplePool } from '../sample-report.ts';

const options = { columns: 80, colour: false, ascii: false, exitCode: 1 };

/** A CSV reader after RFC 4180, section 2; throws for what it does not allow. */
const parse = (text: string, separator = ','): string[][] => {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (at >= text.length) throw new Error('a quote that never ends');
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') cell += text[at++];
        else break;
      }
      at++;
    } else {
      for (; at < text.length && text[at] !== separator && text[at] !== '\r'; at++) {
        if (text[at] === '"' || text[at] === '\n') throw new Error(`a bare ${JSON.stringify(text[at])}`);
        cell += text[at];
      }
    }
    row.push(cell);
    if (text[at] === separator) at++;
    else if (text.startsWith('\r\n', at)) {
      rows.push(row);
      row = [];
      at += 2;
    } else throw new Error(`neither a separator nor an end of line at ${at}`);
  }
  return rows;
};

t.test('one line for each rule, place and node', async (t) => {
  const [head = [], ...lines] = parse(render('csv', samplePool().report, options));
  t.ok(
    lines.every((line) => line.length === head.length),
    'every line has every column',
  );
  const of = (rule: string) =>
    lines
      .filter((line) => line[head.indexOf('rule')] === rule)
      .map((line) => Object.fromEntries(head.map((name, index) => [name, line[index]])));
  t.match(of('external-stun-udp-3478-in'), [
    { node: 'edge1', verdict: 'pass', outcome: 'answered', path: 'open', port: '3478', address: '131.107.155.30' },
    {
      node: 'edge2',
      verdict: 'fail',
      because: 'filtered',
      path: 'lost',
      evidence: 'service',
      seconds: '4.004',
      do: /allow udp any/,
    },
  ]);
  t.match(of('external-rtp-tcp-50000-59999-in')[0], { port: '50000-59999' }, 'a range');
  t.match(of('public-im-sip-tcp-443-in'), [{ verdict: 'skipped', because: 'not-required', node: '', address: '' }]);
  t.match(of('external-sip-tcp-443-in')[0], { findings: /warning certificate-expiring/ });
});

t.test('no cell is a formula, in any country', async (t) => {
  const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/;
  for (const text of [...harms, '＝1+1', '=1', ' =1', '\n=1', 'x; =1']) {
    const csv = render('csv', poisonedReport(text), options);
    const rows = parse(csv);
    t.ok(rows.length > 10, JSON.stringify(text.slice(0, 30)));
    t.strictSame(
      rows.flat().filter((one) => formula.test(one)),
      [],
    );
    // A spreadsheet that separates by semicolons reads the same bytes in other cells.
    t.strictSame(
      csv.split(/[;\r\n]/).filter((one) => formula.test(one)),
      [],
    );
    t.notMatch(csv, /[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]|\p{Cs}/u);
  }
});
