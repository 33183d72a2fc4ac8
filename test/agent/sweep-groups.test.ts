import t from 'tap';
import { sweepGroups } from '../../agent/sweep-groups.ts';
import type { Facts, Outcome } from '../../probes/observation.ts';
import { foldPorts, spreadPorts } from '../../probes/ranges.ts';
import { sweepFacts } from './fixtures.ts';

type Run = readonly [number, number, Outcome];

/** `outcome count ranges`, and `apart` for the ports of the logging agent. */
const shown = (facts: Facts, external = true): string[] =>
  sweepGroups(facts, external).map(({ outcome, count, apart, ranges }) =>
    [outcome, count, ...ranges.map(({ from, to }) => `${from}-${to}`), ...(apart ? ['apart'] : [])].join(' '),
  );

t.test('groups of equal outcome, the ports of the logging agent apart', async (t) => {
  const cases: [string, readonly Run[], boolean, string[]][] = [
    [
      'all alike, external',
      [[50000, 59999, 'filtered']],
      true,
      ['filtered 9997 50000-50000 50004-59999', 'filtered 3 50001-50003 apart'],
    ],
    ['all alike, internal', [[50000, 59999, 'filtered']], false, ['filtered 10000 50000-59999']],
    [
      'the agent listens on an idle Edge',
      [
        [50000, 50000, 'closed'],
        [50001, 50003, 'open'],
        [50004, 59999, 'closed'],
      ],
      true,
      ['closed 9997 50000-50000 50004-59999', 'open 3 50001-50003 apart'],
    ],
    [
      'outcomes in their own order, best first',
      [
        [50000, 50999, 'filtered'],
        [51000, 52999, 'open'],
        [53000, 59999, 'closed'],
      ],
      true,
      [
        'open 2000 51000-52999',
        'closed 7000 53000-59999',
        'filtered 997 50000-50000 50004-50999',
        'filtered 3 50001-50003 apart',
      ],
    ],
    ['a range at other ports has no agent', [[21000, 21063, 'open']], true, ['open 64 21000-21063']],
    [
      'a range that begins among them',
      [
        [50002, 50003, 'open'],
        [50004, 50010, 'filtered'],
      ],
      true,
      ['filtered 7 50004-50010', 'open 2 50002-50003 apart'],
    ],
  ];
  for (const [name, runs, external, wanted] of cases) {
    t.strictSame(shown(sweepFacts(runs), external), wanted, name);
  }
});

t.test('counts come from the counts, because long lists of runs are cut', async (t) => {
  // Every other port filtered: 10,000 runs, of which the observation lists 256.
  const ports = spreadPorts(50000, 59999);
  const facts = foldPorts(
    ports,
    ports.map((port) => (port % 2 === 0 ? 'open' : 'filtered')),
  );
  t.equal(facts.rangesTruncated, true);
  const groups = sweepGroups(facts as unknown as Facts, true);
  t.strictSame(
    groups.map(({ outcome, count, apart }) => [outcome, count, apart]),
    [
      ['open', 4999, false],
      ['filtered', 4998, false],
      ['open', 1, true],
      ['filtered', 2, true],
    ],
  );
});

t.test('a sample asks only some ports: nothing is said of those between', async (t) => {
  const sampled = (sample: number, outcomeOf: (port: number) => Outcome): Facts => {
    const ports = spreadPorts(50000, 59999, sample);
    return { ...(foldPorts(ports, ports.map(outcomeOf)) as unknown as Facts), asked: ports.length, of: 10_000 };
  };
  t.strictSame(shown(sampled(16, () => 'filtered')), ['filtered 16 50000-59999'], 'none of the agent was asked');
  t.strictSame(shown(sampled(2, () => 'filtered')), ['filtered 2 50000-59999']);
  t.strictSame(shown(sampled(1, () => 'closed')), ['closed 1 50000-50000']);
  t.strictSame(
    sweepGroups(
      sampled(5_000, () => 'open'),
      true,
    ).map(({ count, apart }) => [count, apart]),
    [
      [4_999, false],
      [1, true],
    ],
    'every other port: one of the three',
  );
});

t.test('facts that are none', async (t) => {
  const odd: Facts[] = [
    {},
    { counts: null, ranges: null },
    { ranges: 'x', counts: 7 },
    { ranges: [null, 1, [], { from: '1', to: 2, outcome: 'open' }, { from: 1, to: 2, outcome: 'odd' }], counts: {} },
    { ranges: [{ from: 1, to: 2, outcome: 'open' }], counts: { open: 'many' } },
  ];
  for (const facts of odd) t.strictSame(sweepGroups(facts, true), [], JSON.stringify(facts));
});
