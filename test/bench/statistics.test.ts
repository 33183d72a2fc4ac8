import t from 'tap';
import { growthExponent, leastRounds, median } from './statistics.ts';

t.test('median', async (t) => {
  t.equal(median([3]), 3);
  t.equal(median([10, 1, 2]), 2);
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.equal(median([10, 9, 100, 1]), 9.5, 'by value, not by spelling');
  t.ok(Number.isNaN(median([])));
});

t.test('growth: the exponent of a power law', async (t) => {
  const points = (of: (n: number) => number) => [10, 100, 1000].map((n) => [n, of(n)] as const);
  t.equal(growthExponent(points((n) => 3 * n)).toFixed(6), '1.000000');
  t.equal(growthExponent(points((n) => 0.1 * n ** 2)).toFixed(6), '2.000000');
  t.equal(growthExponent(points(() => 7)).toFixed(6), '0.000000');
});

t.test('the rounds that loss makes necessary', async (t) => {
  t.equal(leastRounds(10_000, 0), 1);
  t.equal(leastRounds(1, 0.5).toFixed(3), '4.000', 'one port, a quarter of the dials is answered');
  const rounds = leastRounds(10_000, 0.05);
  t.ok(rounds > 4.4 && rounds < 4.9, `${rounds}`);
});
