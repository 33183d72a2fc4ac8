import t from 'tap';
import { permute } from '../../probes/permutation.ts';

t.test('every number once', async (t) => {
  for (const n of [0, 1, 2, 3, 64, 10_000]) {
    for (const seed of [0, 1, -1, 2 ** 31, 4_294_967_295]) {
      const order = [...permute(n, seed)].sort((a, b) => a - b);
      t.same(
        order,
        Array.from({ length: n }, (_, index) => index),
      );
    }
  }
});

t.test('the same on every Node, for ever', async (t) => {
  t.same([...permute(10, 1)], [0, 3, 8, 7, 5, 6, 4, 9, 1, 2]);
  t.same([...permute(10, 2)], [7, 2, 9, 4, 1, 3, 0, 6, 8, 5]);
});

t.test('another seed, another order', async (t) => {
  const orders = new Set(Array.from({ length: 100 }, (_, seed) => permute(50, seed).join()));
  t.equal(orders.size, 100);
});

t.test('no place is favoured', async (t) => {
  const hits = Array.from({ length: 8 }, () => 0);
  for (let seed = 0; seed < 8_000; seed++) {
    const at = permute(8, seed).indexOf(3);
    hits[at] = (hits[at] ?? 0) + 1;
  }
  t.ok(Math.min(...hits) > 880 && Math.max(...hits) < 1_120, hits.join(' '));
});
