import t from 'tap';
import { createPacer } from '../../probes/pace.ts';
import { closes, denies, exhausts, type Network, opens, refuses, simulate } from './sweep-simulation.ts';

const count = (outcomes: ReadonlyMap<number, string>, outcome: string): number =>
  [...outcomes.values()].filter((seen) => seen === outcome).length;

t.test('all closed: one dial each, few in flight because answers come at once', async (t) => {
  const { result, outcomes, mostAtOnce } = await simulate(10_000, () => ({ end: closes, seconds: 0.0005 }));
  t.equal(count(outcomes, 'closed'), 10_000);
  t.equal(result.dials, 10_000);
  t.ok(mostAtOnce <= 256, `${mostAtOnce} in flight`);
});

t.test('a far host: as many in flight as the round trip asks for', async (t) => {
  const { outcomes, mostAtOnce, seconds } = await simulate(10_000, () => ({ end: closes, seconds: 0.04 }));
  t.equal(count(outcomes, 'closed'), 10_000);
  t.ok(mostAtOnce > 1_000, `${mostAtOnce} in flight`);
  t.ok(seconds < 0.5, `${seconds} s`);
});

t.test('all silent: two rounds of a second, all in flight at once', async (t) => {
  const { result, outcomes, mostAtOnce, seconds } = await simulate(10_000, () => null);
  t.equal(count(outcomes, 'filtered'), 10_000);
  t.equal(result.dials, 20_000);
  t.equal(mostAtOnce, 10_000);
  t.ok(seconds > 1.9 && seconds < 2.7, `${seconds} s`);
});

t.test('all silent: the second round begins where the first grows silent, and misses nobody', async (t) => {
  const { result, seconds } = await simulate(10_000, () => null);
  t.equal(result.rounds, 2);
  t.ok(
    result.book.ports.every(({ dials }) => dials === 2),
    'two dials each',
  );
  // Beginning 10,000 dials takes 0.3 s here: once, not twice.
  t.ok(seconds < 2.4, `${seconds} s`);

  const network: Network = (port, dial) => (port % 70 === 0 && dial === 1 ? { end: denies, seconds: 0.2 } : null);
  const partly = await simulate(2_000, network);
  t.equal(count(partly.outcomes, 'filtered'), 2_000, 'also those that this host failed to ask at first');

  const late: Network = (port) => (port === 50_500 ? { end: opens, seconds: 0.97 } : null);
  const one = await simulate(2_000, late, { inFlight: 500 });
  t.equal(count(one.outcomes, 'open'), 1);
  t.equal(count(one.outcomes, 'filtered'), 1_999);
  t.ok(
    one.result.book.ports.every(({ dials, decided }) => decided || dials >= 4),
    'an answer ends the overlap: few answers ask for four dials',
  );
});

t.test('never more in flight than allowed', async (t) => {
  const { outcomes, mostAtOnce, seconds } = await simulate(1_000, () => null, { inFlight: 100 });
  t.equal(count(outcomes, 'filtered'), 1_000);
  t.equal(mostAtOnce, 100);
  t.ok(seconds > 19 && seconds < 21, `${seconds} s`);
});

t.test('the order is that of the seed, in every round', async (t) => {
  const one = await simulate(64, () => null, { seed: 7 });
  const same = await simulate(64, () => null, { seed: 7 });
  const other = await simulate(64, () => null, { seed: 8 });
  t.same(one.dialled, same.dialled);
  t.same(one.dialled.slice(0, 64), one.dialled.slice(64), 'redials follow in a later round');
  t.notSame(one.dialled, other.dialled);
});

t.test('the best of several ends counts', async (t) => {
  const network: Network = (port, dial) => {
    const ends = {
      50000: [refuses, opens],
      50001: [refuses, refuses],
      50002: [null, refuses, refuses],
      50003: [refuses, null, null, null],
      50004: [refuses, closes],
    }[port] ?? [closes];
    const end = ends[dial - 1];
    return end ? { end, seconds: 0.01 } : null;
  };
  const { outcomes, result } = await simulate(100, network);
  t.equal(outcomes.get(50_000), 'open', 'the error was passing');
  t.equal(outcomes.get(50_001), 'unreachable');
  t.equal(outcomes.get(50_002), 'unreachable');
  t.equal(outcomes.get(50_003), 'unreachable', 'an error tells more than silence');
  t.equal(outcomes.get(50_004), 'closed');
  t.equal(result.book.fickle(), 2);
});

t.test('a host far behind a firewall that refuses at once is not called silent', async (t) => {
  const network: Network = (port) => ({ end: closes, seconds: port % 2 === 0 ? 0.001 : 0.3 });
  const { outcomes } = await simulate(4_000, network);
  t.equal(count(outcomes, 'closed'), 4_000);

  // Here all rounds are over before the first late answer shows that they were too short.
  const farther: Network = (port) => ({ end: closes, seconds: port % 2 === 0 ? 0.001 : 0.6 });
  const few = await simulate(400, farther);
  t.equal(count(few.outcomes, 'closed'), 400);
});

t.test('few answers among much silence end after few dials', async (t) => {
  const network: Network = (port) => (port < 50_010 ? { end: opens, seconds: 0.002 } : null);
  const { outcomes, result, seconds } = await simulate(10_000, network);
  t.equal(count(outcomes, 'open'), 10);
  t.equal(result.rounds, 4);
  t.ok(seconds < 4, `${seconds} s`);
});

t.test('rate: every dial waits for its slot', async (t) => {
  const { seconds, outcomes } = await simulate(500, () => ({ end: closes, seconds: 0.001 }), {
    pace: (clock) => createPacer(100, clock),
  });
  t.equal(count(outcomes, 'closed'), 500);
  t.ok(seconds > 4.9 && seconds < 5.2, `${seconds} s`);
});

t.test('an abort keeps what was learned', async (t) => {
  const network: Network = (port) => (port < 55_000 ? { end: closes, seconds: 0.001 } : null);
  const { result, seconds, outcomes } = await simulate(10_000, network, { abortAt: 0.9, inFlight: 500 });
  t.equal(result.cut, 'aborted');
  t.ok(seconds <= 0.91, `${seconds} s`);
  t.ok(count(outcomes, 'closed') > 500);
  t.equal(count(outcomes, 'closed') + count(outcomes, 'unasked'), 10_000);
  const never = await simulate(10, network, { abortAt: 0 });
  t.equal(never.result.cut, 'aborted');
});

t.test('a lack of descriptors: fewer in flight, no port wrong', async (t) => {
  let lacks = 0;
  const network: Network = (port, _dial, _now, underWay) => {
    if (underWay > 40) {
      lacks++;
      return { end: exhausts, seconds: 0 };
    }
    return { end: port % 2 === 0 ? opens : closes, seconds: 0.02 };
  };
  const { outcomes, result, seconds } = await simulate(2_000, network);
  t.equal(result.cut, null);
  t.ok(lacks > 0);
  t.ok(lacks < 200, `${lacks} lacks`);
  t.equal(count(outcomes, 'open'), 1_000);
  t.equal(count(outcomes, 'closed'), 1_000);
  t.ok(seconds < 10, `${seconds} s`);
});

t.test('a lack that stays: unasked, and an end to it', async (t) => {
  const { outcomes, result, seconds } = await simulate(10_000, () => ({ end: exhausts, seconds: 0 }));
  t.equal(result.cut, 'exhausted');
  t.equal(count(outcomes, 'unasked'), 10_000);
  t.ok(seconds < 3, `${seconds} s`);
});

t.test('a host that lets nothing out: an early end', async (t) => {
  const { outcomes, result } = await simulate(10_000, () => ({ end: denies, seconds: 0 }));
  t.equal(result.cut, 'denied');
  t.equal(count(outcomes, 'unasked'), 10_000);
  t.ok(result.dials < 300, `${result.dials} dials`);
});

t.test('meetings with our own sockets are dialled again, at last left alone', async (t) => {
  const network: Network = (port, dial) =>
    port === 50_000 || (port < 50_020 && dial < 3)
      ? { end: { kind: 'self' }, seconds: 0.001 }
      : { end: closes, seconds: 0.001 };
  const { outcomes } = await simulate(100, network);
  t.equal(outcomes.get(50_000), 'unasked');
  t.equal(count(outcomes, 'closed'), 99);
});

t.test('progress grows and ends at the total', async (t) => {
  const seen: number[] = [];
  await simulate(1_000, (port) => (port % 2 ? null : { end: closes, seconds: 0.001 }), {
    progress: (done) => seen.push(done),
  });
  t.ok(seen.length >= 3 && seen.length < 20, `${seen.length} times`);
  t.equal(seen.at(-1), 1_000);
  t.same(
    seen,
    [...seen].sort((a, b) => a - b),
  );
});
