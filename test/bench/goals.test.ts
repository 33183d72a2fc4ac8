import t from 'tap';
import { type Line, metGoal, sectionMarkdown, sectionText } from './goals.ts';

const line: Line = { what: 'all closed', who: 'nmap | -sT', measured: '0.2 s', ratio: 0.8, goal: 1, exact: '0 wrong' };

t.test('a goal is reached, missed, or not there', async (t) => {
  t.equal(metGoal(line), true);
  t.equal(metGoal({ ratio: 1, goal: 1 }), true);
  t.equal(metGoal({ ratio: 1.01, goal: 1 }), false);
  t.equal(metGoal({ ratio: 5, goal: null }), null);
  t.equal(metGoal({ ratio: null, goal: 1 }), null);
});

t.test('a section as text and as Markdown', async (t) => {
  const section = { title: 'Sweeps', lines: [line, { ...line, ratio: 1.2 }], notes: ['A note.'] };
  const shown = sectionText(section);
  t.match(shown, /all closed {2}nmap \| -sT {2}0\.2 s {4}.*0\.80.*≤ 1\.00 {2}reached/);
  t.match(shown, /1\.20 .*missed/);
  t.match(sectionMarkdown(section), '| all closed | nmap \\| -sT | 0.2 s | 0.80 | ≤ 1.00 | reached | 0 wrong |\n');
});
