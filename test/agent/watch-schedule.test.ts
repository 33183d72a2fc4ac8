import t from 'tap';
import { createSchedule, type Job, nextDue, offsetOf } from '../../agent/watch-schedule.ts';
import { handClock, settled } from '../probes/hand-clock.ts';

const soon = async (): Promise<void> => undefined;
const job = (key: string, interval: number, offset: number, run: () => Promise<void> = soon): Job => ({
  ...{ key, interval, offset, run },
});

t.test('rounds come on a grid that does not drift', async (t) => {
  const clock = handClock();
  const rounds: number[] = [];
  const schedule = createSchedule(clock);
  const note = async (): Promise<void> => {
    rounds.push(clock.monotonic());
  };
  schedule.set([job('a', 10, 3, note)]);
  await clock.advance(2.9);
  t.strictSame(rounds, [], 'the first waits for its offset');
  for (let step = 0; step < 400; step++) await clock.advance(0.1);
  t.equal(rounds.length, 4);
  for (const [index, at] of rounds.entries()) t.ok(Math.abs(at - (3 + index * 10)) < 1e-6, `${at}`);
  schedule.stop();
  await clock.advance(100);
  t.equal(rounds.length, 4, 'nothing comes after the end');
});

t.test('a job never overlaps itself, and lets rounds pass meanwhile', async (t) => {
  const clock = handClock();
  const began: number[] = [];
  let most = 0;
  let inside = 0;
  const schedule = createSchedule(clock);
  const slow = async (): Promise<void> => {
    began.push(clock.monotonic());
    most = Math.max(most, ++inside);
    await new Promise<void>((resolve) => clock.after(2.5, resolve));
    inside--;
  };
  schedule.set([job('slow', 1, 0, slow)]);
  await clock.advance(9.5);
  t.equal(most, 1);
  t.strictSame(began, [0, 3, 6, 9]);
  schedule.stop();
});

t.test('jobs do not wait for each other', async (t) => {
  const clock = handClock();
  let rounds = 0;
  const schedule = createSchedule(clock);
  schedule.set([
    job('stuck', 1, 0, () => new Promise(() => undefined)),
    job('lively', 1, 0.5, async () => {
      rounds++;
    }),
  ]);
  await clock.advance(10);
  t.equal(rounds, 10);
  schedule.stop();
});

t.test('what was slept through is left out', async (t) => {
  t.equal(nextDue(10, 5, 10), 15);
  t.equal(nextDue(10, 5, 9.9995), 15, 'a timer that fires early does not fire twice');
  t.equal(nextDue(10, 5, 14.9), 15);
  t.equal(nextDue(10, 5, 15), 20);
  t.equal(nextDue(10, 5, 3_600.5), 3_605, 'an hour later one round comes, not 718');
  // The calendar has no part in it: only monotonic seconds are read.
  const clock = handClock();
  let rounds = 0;
  const schedule = createSchedule({ monotonic: clock.monotonic, after: clock.after });
  schedule.set([
    job('a', 60, 1, async () => {
      rounds++;
    }),
  ]);
  await clock.advance(601);
  t.equal(rounds, 11);
  schedule.stop();
});

t.test('jobs set anew', async (t) => {
  const clock = handClock();
  const rounds: string[] = [];
  const note = (name: string) => async (): Promise<void> => {
    rounds.push(`${name}@${clock.monotonic()}`);
  };
  const schedule = createSchedule(clock);
  schedule.set([
    job('stays', 10, 1, note('old')),
    job('goes', 10, 2, note('goes')),
    job('faster', 10, 3, note('slow')),
  ]);
  await clock.advance(5);
  schedule.set([
    job('stays', 10, 1, note('new')),
    job('faster', 2, 1, note('fast')),
    job('comes', 10, 4, note('comes')),
  ]);
  await clock.advance(7);
  t.strictSame(rounds, ['old@1', 'goes@2', 'slow@3', 'fast@6', 'fast@8', 'comes@9', 'fast@10', 'new@11', 'fast@12']);
  schedule.stop();
});

t.test('a job that is set anew while it runs does not overlap itself either', async (t) => {
  const clock = handClock();
  let inside = 0;
  let most = 0;
  let rounds = 0;
  const run = async (): Promise<void> => {
    rounds++;
    most = Math.max(most, ++inside);
    await new Promise<void>((resolve) => clock.after(5, resolve));
    inside--;
  };
  const schedule = createSchedule(clock);
  schedule.set([job('a', 10, 0, run)]);
  await clock.advance(1);
  schedule.set([job('a', 2, 0, run)]);
  await clock.advance(30);
  t.equal(most, 1);
  t.ok(rounds >= 5, 'but it goes on');
  schedule.stop();
  await settled();
});

t.test('offsets spread', async (t) => {
  t.equal(offsetOf('dmz edge1 external-sip', 60), offsetOf('dmz edge1 external-sip', 60), 'the same every time');
  const offsets = Array.from({ length: 1_000 }, (_, index) => offsetOf(`rule ${index}`, 60));
  t.ok(offsets.every((offset) => offset >= 0 && offset < 60));
  const perTenth = Array.from(
    { length: 10 },
    (_, tenth) => offsets.filter((one) => Math.floor(one / 6) === tenth).length,
  );
  t.ok(Math.min(...perTenth) > 60 && Math.max(...perTenth) < 140, perTenth.join(' '));
});
