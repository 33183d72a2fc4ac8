import { aborted, silence } from './failure.ts';
import {
  betterOutcome,
  type Fact,
  type Facts,
  type Failure,
  type Observation,
  type Outcome,
  roundSeconds,
} from './observation.ts';
import { permute } from './permutation.ts';
import { type Asking, type Cost, proofSecret, type Question } from './probe.ts';
import { foldPorts, spreadPorts } from './ranges.ts';
import { record } from './recorder.ts';
import { isSweep, type SweepDialler } from './sweep-dialler.ts';
import { createTcpDialler } from './sweep-handles.ts';
import { mostDialsInFlight } from './sweep-limits.ts';
import { dialsIntoSilence, type LossMeter } from './sweep-loss.ts';
import type { FarQueue } from './sweep-queue.ts';
import { runSweep, type SweepResult, type SweepWorld } from './sweep-schedule.ts';
import { secondsIntoSilence } from './sweep-time.ts';
import { sweepToken } from './sweep-token.ts';

/** The seed of the port order where none is given. */
const defaultSeed = 1;

/** Seconds of computing per dial, generously. */
const secondsPerDial = 1e-4;

/** The range that is swept: of ports of the target, or of our own. */
const sweptRange = ({ target, source }: Question): { readonly first: number; readonly last: number } =>
  source.port !== null && source.lastPort !== undefined
    ? { first: source.port, last: source.lastPort }
    : { first: target.port, last: target.lastPort };

const askedPorts = (question: Question): readonly number[] => {
  const { only, sample, rotation } = question.options;
  const { first, last } = sweptRange(question);
  return only ?? spreadPorts(first, last, sample, rotation);
};

/** Why the sweep as a whole is not better than it is; null where a port opened or answered. */
const failureOf = (result: SweepResult, outcome: Outcome, step: string): Failure | null => {
  if (result.cut === 'aborted') return aborted('sweep').failure;
  const local = result.book.failures.get('unasked');
  if (result.cut === 'exhausted' && local && outcome !== 'unasked') {
    return { ...local, code: 'local-exhaustion' };
  }
  if (result.cut && local) return local;
  if (outcome === 'open' || outcome === 'answered') return null;
  if (outcome === 'filtered') return silence(step).failure;
  return result.book.failures.get(outcome) ?? local ?? null;
};

const factsOf = (question: Question, ports: readonly number[], seed: number, result: SweepResult): Facts => {
  const { book, dials, rounds, mostInFlight } = result;
  const byPort = new Map(book.ports.map(({ port, outcome }) => [port, outcome]));
  const folded = foldPorts(
    ports,
    ports.map((port) => byPort.get(port) ?? 'unasked'),
  );
  const trips = book.roundTrips.summary();
  const refused = book.ports.filter(({ unreachables }) => unreachables > 0).length;
  const wrong = book.loss.expectedWrong(rounds);
  const facts: Record<string, Fact> = {
    counts: { ...folded.counts },
    ranges: folded.ranges.map((range) => ({ ...range })),
    asked: ports.length,
    of: sweptRange(question).last - sweptRange(question).first + 1,
    seed,
    dials,
    rounds,
    mostInFlight,
  };
  if (question.options.rotation !== undefined) facts['rotation'] = question.options.rotation;
  if (folded.rangesTruncated) facts['rangesTruncated'] = true;
  if (trips) facts['roundTripSeconds'] = { min: roundSeconds(trips.min), median: roundSeconds(trips.median) };
  if (book.loss.ports > 0 && rounds > 1) {
    facts['lossEstimate'] = Math.round(book.loss.estimate(rounds) * 1e4) / 1e4;
    if (folded.counts.filtered > 0)
      facts['expectedWrongPorts'] = Number.isFinite(wrong) ? Number(wrong.toPrecision(2)) : null;
  }
  // Where packets are lost some dials of a refused port stay silent, too, but few.
  if (book.fickle() * 2 > refused) facts['refusalsLimited'] = true;
  return facts;
};

/** In what the sweep of one transport differs from that of another. */
interface SweepManner {
  readonly dialler: SweepDialler;
  /** What a dial is, in the words of failures. */
  readonly step: string;
  /** What measures the loss of the path; as TCP shows it where left out. */
  readonly loss?: LossMeter;
  /** The queue at the other end, where programs answer and not kernels. */
  readonly queue?: FarQueue;
  /** What is asked of the ports afterwards. */
  readonly after?: (result: SweepResult) => Promise<void>;
  /** Facts beside those of every sweep. */
  readonly more?: (result: SweepResult) => Facts;
}

/** Sweeps the ports of a question with a dialler; what `sweepTcp` says holds for every transport. Never rejects. */
export const sweepPorts = async (question: Question, asking: Asking, manner: SweepManner): Promise<Observation> => {
  const { dialler, step, loss, queue, after, more } = manner;
  const recorder = record(question, asking);
  const ports = askedPorts(question);
  const seed = question.options.seed ?? defaultSeed;
  // What the fence of this host forbids stays unasked; the sockets would refuse it, too.
  const { transport, target, source } = question;
  const bySource = source.lastPort !== undefined;
  const fenced = ports.flatMap((swept) => {
    const port = bySource ? target.port : swept;
    const refused = asking.fence.refusal({
      transport,
      address: target.address,
      port,
      sweep: bySource || isSweep(target),
    });
    return refused === null ? [] : [[swept, refused] as const];
  });
  const forbidden = new Map(fenced);
  const inOrder = Array.from(permute(ports.length, seed), (index) => ports[index] ?? target.port).filter(
    (port) => !forbidden.has(port),
  );
  const world: SweepWorld = {
    clock: asking.clock,
    signal: asking.signal,
    pace: asking.pace,
    soon: setImmediate,
    ...(asking.progress ? { progress: asking.progress } : {}),
  };
  const result = await runSweep(inOrder, mostDialsInFlight(question.options.concurrency), dialler, world, loss, queue);
  dialler.close?.();
  await after?.(result);
  const outcome = result.book.ports.reduce<Outcome>((best, port) => betterOutcome(best, port.outcome), 'unasked');
  const behind = fenced.length === 0 ? {} : { fenced: fenced.length };
  const facts = { ...factsOf(question, ports, seed, result), ...behind, ...more?.(result) };
  const failure = failureOf(result, outcome, step) ?? (outcome === 'unasked' ? fenced[0]?.[1].failure : null) ?? null;
  const observation = recorder.finish(outcome, facts, failure);
  return { ...observation, source: { address: dialler.source(), port: bySource ? null : source.port } };
};

/**
 * Sweeps the TCP ports of a question; where our responder stands, every port that opens is then asked for the proof.
 * Never rejects.
 *
 * The outcome is the best of any port. Facts: `counts` and `ranges` as the report format has them; `asked` ports `of` so
 * many; `seed`; `rotation` where samples rotate; `dials`, `rounds`, `mostInFlight`; `roundTripSeconds` where something
 * answered; `lossEstimate`, a cautious one, and `expectedWrongPorts`, how many of the silent ports are silent through loss alone on the average
 * (null: cannot be told) where something answered and a second round was needed; `refusalsLimited` where most ports that
 * said unreachable to one dial said nothing to another: then silent ports may be refused ones, because routers and kernels
 * limit their ICMP errors (Linux: one a second to one address), and waiting for all of them would take hours.
 */
export const sweepTcp = async (
  question: Question,
  asking: Asking,
  dialler: SweepDialler = createTcpDialler(
    { ...question.target, sourceAddress: question.source.address, sourcePort: question.source.port },
    asking.fence,
    asking.meter,
  ),
): Promise<Observation> => {
  const secret = proofSecret(question.options, asking);
  if (secret === null) return sweepPorts(question, asking, { dialler, step: 'connect' });
  // Only here: it speaks STUN, and a sweep without a responder need not wait until that is loaded.
  const { proveOpenPorts, sweepProof } = await import('./sweep-proof.ts');
  let proved = 0;
  const token = sweepToken(asking);
  return sweepPorts(question, asking, {
    dialler,
    step: 'connect',
    after: async ({ book }) => {
      proved = await proveOpenPorts(question, book.ports, secret, asking, token);
    },
    more: ({ book }) => ({ transactionPrefix: token.text, ...sweepProof(book.ports, proved) }),
  });
};

/**
 * What a sweep costs. Least, every port answers: one dial each. Most, none does: two dials each, in two rounds of
 * `max(ports / rate, ports × 0.1 ms, (⌈ports / in flight⌉ - 1) × 0.98 s) + 0.98 s`.
 * Where some ports answer over a path that loses packets, silent ones get up to 12 dials.
 */
export const sweepCost = (question: Question, rate: number, inFlight?: number): Cost => {
  const ports = askedPorts(question).length;
  const parallel = inFlight ?? mostDialsInFlight(question.options.concurrency);
  const computing = ports * secondsPerDial;
  const paced = rate > 0 ? ports / rate : 0;
  const waves = (Math.ceil(ports / parallel) - 1) * secondsIntoSilence;
  return {
    least: ports,
    most: ports * dialsIntoSilence,
    states: ports * dialsIntoSilence,
    secondsLeast: Math.max(paced, computing),
    secondsMost: dialsIntoSilence * (Math.max(paced, computing, waves) + secondsIntoSilence),
  };
};
