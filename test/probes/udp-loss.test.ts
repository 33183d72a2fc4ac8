import t from 'tap';
import { createUdpLoss, refusalsStopped } from '../../probes/udp-loss.ts';
import { answers, closes, type Network, seeded, simulate } from './sweep-simulation.ts';

const count = (outcomes: ReadonlyMap<number, string>, outcome: string): number =>
  [...outcomes.values()].filter((seen) => seen === outcome).length;

/** Loses a dial with this probability, whatever it would have brought. */
const lossy = (share: number, seed: number, network: Network): Network => {
  const random = seeded(seed);
  return (...dial) => (random() < share ? null : network(...dial));
};

/** Lets so many refusals through at once, and then so many a second, as kernels do. */
const limited = (burst: number, perSecond: number, network: Network): Network => {
  let tokens = burst;
  let last = 0;
  return (port, dial, now, underWay) => {
    const comes = network(port, dial, now, underWay);
    if (comes?.end !== closes) return comes;
    tokens = Math.min(burst, tokens + (now - last) * perSecond);
    last = now;
    if (tokens < 1) return null;
    tokens--;
    return comes;
  };
};

const responder: Network = () => ({ end: answers, seconds: 0.002 });
const idle: Network = () => ({ end: closes, seconds: 0.002 });
/** The lower half of 10,000 ports answers, the upper half refuses. */
const half: Network = (port, ...rest) => (port < 55_000 ? responder(port, ...rest) : idle(port, ...rest));

const sweep = (network: Network) => simulate(10_000, network, { loss: createUdpLoss() });

t.test('answers, lost ones too: every port right, no more dials than the loss asks for', async (t) => {
  for (const share of [0, 0.1, 0.2]) {
    const { result, outcomes } = await sweep(lossy(share, 7, responder));
    t.equal(count(outcomes, 'answered'), 10_000, `${share} lost`);
    t.ok(result.dials < (1.03 * 10_000) / (1 - share), `${result.dials} dials at ${share}`);
  }
});

t.test('refusals that nobody limits tell of loss like answers', async (t) => {
  const { result, outcomes } = await sweep(lossy(0.1, 3, idle));
  t.equal(count(outcomes, 'closed'), 10_000);
  t.ok(result.dials < 11_500, `${result.dials} dials`);
});

t.test('limited refusals are not waited for', async (t) => {
  for (const [burst, perSecond] of [
    [6, 1],
    [50, 1_000],
  ] as const) {
    const { result, outcomes, seconds } = await sweep(limited(burst, perSecond, idle));
    t.ok(count(outcomes, 'filtered') > 5_000, `${burst}, ${perSecond} a second`);
    t.equal(result.rounds, 2);
    t.ok(result.dials <= 20_000, `${result.dials} dials`);
    t.ok(seconds < 5, `${seconds} s`);
  }
});

t.test('answers beside limited refusals: the answers measure the loss, and all of them are found', async (t) => {
  const { result, outcomes } = await sweep(lossy(0.1, 11, limited(6, 1, half)));
  t.equal(count(outcomes, 'answered'), 5_000);
  t.equal(count(outcomes, 'answered') + count(outcomes, 'closed') + count(outcomes, 'filtered'), 10_000);
  t.ok(result.rounds >= 4 && result.rounds <= 8, `${result.rounds} rounds`);
});

t.test('answers beside refusals that nobody limits: both are found', async (t) => {
  const { outcomes } = await sweep(lossy(0.1, 13, half));
  t.equal(count(outcomes, 'answered'), 5_000);
  t.equal(count(outcomes, 'closed'), 5_000);
});

t.test('a handful of answers, then an abort: what was not heard of is unasked', async (t) => {
  const some: Network = (port, ...rest) => (port % 1_000 === 0 ? responder(port, ...rest) : null);
  const { result, outcomes, seconds } = await simulate(10_000, some, { loss: createUdpLoss(), abortAt: 0.5 });
  t.equal(result.cut, 'aborted');
  t.equal(count(outcomes, 'answered'), 10);
  t.equal(count(outcomes, 'unasked'), 9_990);
  t.ok(seconds < 0.6, `${seconds} s`);
});

t.test('a lingering answer beats an early refusal', async (t) => {
  const { outcomes } = await simulate(
    20,
    (port, dial) => (dial === 1 ? { end: port === 50_003 ? answers : closes, seconds: 0.4 } : null),
    { loss: createUdpLoss() },
  );
  t.equal(outcomes.get(50_003), 'answered');
});

t.test('refusals that stopped', async (t) => {
  const of = (ports: number, refused: readonly number[]): boolean =>
    refusalsStopped(Array.from({ length: ports }, (_, index) => refused.includes(index)));
  t.equal(of(10_000, [0, 1, 2, 3, 4, 5, 6_000]), true, 'a burst, and one a second');
  t.equal(of(10_000, [5, 2_500, 5_000, 7_500, 9_999]), false, 'spread over all');
  t.equal(of(10_000, [0, 1, 2]), false, 'too few to tell');
  t.equal(of(16, [0, 1, 2, 3, 4, 5]), true, 'a sample of sixteen, the first six');
  t.equal(of(16, [0, 3, 6, 9, 12, 15]), false);
  t.equal(of(0, []), false);
});
