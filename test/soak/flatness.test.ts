import t from 'tap';
import { flatnessOf, flatnessTable } from './flatness.ts';
import type { Sample } from './inside.ts';

const sampleAt = (index: number, more: Partial<Sample> = {}): Sample => ({
  seconds: index * 10,
  rss: 100 * 2 ** 20,
  heap: 2 ** 20,
  external: 0,
  cpu: index * 0.5,
  descriptors: 20,
  resources: { Timeout: 3, TCPSocketWrap: 1 },
  ...more,
});

t.test('what stays is flat, what grows shows', async (t) => {
  const samples = Array.from({ length: 40 }, (_, index) =>
    sampleAt(index, { descriptors: 20 + index, resources: { Timeout: index === 25 ? 90 : 3 } }),
  );
  const rows = new Map(flatnessOf(samples, 100).map((row) => [row.what, row]));
  t.strictSame(rows.get('resident memory, MiB'), { what: 'resident memory, MiB', first: 100, last: 100, peak: 100 });
  t.strictSame(rows.get('descriptors'), { what: 'descriptors', first: 35, last: 55, peak: 59 });
  t.match(rows.get('of them Timeout'), { first: 3, last: 3, peak: 90 }, 'the warm-up is left out, a peak is not');
  t.match(rows.get('CPU, % of one core'), { first: 5, last: 5, peak: 5 });
  t.match(flatnessTable([...rows.values()]), /\| descriptors \| 35 \| 55 \| 59 \|/);
});

t.test('too few samples are no soak', async (t) => {
  const samples = Array.from({ length: 12 }, (_, index) => sampleAt(index));
  t.throws(() => flatnessOf(samples, 100), /2 samples after the warm-up are too few/);
});
