import t from 'tap';
import { openHalfOpenBook } from '../../agent/half-open-book.ts';
import type { Place } from '../../agent/respond.ts';
import type { HalfOpen } from '../../probes/half-open.ts';

const edge = '10.45.16.30';
const place = (from: number, to = from, transport: Place['transport'] = 'tcp'): Place => ({
  ...{ address: edge, transport, services: [] },
  ports: { from, to },
});
const one = (port: number, more: { from?: number; address?: string; to?: string } = {}): HalfOpen => ({
  from: { address: more.address ?? '198.51.100.7', port: more.from ?? 40_000 + port },
  to: { address: more.to ?? edge, port },
});
const second = (n: number): Date => new Date(Date.UTC(2026, 10, 20, 9, 0, n));
const bound = [place(443), place(3478, 3478, 'udp'), place(50_000, 59_999)];

t.test('nothing was looked at: nothing is claimed', async (t) => {
  t.equal(openHalfOpenBook(bound).record(), null);
});

t.test('our own ports only, each connection once, and how long it was seen', async (t) => {
  const book = openHalfOpenBook(bound);
  book.note([one(443), one(8080), one(3478), one(443, { to: '10.45.16.10' })], second(0));
  book.note([one(443)], second(2));
  book.note([one(443, { from: 7 })], second(9));
  t.strictSame(book.record(), {
    everySeconds: 7,
    truncated: 0,
    seen: [
      {
        firstAt: second(0).toISOString(),
        lastAt: second(2).toISOString(),
        from: { address: '198.51.100.7', port: 40_443 },
        to: { address: edge, ports: '443' },
      },
      {
        firstAt: second(9).toISOString(),
        lastAt: second(9).toISOString(),
        from: { address: '198.51.100.7', port: 7 },
        to: { address: edge, ports: '443' },
      },
    ],
  });
});

t.test('a sweep is folded: by source and sample', async (t) => {
  const book = openHalfOpenBook(bound);
  const some = (from: number, to: number, address?: string): HalfOpen[] =>
    Array.from({ length: to - from + 1 }, (_, index) => one(from + index, address === undefined ? {} : { address }));
  book.note([...some(50_000, 50_099), ...some(50_000, 50_001, '198.51.100.8')], second(0));
  book.note([...some(50_050, 50_299), one(50_500)], second(2));
  t.match(book.record()?.seen, [
    { from: { address: '198.51.100.7', port: null }, to: { ports: '50000-50099' }, lastAt: second(2).toISOString() },
    { from: { address: '198.51.100.8', port: null }, to: { ports: '50000-50001' } },
    { from: { address: '198.51.100.7', port: null }, to: { ports: '50100-50299,50500' } },
  ]);
});

t.test('a flood is bounded, and said to be cut', async (t) => {
  const book = openHalfOpenBook(bound);
  for (let sample = 0; sample < 3; sample++) {
    book.note(
      Array.from({ length: 10_000 }, (_, n) => one(443, { from: n + 1, address: `198.51.100.${sample}` })),
      second(sample),
    );
  }
  t.match(book.record(), { truncated: 10_000 });
  t.equal(book.record()?.seen.length, 20_000);
});
