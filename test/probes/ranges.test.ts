import t from 'tap';
import type { Outcome } from '../../probes/observation.ts';
import { foldPorts, mostRanges, spreadPorts } from '../../probes/ranges.ts';

t.test('the ports to ask', async (t) => {
  t.same(spreadPorts(5, 9), [5, 6, 7, 8, 9]);
  t.same(spreadPorts(5, 9, 0), [5, 6, 7, 8, 9]);
  t.same(spreadPorts(5, 9, 99), [5, 6, 7, 8, 9]);
  t.same(spreadPorts(5, 9, 3), [5, 7, 9]);
  t.same(spreadPorts(5, 9, 1), [5]);
  t.same(spreadPorts(7, 7, 16), [7]);
  const sample = spreadPorts(50_000, 59_999, 16);
  t.equal(sample.length, 16);
  t.equal(sample[0], 50_000);
  t.equal(sample[15], 59_999);
  t.equal(new Set(spreadPorts(1, 65_535, 60_000)).size, 60_000, 'no port twice');
});

t.test('samples that rotate', async (t) => {
  const seen = new Set<number>();
  const rounds = Math.ceil(9_998 / 30);
  for (let rotation = 0; rotation < rounds; rotation++) {
    const ports = spreadPorts(50_000, 59_999, 32, rotation);
    t.equal(new Set(ports).size, 32);
    t.strictSame([ports[0], ports[31]], [50_000, 59_999], 'the edges are in every sample');
    t.strictSame(
      ports,
      ports.toSorted((a, b) => a - b),
    );
    for (const port of ports) seen.add(port);
  }
  t.equal(seen.size, 10_000, 'all ports were asked in the end');
  t.strictSame(spreadPorts(50_000, 59_999, 32, rounds), spreadPorts(50_000, 59_999, 32, 0), 'and then again');
  t.strictSame(spreadPorts(5, 9, 9, 3), [5, 6, 7, 8, 9], 'the whole range does not rotate');
  t.strictSame(spreadPorts(5, 9, 2, 3), [5, 9], 'nor do two edges');
});

t.test('runs and counts', async (t) => {
  const outcomes: Outcome[] = ['open', 'open', 'closed', 'filtered', 'filtered', 'open'];
  t.same(foldPorts([1, 2, 3, 4, 5, 6], outcomes), {
    counts: { open: 3, closed: 1, filtered: 2, unreachable: 0, answered: 0, unasked: 0 },
    ranges: [
      { from: 1, to: 2, outcome: 'open' },
      { from: 3, to: 3, outcome: 'closed' },
      { from: 4, to: 5, outcome: 'filtered' },
      { from: 6, to: 6, outcome: 'open' },
    ],
  });
});

t.test('runs of a sample span the ports between', async (t) => {
  const { ranges } = foldPorts([10, 20, 30], ['open', 'open', 'closed']);
  t.same(ranges, [
    { from: 10, to: 20, outcome: 'open' },
    { from: 30, to: 30, outcome: 'closed' },
  ]);
});

t.test('nothing asked', async (t) => {
  t.same(foldPorts([], []).ranges, []);
});

t.test('too many runs are cut, the counts are not', async (t) => {
  const ports = Array.from({ length: 1_000 }, (_, index) => index + 1);
  const folded = foldPorts(
    ports,
    ports.map((port) => (port % 2 ? 'open' : 'closed')),
  );
  t.equal(folded.ranges.length, mostRanges);
  t.equal(folded.rangesTruncated, true);
  t.same(folded.ranges.at(-1), { from: 256, to: 256, outcome: 'closed' });
  t.equal(folded.counts.open, 500);
  t.equal(folded.counts.closed, 500);
});
