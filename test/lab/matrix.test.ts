import t from 'tap';
import { needing } from '../require.ts';
import { labVantages } from './check-run.ts';
import { labNeeds } from './lab.ts';
import { mutatePack } from './matrix/mutate-pack.ts';
import type { Result } from './matrix/result.ts';
import { summaryText } from './matrix/summary.ts';

t.setTimeout(900_000);

// Dropped and refused rows have tests of their own (mutation-*.test.ts).
t.test('answers lost, half of a range, translated to the wrong host: every row', needing(...labNeeds), async (t) => {
  const results: Result[] = [];
  await mutatePack({
    pack: 'lync2013-edge-public',
    vantages: labVantages,
    ways: ['one-way', 'half', 'nat-idle', 'nat-answering'],
    narrow: true,
    responders: false,
    known: new Set(),
    told: (some) => results.push(...some),
    say: (line) => t.comment(line),
  });
  t.equal(new Set(results.map(({ row }) => row)).size, 37, 'every row of the pack');
  for (const { row, how, result, verdict, because, others, blamed, deduction } of results) {
    t.not(result, 'missed', `${row} ${how}: ${verdict} ${because}`);
    t.equal(others, '', `${row} ${how}: nothing else changed`);
    t.not(blamed, 'wrong', `${row} ${how}: ${deduction}`);
  }
  t.notMatch(summaryText(results), 'NOT EXPLAINED', 'what is not known is explained by physics');
});
