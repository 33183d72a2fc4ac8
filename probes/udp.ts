import type { Cost, Probe, Question } from './probe.ts';
import { roundsWithin, udpDials } from './stun-schedule.ts';
import { sweepCost } from './sweep.ts';

const isRange = ({ target }: Question): boolean => target.lastPort !== target.port;

/** One port: a request at once, and if nothing answers all the repetitions of every dial. */
const costOfOne = ({ deadlineSeconds, source }: Question): Cost => {
  const dials = source.port === null ? udpDials : 1;
  const share = deadlineSeconds / udpDials;
  const silent = Array.from({ length: dials }, (_, dial) => roundsWithin(deadlineSeconds - dial * share));
  return {
    least: 1,
    most: silent.reduce((sum, rounds) => sum + rounds, 0),
    states: dials,
    secondsLeast: 0,
    secondsMost: deadlineSeconds,
  };
};

/** UDP: STUN Binding to one port, or to every port of a range in one sweep. The codecs are loaded when they are needed. */
export const udp: Probe = {
  name: 'udp',
  about: 'STUN Binding over UDP: one port, or every port of a range',
  asks: (row) => row.range && row.transport === 'udp' && row.protocol === 'RTP',
  run: async (question, asking) => {
    if (isRange(question)) return (await import('./udp-sweep.ts')).sweepUdp(question, asking);
    return (await import('./stun-udp.ts')).askUdp(question, asking, ['rfc8489']);
  },
  cost: (question, rate) => (isRange(question) ? sweepCost(question, rate) : costOfOne(question)),
  answer: async (channel, options, world) => (await import('./stun-answer.ts')).answerStun(channel, options, world),
  datagrams: async (options) => {
    const { answerDatagram } = await import('./stun-answer.ts');
    return (datagram, from) => answerDatagram(datagram, from, options);
  },
};
