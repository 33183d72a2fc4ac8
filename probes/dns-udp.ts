import type { Endpoint } from './channel.ts';
import { dialUdp } from './dgram-as-stream.ts';
import { beginDial, converse, type DnsDial, type Told } from './dns-datagrams.ts';
import { answerFacts, makeQuery, proofFacts } from './dns-query.ts';
import { dialsOf, secondsAfterRefusal } from './dns-schedule.ts';
import { aborted } from './failure.ts';
import { betterOutcome, type Observation, roundSeconds } from './observation.ts';
import { type Asking, proofSecret, type Question, type TurnCredential } from './probe.ts';
import { type Recorder, record } from './recorder.ts';
import { watched } from './sent.ts';
import { pause } from './world.ts';

/** A dial with the source port it had, and its line in the record. */
interface Attempted extends DnsDial {
  readonly end: ReturnType<Recorder['attempt']>;
  source: Endpoint | null;
  readonly query: Uint8Array;
  sent: () => readonly string[];
}

const observe = (
  recorder: Recorder,
  dials: readonly Attempted[],
  outer: Asking,
  secret: TurnCredential | null,
): Observation => {
  const winner = dials.find(({ heard }) => heard !== null);
  // The report shows the source of the attempt that ended last: the one that brought the answer.
  for (const dial of dials.toSorted((a, b) => Number(a === winner) - Number(b === winner)))
    dial.end(dial.source, dial.outcome, dial.requests - dial.unsent, dial.sent());
  const strays = dials.reduce((sum, dial) => sum + dial.strays, 0);
  const heard = winner?.heard ?? null;
  const counts = {
    requests: dials.reduce((sum, dial) => sum + dial.requests - dial.unsent, 0),
    retransmissions: heard?.retransmissions ?? Math.max(0, ...dials.map((dial) => dial.requests - 1)),
    ...(strays > 0 ? { strayDatagrams: strays } : {}),
  };
  if (heard && winner) {
    const roundTripSeconds = roundSeconds(heard.roundTripSeconds);
    const told = answerFacts(heard.answer);
    const proof = proofFacts(secret, winner.query, told);
    return recorder.finish('answered', { ...told, roundTripSeconds, ...proof, ...counts });
  }
  if (outer.signal.aborted) return recorder.finish('unasked', counts, aborted('dns').failure);
  const outcome = dials.map((dial) => dial.outcome).reduce(betterOutcome, 'unasked');
  return recorder.finish(outcome, counts, dials.find((dial) => dial.outcome === outcome)?.failure ?? null);
};

/**
 * Asks over UDP: three dials within the deadline, each a socket and an id of its own, the earlier ones listening on.
 * The first answer decides. Never rejects.
 */
export const askUdp = async (question: Question, outer: Asking): Promise<Observation> => {
  // The wait for a slot is not the peer's: the deadline begins with the first packet that may leave.
  await pause(outer, outer.pace());
  const recorder = record(question, outer);
  const started = outer.clock.monotonic();
  const over = new AbortController();
  const end = (): void => over.abort();
  outer.signal.addEventListener('abort', end);
  if (outer.signal.aborted) end();
  const asking: Asking = { ...outer, signal: over.signal };
  const count = dialsOf(question);
  const secret = proofSecret(question.options, outer);
  const dials: Attempted[] = [];
  const running: Promise<void>[] = [];
  let hurry = new AbortController();
  let refusals = 0;
  const told: Told = {
    refused: () => {
      refusals++;
      if (refusals === count) end();
      hurry.abort();
    },
    stuck: end,
  };

  const dialOnce = async (): Promise<void> => {
    const query = makeQuery(question.options, asking.random, secret);
    const dial: Attempted = { ...beginDial(), source: null, query, sent: () => [], end: recorder.attempt() };
    dials.push(dial);
    const from = { sourceAddress: question.source.address, sourcePort: question.source.port };
    const dialled = await dialUdp({ target: question.target, ...from }, asking);
    dial.source = dialled.source;
    if (dialled.kind === 'failed') {
      dial.outcome = dialled.outcome;
      dial.failure = dialled.failure;
      return dialled.outcome === 'unasked' ? told.stuck() : told.refused();
    }
    const began = asking.clock.monotonic();
    const { channel, sent } = watched(dialled.channel);
    dial.sent = sent;
    await converse(channel, query, dial, recorder.until, asking, told);
    channel.close();
    if (dial.heard === null || over.signal.aborted) return;
    recorder.step('dns', began);
    end();
  };

  over.signal.addEventListener('abort', () => hurry.abort());
  for (let index = 0; index < count && !over.signal.aborted; index++) {
    if (index > 0) await pause(asking, asking.pace());
    if (over.signal.aborted || asking.clock.monotonic() >= recorder.until) break;
    const refusedBefore = refusals;
    hurry = new AbortController();
    running.push(dialOnce());
    if (index === count - 1) break;
    const next = started + ((index + 1) * question.deadlineSeconds) / count;
    await pause({ ...asking, signal: hurry.signal }, next - asking.clock.monotonic());
    if (refusals > refusedBefore) await pause(asking, secondsAfterRefusal);
  }
  await Promise.all(running);
  outer.signal.removeEventListener('abort', end);
  return observe(recorder, dials, outer, secret);
};
