import { connectionCost } from './connection-cost.ts';
import type { Cost, Probe, Question } from './probe.ts';
import { roundsWithin, udpDials } from './stun-schedule.ts';

/** Datagrams of one round over UDP: Binding of RFC 8489 and of RFC 3489, MSTURN Allocate. */
const dialectsOverUdp = 3;

/** Connections over TCP: behind pseudo-TLS, framed, Binding. Packets of all three: SYN, ACK, what is said, FIN. */
const connectionsOverTcp = 3;
const packetsOverTcp = 5 + 4 + 4;

const udpCost = (question: Question): Cost => {
  const dials = question.source.port === null ? udpDials : 1;
  const share = question.deadlineSeconds / udpDials;
  let unheard = 0;
  for (let dial = 0; dial < dials; dial++)
    unheard += dialectsOverUdp * roundsWithin(question.deadlineSeconds - dial * share);
  const seconds = { secondsLeast: 0, secondsMost: question.deadlineSeconds };
  return { least: dialectsOverUdp, most: unheard, states: dials, ...seconds };
};

const tcpCost = (question: Question): Cost => {
  const cost = connectionCost(question, packetsOverTcp, 1);
  return { ...cost, states: question.source.port === null ? Math.max(cost.states, connectionsOverTcp) : 1 };
};

/**
 * STUN in all dialects side by side, answered by any: a real A/V Edge is silent to plain STUN by its specification,
 * and a plain STUN server to MSTURN. The codecs are loaded when the first question is asked or answered.
 */
export const stun: Probe = {
  name: 'stun',
  about:
    'STUN and MSTURN, all dialects side by side: RFC 8489, RFC 3489, MSTURN, and over TCP MSTURN behind pseudo-TLS',
  asks: ({ protocol, range }) => protocol === 'STUN/MSTURN' && !range,
  run: async (question, asking) => {
    const { dialects } = await import('./stun-exchange.ts');
    if (question.transport === 'udp') return (await import('./stun-udp.ts')).askUdp(question, asking, dialects);
    return (await import('./stun-tcp.ts')).askTcp(question, asking, dialects);
  },
  cost: (question) => (question.transport === 'udp' ? udpCost(question) : tcpCost(question)),
  answer: async (channel, options, world) => (await import('./stun-answer.ts')).answerStun(channel, options, world),
  datagrams: async () => {
    const { answerDatagram } = await import('./stun-answer.ts');
    return (datagram, from) => answerDatagram(datagram, from);
  },
};
