import t from 'tap';
import { createPacer } from '../../probes/pace.ts';

const clockAt = (): { now: number; monotonic: () => number } => {
  const clock = { now: 100, monotonic: () => clock.now };
  return clock;
};

t.test('no rate, no waiting', async (t) => {
  const pace = createPacer(0, clockAt());
  for (let call = 0; call < 1_000; call++) t.equal(pace(), 0);
});

t.test('slots are evenly apart', async (t) => {
  const pace = createPacer(10, clockAt());
  const waits = [pace(), pace(), pace(), pace()].map((seconds) => Math.round(seconds * 1000));
  t.same(waits, [0, 100, 200, 300]);
});

t.test('coarse timers do not lower the mean rate', async (t) => {
  const clock = clockAt();
  const pace = createPacer(5_000, clock);
  let dials = 0;
  while (clock.now < 101) {
    const wait = pace();
    dials++;
    // A timer of one millisecond at best, and a little late.
    if (wait > 0) clock.now += Math.max(0.001, wait) + 0.0004;
  }
  t.ok(dials > 4_950 && dials <= 5_002, `${dials} dials in a second`);
});

t.test('a pause is followed by a small burst only', async (t) => {
  const clock = clockAt();
  const pace = createPacer(500, clock);
  pace();
  clock.now += 60;
  let burst = 0;
  while (pace() === 0) burst++;
  t.ok(burst >= 20 && burst <= 27, `${burst} dials at once`);
});

t.test('a rate that is none', async (t) => {
  for (const rate of [-1, Number.NaN]) t.throws(() => createPacer(rate, clockAt()), RangeError);
  t.equal(createPacer(Number.POSITIVE_INFINITY, clockAt())(), 0);
});

t.test('a rate that changes holds from the next slot on', async (t) => {
  let rate = 0;
  const pace = createPacer(() => rate, clockAt());
  t.strictSame([pace(), pace(), pace()], [0, 0, 0]);
  rate = 10;
  for (let used = 0; used < 5; used++) pace();
  const before = pace();
  t.ok(Math.abs(pace() - before - 0.1) < 1e-9);
});
