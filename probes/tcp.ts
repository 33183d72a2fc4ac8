import type { Channel } from './channel.ts';
import { dialsPerQuestion, openConnection } from './dial.ts';
import type { Observation } from './observation.ts';
import type { Asking, Cost, Probe, Question } from './probe.ts';
import { recordWhenDue } from './recorder.ts';
import { sweepCost, sweepTcp } from './sweep.ts';
import type { World } from './world.ts';

/** An opened connection that says nothing is held no longer than this. */
const holdSeconds = 60;

const isRange = (question: Question): boolean => question.target.lastPort !== question.target.port;

const askOne = async (question: Question, asking: Asking): Promise<Observation> => {
  const recorder = await recordWhenDue(question, asking);
  const opened = await openConnection(question, recorder, recorder.until, asking);
  if (opened.kind === 'failed') return recorder.finish(opened.outcome, {}, opened.failure);
  opened.end(opened.source, 'open');
  opened.channel.close('reset');
  return recorder.finish('open');
};

/** SYNs of one port that stays silent: a dial begins every third of the deadline, and its SYN is resent every second. */
const silentSyns = (seconds: number): number => {
  let syns = 0;
  for (let dial = 0; dial < dialsPerQuestion; dial++) {
    syns += Math.ceil((seconds * (dialsPerQuestion - dial)) / dialsPerQuestion);
  }
  return syns;
};

const costOfOne = (question: Question): Cost => ({
  // SYN, ACK, RST.
  least: 3,
  most: silentSyns(question.deadlineSeconds),
  states: dialsPerQuestion,
  secondsLeast: 0,
  secondsMost: question.deadlineSeconds,
});

/** TCP: one port, or a range of ports in one sweep. That a port opens is all it asks. */
export const tcp: Probe = {
  name: 'tcp',
  about: 'opens TCP connections: one port, or every port of a range',
  asks: (row) => row.range && row.transport === 'tcp' && row.protocol === 'RTP',
  run: (question, asking) => (isRange(question) ? sweepTcp(question, asking) : askOne(question, asking)),
  cost: (question, rate) => (isRange(question) ? sweepCost(question, rate) : costOfOne(question)),
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
