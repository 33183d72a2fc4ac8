import t from 'tap';
import { createFarQueue } from '../../probes/sweep-queue.ts';
import { createUdpLoss } from '../../probes/udp-loss.ts';
import { answers, closes, type Network, type Simulated, seeded, simulate } from './sweep-simulation.ts';

const ports = 10_000;
const count = ({ outcomes }: Simulated, outcome: string): number =>
  [...outcomes.values()].filter((seen) => seen === outcome).length;

/** A program that answers one dial after the other, each in so many seconds. `heldUp` moves an instant to when it works. */
const program = (trip: number, service: number, heldUp = (now: number): number => now): Network => {
  let free = 0;
  return (_port, _dial, now) => {
    free = heldUp(Math.max(free, now + trip / 2)) + service;
    return { end: answers, seconds: free + trip / 2 - now };
  };
};

const lossy = (share: number, seed: number, network: Network): Network => {
  const random = seeded(seed);
  return (...dial) => (random() < share ? null : network(...dial));
};

/** Those ports say nothing. */
const partly = (silent: (port: number) => boolean, network: Network): Network => {
  return (port, ...rest) => (silent(port) ? null : network(port, ...rest));
};

const sweep = (network: Network) => simulate(ports, network, { loss: createUdpLoss(), queue: createFarQueue() });
const unwatched = (network: Network) => simulate(ports, network, { loss: createUdpLoss() });

t.test('a program slower than we are: nothing is asked again, and it never waits for us', async (t) => {
  const slow = (): Network => program(0.001, 0.0003);
  const watched = await sweep(slow());
  t.equal(count(watched, 'answered'), ports);
  t.equal(watched.result.dials, ports);
  t.ok(watched.mostAtOnce < 1_000, `${watched.mostAtOnce} at once`);
  t.ok(watched.seconds < 1.05 * ports * 0.0003, `${watched.seconds} s`);
  const without = await unwatched(slow());
  t.ok(without.mostAtOnce > 5_000, `without the queue: ${without.mostAtOnce} at once`);
});

t.test('a program that is held up now and then: nothing is asked again', async (t) => {
  // It works for 50 ms, then it waits for the rest of half a second.
  const heldUp = (now: number): number => (now % 0.5 < 0.05 ? now : Math.ceil(now / 0.5) * 0.5);
  const watched = await sweep(program(0.001, 0.00005, heldUp));
  t.equal(count(watched, 'answered'), ports);
  t.equal(watched.result.dials, ports);
  t.ok(watched.seconds < 5.1, `it is never out of work: ${watched.seconds} s`);
  const without = await unwatched(program(0.001, 0.00005, heldUp));
  t.ok(without.result.dials > 1.1 * ports, `without the queue: ${without.result.dials} dials`);
});

t.test('a program far away: the round trip is no queue, and costs nothing', async (t) => {
  const quick = await sweep(program(0.2, 0.00001));
  t.equal(quick.result.dials, ports);
  t.ok(quick.seconds < 0.6, `beginning the dials takes 0.3 s, the trip 0.2: ${quick.seconds} s`);
  const slow = await sweep(program(0.2, 0.0003));
  t.equal(slow.result.dials, ports);
  t.ok(slow.seconds < 1.15 * (ports * 0.0003 + 0.2), `${slow.seconds} s`);
});

t.test('lost dials: every port right, no more dials than the loss asks for', async (t) => {
  for (const share of [0.05, 0.1, 0.2]) {
    const swept = await sweep(lossy(share, 11, program(0.001, 0.0003)));
    t.equal(count(swept, 'answered'), ports, `${share} lost`);
    t.ok(swept.result.dials < (1.03 * ports) / (1 - share), `${swept.result.dials} dials at ${share}`);
  }
});

t.test('silent ports among those that answer hold nothing up, whatever their share', async (t) => {
  for (const share of [2, 10, 2_000]) {
    const some = partly((port) => port % share !== 0, program(0.001, 0.0001));
    const watched = await sweep(some);
    t.equal(count(watched, 'answered'), ports / share);
    t.equal(count(watched, 'filtered'), ports - ports / share);
    const without = await unwatched(partly((port) => port % share !== 0, program(0.001, 0.0001)));
    t.ok(
      watched.seconds < without.seconds + 0.3,
      `one of ${share}: ${watched.seconds} s, ${without.seconds} s without`,
    );
  }
});

t.test('a host that falls silent for good is given up', async (t) => {
  const shunned = (): Network => {
    const slow = program(0.001, 0.0003);
    return (port, dial, now, ...rest) => (now < 0.5 ? slow(port, dial, now, ...rest) : null);
  };
  const watched = await sweep(shunned());
  t.ok(count(watched, 'answered') > 1_000);
  t.equal(count(watched, 'answered') + count(watched, 'filtered'), ports);
  const without = await unwatched(shunned());
  t.ok(watched.seconds < without.seconds + 5, `${watched.seconds} s, ${without.seconds} s without`);
});

t.test('refusals are a matter of kernels: they neither fill the queue nor empty it', async (t) => {
  const slow = program(0.001, 0.0006);
  const half: Network = (port, ...rest) => (port % 2 === 0 ? slow(port, ...rest) : { end: closes, seconds: 0.0005 });
  const swept = await sweep(half);
  t.equal(count(swept, 'answered'), ports / 2);
  t.equal(count(swept, 'closed'), ports / 2);
  t.equal(swept.result.dials, ports);
});
