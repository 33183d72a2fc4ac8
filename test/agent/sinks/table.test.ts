import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { exitCodeOf } from '../../../agent/exit-code.ts';
import { displayWidth } from '../../../agent/printable.ts';
import { render } from '../../../agent/sinks/index.ts';
import { samplePool } from '../sample-report.ts';

const command = 'edgeprobe check --config contoso.yaml --vantage outside';
const { report } = samplePool();
const exitCode = exitCodeOf(report);
const plain = { colour: false, ascii: false, exitCode, command };

/** Tests run from the repository's root, and golden texts are not compiled. UPDATE_GOLDEN=1 writes them anew. */
const golden = (name: string, text: string): string => {
  const file = `test/agent/sinks/golden/${name}.txt`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

t.test('the whole table at 80, 100 and 200 columns, and in ASCII', async (t) => {
  for (const columns of [80, 100, 200]) {
    const text = render('table', report, { ...plain, columns });
    t.equal(text, golden(`pool-${columns}`, text), `${columns} columns`);
  }
  const text = render('table', report, { ...plain, columns: 80, ascii: true });
  t.equal(text, golden('pool-80-ascii', text), 'ASCII');
  t.match(text, /^[\n\x20-\x7e]*$/, 'nothing but ASCII');
});

t.test('no line is wider than the terminal or ends in a blank, at any width', async (t) => {
  for (let columns = 60; columns <= 200; columns++) {
    const lines = render('table', report, { ...plain, columns }).split('\n');
    const wide = lines.filter((line) => displayWidth(line) > columns);
    t.same(wide, [], `${columns} columns`);
    t.same(
      lines.filter((line) => line.endsWith(' ')),
      [],
    );
  }
});

t.test('narrower than 60 and wider than 200 are as 60 and 200', async (t) => {
  const at = (columns: number): string => render('table', report, { ...plain, columns });
  t.equal(at(20), at(60));
  t.equal(at(1000), at(200));
});

t.test('colours say nothing that words do not', async (t) => {
  const look = { ...plain, columns: 100 };
  const coloured = render('table', report, { ...look, colour: true });
  t.match(coloured, '\x1b[31m✗ fail\x1b[39m');
  t.equal(coloured.replace(/\x1b\[\d+m/g, ''), render('table', report, look));
});
