import type { Channel, Endpoint, Received } from './channel.ts';
import { dialUdp } from './dgram-as-stream.ts';
import { aborted, silence } from './failure.ts';
import { betterOutcome, type Failure, type Observation, type Outcome } from './observation.ts';
import type { Asking, Question } from './probe.ts';
import { type Recorder, record } from './recorder.ts';
import { type Dialect, makeRequest, readAnswer, type StunRequest } from './stun-exchange.ts';
import { answerFacts, bestFirst } from './stun-facts.ts';
import { initialRto, secondsAfterRefusal, udpDials } from './stun-schedule.ts';
import { type Tally, tallyOf } from './stun-tally.ts';
import { pause } from './world.ts';

const overUdp = (dialect: Dialect): boolean => dialect !== 'msturn-pseudo-tls';

/** One dial: a source port of its own, and what became of it so far. */
interface UdpDial {
  readonly index: number;
  readonly end: ReturnType<Recorder['attempt']>;
  source: Endpoint | null;
  outcome: Outcome;
  failure: Failure | null;
  requests: number;
  /** Times that every dialect was sent. */
  rounds: number;
  /** Datagrams from the peer that belong to no request. */
  strays: number;
}

/** Notes an outcome if it is better than what is known; the first failure of an outcome stays. */
const learn = (dial: UdpDial, outcome: Outcome, failure: Failure | null): void => {
  if (dial.outcome === outcome || betterOutcome(dial.outcome, outcome) === dial.outcome) return;
  dial.outcome = outcome;
  dial.failure = failure;
};

/** What the conversations tell the scheduler. */
interface Told {
  /** The network refused this dial: another may follow soon. */
  readonly refused: () => void;
  /** This host cannot send: no other dial will fare better. */
  readonly stuck: () => void;
}

const takeFailure = (dial: UdpDial, received: Received & { kind: 'failed' }, told: Told): 'over' | 'quiet' => {
  if (received.outcome === 'unasked') {
    // Once a packet has left, a passing shortage on this host (no buffers) says nothing about the question.
    if (dial.rounds > 1 || dial.outcome !== 'filtered') return 'quiet';
    dial.outcome = 'unasked';
    dial.failure = received.failure;
    told.stuck();
    return 'over';
  }
  const refused = received.outcome === 'closed';
  const failure = refused
    ? { step: 'stun', code: 'port-unreachable', message: 'the answer was: port unreachable' }
    : received.failure;
  learn(dial, received.outcome, failure);
  told.refused();
  return 'quiet';
};

/**
 * Asks all requests side by side on one socket and listens until the question is over. Retransmissions are
 * byte-identical at 0, 0.5, 1.5, 3.5 s … (RFC 8489 section 6.2.1); a refusal ends the sending, not the listening.
 */
const converse = async (
  channel: Channel,
  requests: readonly StunRequest[],
  dial: UdpDial,
  until: number,
  tally: Tally,
  told: Told,
): Promise<void> => {
  const { clock, signal } = tally.asking;
  const began = clock.monotonic();
  let lastSent = began;
  let quiet = false;

  const read = (bytes: Uint8Array): void => {
    const now = clock.monotonic();
    const reading = readAnswer(bytes, requests);
    if (reading.kind === 'stray') {
      dial.strays++;
      learn(dial, 'open', { step: 'stun', code: reading.code, message: reading.message });
      return;
    }
    learn(dial, 'answered', null);
    const heard = {
      answer: reading.answer,
      dial: dial.index,
      roundTripSeconds: now - began,
      retransmissions: dial.rounds - 1,
    };
    tally.hear(reading.request.dialect, heard, now - lastSent);
  };

  for (;;) {
    const now = clock.monotonic();
    if (now >= until || signal.aborted) return;
    const sending = !quiet && tally.heard.length === 0;
    const nextRound = sending ? began + initialRto * (2 ** dial.rounds - 1) : until;
    if (now >= nextRound) {
      for (const request of requests) channel.send(request.bytes);
      dial.requests += requests.length;
      dial.rounds++;
      lastSent = now;
      continue;
    }
    const received = await channel.receive(Math.min(nextRound, until));
    if (received.kind === 'bytes') read(received.bytes);
    else if (received.kind === 'failed') {
      if (signal.aborted || takeFailure(dial, received, told) === 'over') return;
      quiet = true;
    } else if (received.kind === 'end') return;
  }
};

const observe = (recorder: Recorder, dials: readonly UdpDial[], tally: Tally, outer: Asking): Observation => {
  const [best] = bestFirst(tally.heard);
  // The report shows the source of the attempt that ended last: the one that brought the best answer.
  const winner = best?.dial ?? -1;
  for (const dial of dials.toSorted((a, b) => Number(a.index === winner) - Number(b.index === winner)))
    dial.end(dial.source, dial.outcome, dial.requests);

  const strays = dials.reduce((sum, dial) => sum + dial.strays, 0);
  const counts = {
    requests: dials.reduce((sum, dial) => sum + dial.requests, 0),
    retransmissions: best?.retransmissions ?? Math.max(0, ...dials.map((dial) => dial.rounds - 1)),
    ...(strays > 0 ? { strayDatagrams: strays } : {}),
  };
  if (best) return recorder.finish('answered', { ...answerFacts(tally.heard), ...counts });
  if (outer.signal.aborted) return recorder.finish('unasked', counts, aborted('stun').failure);
  const outcome = dials.map((dial) => dial.outcome).reduce(betterOutcome, 'unasked');
  const failure = dials.find((dial) => dial.outcome === outcome)?.failure ?? null;
  return recorder.finish(outcome, counts, failure);
};

/**
 * Asks over UDP: three dials within the deadline, each a socket and transaction ids of its own, the earlier ones
 * listening on. The first matching answer decides. Never rejects.
 */
export const askUdp = async (
  question: Question,
  outer: Asking,
  wanted: readonly Dialect[],
): Promise<Observation> => {
  const asked = wanted.filter(overUdp);
  // The wait for a slot is not the peer's: the deadline begins with the first packet that may leave.
  await pause(outer, outer.pace());
  const recorder = record(question, outer);
  const started = outer.clock.monotonic();
  const tally = tallyOf(outer, asked);
  const { asking } = tally;
  const count = question.source.port === null ? udpDials : 1;
  const dials: UdpDial[] = [];
  const running: Promise<void>[] = [];
  let hurry = new AbortController();
  let refusals = 0;
  let stuck = false;

  const told: Told = {
    refused: () => {
      refusals++;
      if (refusals === count) tally.enough();
      hurry.abort();
    },
    stuck: () => {
      stuck = true;
      hurry.abort();
    },
  };

  const dialOnce = async (index: number): Promise<void> => {
    const { failure, outcome } = silence('stun');
    const state = { source: null, outcome, failure, requests: 0, rounds: 0, strays: 0 };
    const dial: UdpDial = { ...state, index, end: recorder.attempt() };
    dials.push(dial);
    const from = { sourceAddress: question.source.address, sourcePort: question.source.port };
    const dialled = await dialUdp({ target: question.target, ...from }, asking);
    dial.source = dialled.source;
    if (dialled.kind === 'failed') {
      dial.outcome = dialled.outcome;
      dial.failure = dialled.failure;
      return dialled.outcome === 'unasked' ? told.stuck() : told.refused();
    }
    const requests = asked.map((dialect) => makeRequest(dialect, index, asking));
    await converse(dialled.channel, requests, dial, recorder.until, tally, told);
    dialled.channel.close();
  };

  const over = (): boolean => stuck || asking.signal.aborted;
  const hurryOn = (): void => hurry.abort();
  asking.signal.addEventListener('abort', hurryOn);
  for (let index = 0; index < count && !over(); index++) {
    if (index > 0) await pause(asking, asking.pace());
    if (over()) break;
    const refusedBefore = refusals;
    hurry = new AbortController();
    running.push(dialOnce(index));
    if (index === count - 1) break;
    const next = started + ((index + 1) * question.deadlineSeconds) / count;
    await pause({ ...asking, signal: hurry.signal }, next - asking.clock.monotonic());
    if (refusals > refusedBefore && !over()) await pause(asking, secondsAfterRefusal);
  }
  await Promise.all(running);
  tally.enough();
  tally.release();
  return observe(recorder, dials, tally, outer);
};
