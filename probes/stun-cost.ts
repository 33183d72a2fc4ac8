import { connectionCost } from './connection-cost.ts';
import type { Cost, Question } from './probe.ts';
import { roundsWithin, udpDials } from './stun-schedule.ts';

/** What is asked side by side: datagrams of one round over UDP; connections over TCP, and the packets of all of them. */
export interface StunLoad {
  readonly datagrams: number;
  readonly connections: number;
  readonly packets: number;
}

/** Messages of a logon: Allocate, Allocate with credentials, refresh to zero. */
const logOnMessages = 3;

/** Packets of a logon on a connection of its own: SYN, ACK, hello, the messages, FIN. */
const logOnPackets = 4 + logOnMessages;

const udpCost = (question: Question, { datagrams }: StunLoad): Cost => {
  const dials = question.source.port === null ? udpDials : 1;
  const share = question.deadlineSeconds / udpDials;
  let unheard = 0;
  for (let dial = 0; dial < dials; dial++) unheard += datagrams * roundsWithin(question.deadlineSeconds - dial * share);
  const seconds = { secondsLeast: 0, secondsMost: question.deadlineSeconds };
  return { least: datagrams, most: unheard, states: dials, ...seconds };
};

const tcpCost = (question: Question, { packets, connections }: StunLoad): Cost => {
  const cost = connectionCost(question, packets, 1);
  return { ...cost, states: question.source.port === null ? Math.max(cost.states, connections) : 1 };
};

/** What a question in some dialects of STUN costs, with the logon if it has a credential. */
export const stunCost = (question: Question, load: StunLoad): Cost => {
  const cost = question.transport === 'udp' ? udpCost(question, load) : tcpCost(question, load);
  if (question.options.credentials === undefined) return cost;
  const more = question.transport === 'udp' ? logOnMessages : logOnPackets;
  const repeated = question.transport === 'udp' ? more * roundsWithin(question.deadlineSeconds) : more;
  return { ...cost, least: cost.least + more, most: cost.most + repeated, states: cost.states + 1 };
};
