import t from 'tap';
import { createLossMeter, mostDials } from '../../probes/sweep-loss.ts';
import { closes, type Network, opens, refuses, seeded, simulate } from './sweep-simulation.ts';

/** A path that loses packets: ports by their number open, closed or silent. */
const lossy = (eachWay: number, random: () => number, truth: (port: number) => string): Network => {
  const lost = 1 - (1 - eachWay) ** 2;
  return (port) => {
    const outcome = truth(port);
    if (outcome === 'filtered' || random() < lost) return null;
    const end = outcome === 'open' ? opens : outcome === 'closed' ? closes : refuses;
    return { end, seconds: 0.001 + random() * 0.01 };
  };
};

const mixed = (port: number): string => ['open', 'closed', 'filtered', 'closed'][port % 4] ?? 'closed';

const wrongPorts = async (
  ports: number,
  sweeps: number,
  eachWay: number,
  truth: (port: number) => string,
): Promise<{ wrong: number; dials: number }> => {
  let wrong = 0;
  let dials = 0;
  for (let sweep = 1; sweep <= sweeps; sweep++) {
    const random = seeded(sweep * 7919 + Math.round(eachWay * 100));
    const { outcomes, result } = await simulate(ports, lossy(eachWay, random, truth), { seed: sweep });
    for (const [port, outcome] of outcomes) if (outcome !== truth(port)) wrong++;
    dials += result.dials;
  }
  return { wrong, dials: dials / sweeps / ports };
};

for (const eachWay of [0, 0.05, 0.1]) {
  t.test(`loss ${eachWay * 100} % each way: large sweeps`, async (t) => {
    const { wrong, dials } = await wrongPorts(10_000, 12, eachWay, mixed);
    t.equal(wrong, 0, `0 wrong of 120,000 ports; ${dials.toFixed(2)} dials a port`);
  });
  t.test(`loss ${eachWay * 100} % each way: two thousand sweeps of 100 ports`, async (t) => {
    const { wrong, dials } = await wrongPorts(100, 2_000, eachWay, mixed);
    t.ok(wrong <= 2, `${wrong} wrong of 200,000 ports; ${dials.toFixed(2)} dials a port`);
  });
}

t.test('loss 10 % each way: few answering ports among many silent ones', async (t) => {
  const truth = (port: number): string => (port % 50 === 0 ? 'open' : 'filtered');
  const { wrong, dials } = await wrongPorts(500, 150, 0.1, truth);
  t.ok(wrong <= 3, `${wrong} wrong of 1,500 open ports; ${dials.toFixed(2)} dials a port`);
});

t.test('a burst that loses everything for a third of a second decides nothing', async (t) => {
  const truth = (port: number): string => (port % 2 ? 'closed' : 'open');
  const network: Network = (port, _dial, now) =>
    now > 0.05 && now < 0.38 ? null : { end: truth(port) === 'open' ? opens : closes, seconds: 0.002 };
  const { outcomes } = await simulate(10_000, network);
  t.equal([...outcomes].filter(([port, outcome]) => outcome !== truth(port)).length, 0);
});

t.test('the estimate is cautious and close', async (t) => {
  const random = seeded(42);
  for (const lost of [0.0975, 0.19]) {
    const meter = createLossMeter();
    const rounds = 4;
    for (let port = 0; port < 5_000; port++) {
      let dial = 1;
      while (random() < lost) dial++;
      if (dial <= rounds) meter.answered(dial);
    }
    const estimate = meter.estimate(rounds);
    t.ok(estimate > lost - 0.003 && estimate < lost + 0.03, `${lost} estimated as ${estimate}`);
  }
});

t.test('dials asked for', async (t) => {
  const meter = (first: number, second: number, third = 0) => {
    const made = createLossMeter();
    [first, second, third].forEach((ports, index) => {
      for (let port = 0; port < ports; port++) made.answered(index + 1);
    });
    return made;
  };
  t.equal(meter(0, 0).dialsNeeded(1), 2, 'nothing answered');
  t.equal(meter(5, 0).dialsNeeded(2), 4, 'few answered, no loss seen');
  t.equal(meter(9_000, 0).dialsNeeded(2), 2, 'many answered, no loss');
  t.equal(meter(9_025, 880, 86).dialsNeeded(3), 8, '5 % each way');
  t.equal(meter(8_100, 1_540, 290).dialsNeeded(3), 11, '10 % each way');
  t.equal(meter(100, 90, 80).dialsNeeded(3), mostDials, 'hopeless');
  t.equal(meter(100, 90, 80).expectedWrong(3) > 1, true, 'and it says so');
  t.ok(meter(9_025, 880, 86).expectedWrong(8) < 1e-3);
});
