import type { Endpoint } from './channel.ts';
import { dialUdp } from './dgram-as-stream.ts';
import { aborted } from './failure.ts';
import { betterOutcome, type Observation } from './observation.ts';
import { type Asking, proofSecret, type Question } from './probe.ts';
import { type Recorder, recordWhenDue } from './recorder.ts';
import { watched } from './sent.ts';
import { beginDial, converse, type Told, type UdpDial } from './stun-datagrams.ts';
import { type Dialect, makeRequest, readAnswer } from './stun-exchange.ts';
import { answerFacts, bestFirst, spell } from './stun-facts.ts';
import { secondsAfterRefusal, udpDials } from './stun-schedule.ts';
import { type Tally, tallyOf } from './stun-tally.ts';
import { type LoggedOn, logOnAfter } from './turn-logon.ts';
import { pause } from './world.ts';

const overUdp = (dialect: Dialect): boolean => dialect !== 'msturn-pseudo-tls';

/** A dial with the source port it had, and its line in the record. */
interface Attempted extends UdpDial {
  readonly end: ReturnType<Recorder['attempt']>;
  source: Endpoint | null;
  sent: () => readonly string[];
}

const observe = (
  recorder: Recorder,
  dials: readonly Attempted[],
  tally: Tally,
  outer: Asking,
  loggedOn: LoggedOn | null,
  answerFrom: Endpoint | null,
): Observation => {
  const [best] = bestFirst(tally.heard);
  // The report shows the source of the attempt that ended last: the one that brought the best answer, or our mapping.
  if (loggedOn?.mapped === false) loggedOn.end();
  const winner = best?.dial ?? -1;
  for (const dial of dials.toSorted((a, b) => Number(a.index === winner) - Number(b.index === winner)))
    dial.end(dial.source, dial.outcome, dial.requests - dial.unsent, dial.sent());
  if (loggedOn?.mapped === true) loggedOn.end();

  const strays = dials.reduce((sum, dial) => sum + dial.strays, 0);
  const counts = {
    requests: dials.reduce((sum, dial) => sum + dial.requests - dial.unsent, 0),
    retransmissions: best?.retransmissions ?? Math.max(0, ...dials.map((dial) => dial.rounds - 1)),
    ...(strays > 0 ? { strayDatagrams: strays } : {}),
    ...(answerFrom === null ? {} : { answerFrom: spell(answerFrom) }),
  };
  if (best) return recorder.finish('answered', { ...answerFacts(tally.heard), ...counts, ...loggedOn?.facts });
  if (outer.signal.aborted) return recorder.finish('unasked', counts, aborted('stun').failure);
  const outcome = dials.map((dial) => dial.outcome).reduce(betterOutcome, 'unasked');
  const failure = dials.find((dial) => dial.outcome === outcome)?.failure ?? null;
  return recorder.finish(outcome, counts, failure);
};

/**
 * Asks over UDP: three dials within the deadline, each a socket and transaction ids of its own, the earlier ones
 * listening on. The first matching answer decides. Never rejects.
 */
export const askUdp = async (question: Question, outer: Asking, wanted: readonly Dialect[]): Promise<Observation> => {
  const asked = wanted.filter(overUdp);
  const recorder = await recordWhenDue(question, outer);
  const started = outer.clock.monotonic();
  const secret = proofSecret(question.options, outer);
  const tally = tallyOf(outer, asked, secret === null ? null : 'rfc8489');
  const { asking } = tally;
  const count = question.source.port === null ? udpDials : 1;
  const dials: Attempted[] = [];
  const running: Promise<void>[] = [];
  let hurry = new AbortController();
  let refusals = 0;
  let stuck = false;
  let answerFrom: Endpoint | null = null;

  const told: Told = {
    answered: (began) => recorder.step('stun', began),
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
    const dial: Attempted = { ...beginDial(index), source: null, sent: () => [], end: recorder.attempt() };
    dials.push(dial);
    const requests = asked.map((dialect) => makeRequest(dialect, index, asking, secret));
    // A connected socket cannot hear an answer from another address. The last dial, if nothing at all was heard on the
    // others, is not connected; the others hear of refusals.
    const [first] = dials;
    const lonely = index > 0 && index === count - 1 && dials.every((one) => one.outcome === 'filtered');
    const stranger = (bytes: Uint8Array, from: Endpoint): void => {
      if (readAnswer(bytes, requests).kind === 'answer') answerFrom ??= from;
    };
    const sourceAddress = question.source.address ?? (lonely ? (first?.source?.address ?? null) : null);
    const from = { target: question.target, sourceAddress, sourcePort: question.source.port };
    const dialled = await dialUdp(from, asking, lonely ? stranger : undefined);
    dial.source = dialled.source;
    if (dialled.kind === 'failed') {
      dial.outcome = dialled.outcome;
      dial.failure = dialled.failure;
      return dialled.outcome === 'unasked' ? told.stuck() : told.refused();
    }
    const { channel, sent } = watched(dialled.channel);
    dial.sent = sent;
    await converse(channel, requests, dial, recorder.until, tally, told);
    channel.close();
  };

  const over = (): boolean => stuck || asking.signal.aborted;
  const hurryOn = (): void => hurry.abort();
  asking.signal.addEventListener('abort', hurryOn);
  for (let index = 0; index < count && !over(); index++) {
    if (index > 0) await pause(asking, asking.pace());
    if (over() || asking.clock.monotonic() >= recorder.until) break;
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
  const loggedOn = await logOnAfter(tally.heard, question, recorder, outer);
  return observe(recorder, dials, tally, outer, loggedOn, answerFrom);
};
