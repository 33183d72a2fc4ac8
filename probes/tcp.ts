import type { Channel } from './channel.ts';
import { dialsPerQuestion, type Opened, openConnection } from './dial.ts';
import type { Observation } from './observation.ts';
import { type Asking, type Cost, type Probe, proofSecret, type Question, type TurnCredential } from './probe.ts';
import { type Recorder, recordWhenDue } from './recorder.ts';
import { sweepCost, sweepTcp } from './sweep.ts';
import type { World } from './world.ts';

/** An opened connection that says nothing is held no longer than this. */
const holdSeconds = 60;

const isRange = (question: Question): boolean => question.target.lastPort !== question.target.port;

/** Whether our own ports are what is swept. */
const isFromRange = ({ source }: Question): boolean => source.lastPort !== undefined;

const askOne = async (question: Question, asking: Asking): Promise<Observation> => {
  const recorder = await recordWhenDue(question, asking);
  const opened = await openConnection(question, recorder, recorder.until, asking);
  if (opened.kind === 'failed') return recorder.finish(opened.outcome, {}, opened.failure);
  const secret = proofSecret(question.options, asking);
  if (secret !== null) return askForProof(opened, recorder, secret, asking);
  opened.end(opened.source, 'open');
  opened.channel.close('reset');
  return recorder.finish('open');
};

/** Asks what opened whether it is our responder: a signed STUN Binding. */
const askForProof = async (
  opened: Extract<Opened, { kind: 'open' }>,
  recorder: Recorder,
  secret: TurnCredential,
  asking: Asking,
): Promise<Observation> => {
  const { askStream } = await import('./stun-stream.ts');
  const since = asking.clock.monotonic();
  const { outcome, answer, failure } = await askStream(opened.channel, 'rfc8489', 0, recorder.until, asking, secret);
  recorder.step('stun', since);
  opened.end(opened.source, outcome, 1);
  opened.channel.close('reset');
  return recorder.finish(outcome, answer === null ? {} : { proof: answer.proof === true }, failure);
};

/** SYNs of one port that stays silent: a dial begins every so often until the end, and its SYN is resent every second. */
const silentSyns = (seconds: number, dials: number): number => {
  let syns = 0;
  for (let dial = 0; dial < dials; dial++) syns += Math.ceil((seconds * (dials - dial)) / dials);
  return syns;
};

const costOfOne = ({ deadlineSeconds, options }: Question): Cost => {
  const dials = options.dials ?? dialsPerQuestion;
  const seconds = (deadlineSeconds * dials) / dialsPerQuestion;
  // Least: SYN, ACK, RST.
  return { least: 3, most: silentSyns(seconds, dials), states: dials, secondsLeast: 0, secondsMost: seconds };
};

/** What a range costs: every port is dialled once more for the proof of our responder, or from a port of ours. */
const costOfRange = (question: Question, rate: number): Cost => {
  const cost = sweepCost(question, rate);
  if (question.options.proof === undefined && !isFromRange(question)) return cost;
  const least = cost.least * 2;
  const secondsLeast = cost.secondsLeast * 2;
  return {
    ...cost,
    ...{ least, secondsLeast },
    most: Math.max(cost.most, least),
    states: Math.max(cost.states, least),
    secondsMost: Math.max(cost.secondsMost, secondsLeast),
  };
};

/** TCP: one port, or a range of ports in one sweep. That a port opens is all it asks. */
export const tcp: Probe = {
  name: 'tcp',
  about: 'opens TCP connections: one port, or every port of a range',
  asks: (row) => row.range && row.transport === 'tcp' && row.protocol === 'RTP',
  run: async (question, asking) => {
    if (isFromRange(question)) return (await import('./sweep-sources.ts')).sweepSources(question, asking);
    return isRange(question) ? sweepTcp(question, asking) : askOne(question, asking);
  },
  cost: (question, rate) =>
    isRange(question) || isFromRange(question) ? costOfRange(question, rate) : costOfOne(question),
  /** Holds the connection until the other side ends it, a minute at most. */
  answer: async (channel: Channel, _options, world: World) => {
    const until = world.clock.monotonic() + holdSeconds;
    for (;;) {
      const received = await channel.receive(until);
      if (received.kind !== 'bytes') break;
    }
    channel.close();
  },
};
