import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { type Fence, openFence } from '../../probes/fence.ts';
import type { Observation } from '../../probes/observation.ts';
import type { Question } from '../../probes/probe.ts';
import { sweepCost, sweepTcp } from '../../probes/sweep.ts';
import { createSocketDialler, type SweepDialler, type SweepTarget } from '../../probes/sweep-dialler.ts';
import { createTcpDialler } from '../../probes/sweep-handles.ts';
import { ownLoopback } from '../loopback.ts';
import '../no-hooks.ts';
import { needing } from '../require.ts';
import { asking, mixedRange, tcpQuestion } from './sweep-asking.ts';
import { turnClock } from './turn-clock.ts';

const countOf = (observation: Observation, outcome: string): unknown => {
  const counts = observation.facts['counts'];
  return counts && typeof counts === 'object' && outcome in counts
    ? Object.entries(counts).find(([key]) => key === outcome)?.[1]
    : undefined;
};

const diallerOf = ({ target, source }: Question, make: typeof createSocketDialler): SweepDialler =>
  make({ ...target, sourceAddress: source.address, sourcePort: source.port }, openFence);

/** Both ways of dialling, through the same tests. */
const diallers = [
  ["Node's handles", createTcpDialler],
  ["Node's sockets", createSocketDialler],
  [
    'sockets where there are no handles',
    (target: SweepTarget, fence: Fence) => createTcpDialler(target, fence, undefined, null),
  ],
] as const;

for (const [kind, make] of diallers) {
  const sweep = (question: Question, asked: ReturnType<typeof asking>): Promise<Observation> =>
    sweepTcp(question, asked, diallerOf(question, make));

  t.test(`${kind}: open and closed ports of this host, every one right`, async (t) => {
    const range = await mixedRange(90);
    t.teardown(range.close);
    const told: number[] = [];
    const observation = await sweep(tcpQuestion(range.first, range.last, { seed: 5 }), {
      ...asking(undefined, (done, total) => told.push(done / total)),
      clock: turnClock(),
    });
    t.equal(observation.outcome, 'open');
    t.equal(observation.failure, null);
    t.match(observation.facts, {
      counts: { open: 30, closed: 60, filtered: 0, unreachable: 0, answered: 0, unasked: 0 },
      asked: 90,
      of: 90,
      seed: 5,
      rounds: 1,
    });
    const ranges = observation.facts['ranges'];
    t.match(ranges, [
      { from: range.first, to: range.first, outcome: 'open' },
      { from: range.first + 1, to: range.first + 2, outcome: 'closed' },
    ]);
    t.equal(Array.isArray(ranges) && ranges.length, 60);
    t.same(observation.attempts, []);
    t.same(observation.source, { address: '127.0.0.1', port: null });
    t.equal(told.at(-1), 1);
  });

  t.test(`${kind}: a sample`, async (t) => {
    const range = await mixedRange(91);
    t.teardown(range.close);
    const observation = await sweep(tcpQuestion(range.first, range.last, { sample: 4 }), asking());
    // Every 30th port: all of them listen.
    t.match(observation.facts, { asked: 4, of: 91, ranges: [{ from: range.first, to: range.last, outcome: 'open' }] });
  });

  t.test(`${kind}: a socket that meets itself is not an open port`, async (t) => {
    const question = tcpQuestion(45_100, 45_139);
    const observation = await sweep({ ...question, source: { address: ownLoopback, port: 45_120 } }, asking());
    t.equal(countOf(observation, 'open'), 0);
    t.equal(countOf(observation, 'closed'), 39);
    t.equal(countOf(observation, 'unasked'), 1);
    t.match(observation.facts['ranges'], [
      { from: 45_100, to: 45_119, outcome: 'closed' },
      { from: 45_120, to: 45_120, outcome: 'unasked' },
      { from: 45_121, to: 45_139, outcome: 'closed' },
    ]);
  });

  t.test(`${kind}: an abort ends it, and what was learned stays`, async (t) => {
    const aborter = new AbortController();
    const question = tcpQuestion(20_000, 29_999);
    const learned = (done: number): void => (done >= 20 ? aborter.abort() : undefined);
    const paced = { ...asking(aborter.signal, learned), pace: () => 0.001 };
    const observation = await sweep(question, paced);
    t.equal(observation.failure?.code, 'aborted');
    t.ok(Number(countOf(observation, 'unasked')) > 5_000);
    t.ok(Number(countOf(observation, 'closed')) > 0);
    const before = await sweep(question, asking(AbortSignal.abort()));
    t.equal(before.outcome, 'unasked');
    t.equal(countOf(before, 'unasked'), 10_000);
  });

  t.test(`${kind}: a source that this host does not own: unasked, and it says why`, async (t) => {
    const question = { ...tcpQuestion(20_000, 20_099), source: { address: '192.0.2.1', port: null } };
    const observation = await sweep(question, asking());
    t.equal(observation.outcome, 'unasked');
    t.equal(observation.failure?.code, 'source-not-available');
    t.equal(countOf(observation, 'unasked'), 100);
  });
}

const child = fileURLToPath(new URL('../lab/sweep-child.js', import.meta.url));
const sweepWithFewDescriptors = async (hold: number): Promise<Observation> => {
  const given = JSON.stringify({ address: ownLoopback, first: 20_000, last: 20_999, hold, turns: 1 });
  const command = `ulimit -n 256 && exec "$0" "$1" "$2"`;
  const running = spawn('sh', ['-c', command, process.execPath, child, given], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed: { observation: Observation } = JSON.parse(await text(running.stdout));
  return printed.observation;
};
const posix = needing('sh');

t.test('few descriptors left: every port right all the same', posix, async (t) => {
  const observation = await sweepWithFewDescriptors(205);
  t.equal(observation.outcome, 'closed');
  t.equal(countOf(observation, 'closed'), 1_000);
  t.ok(Number(observation.facts['dials']) > 1_000, 'descriptors did run out');
  t.equal(observation.facts['rounds'], 1, 'a dial that could not be made is made up for at once');
});

t.test('no descriptor left: unasked', posix, async (t) => {
  const observation = await sweepWithFewDescriptors(1_000);
  t.equal(observation.outcome, 'unasked');
  t.equal(observation.failure?.code, 'local-exhaustion');
  t.equal(countOf(observation, 'unasked'), 1_000);
});

t.test('what a sweep costs', async (t) => {
  const question = tcpQuestion(50_000, 59_999);
  const atOnce = sweepCost(question, 0, 10_000);
  t.equal(atOnce.least, 10_000);
  t.equal(atOnce.most, 20_000);
  t.ok(atOnce.secondsMost > 2 && atOnce.secondsMost < 4.1, `${atOnce.secondsMost} s`);
  const paced = sweepCost(question, 500, 10_000);
  t.equal(paced.secondsLeast, 20);
  t.ok(paced.secondsMost > 40 && paced.secondsMost < 43);
  const narrow = sweepCost(question, 0, 824);
  t.ok(narrow.secondsMost > 24 && narrow.secondsMost < 27, `${narrow.secondsMost} s`);
  t.equal(sweepCost({ ...question, options: { sample: 16 } }, 0).least, 16);
});
