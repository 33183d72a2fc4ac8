import type { Probe } from './probe.ts';
import { stunCost } from './stun-cost.ts';

/** Over UDP the Allocate. Over TCP two connections, behind pseudo-TLS and framed: SYN, ACK, what is said, FIN of both. */
const load = { datagrams: 1, connections: 2, packets: 5 + 4 };

/**
 * The TURN of an A/V Edge alone, where `stun` asks every dialect: its unauthenticated Allocate over UDP; over TCP behind
 * the pseudo-TLS hello, and framed without it on a second connection. Rows are asked by `stun`.
 */
export const msturn: Probe = {
  name: 'msturn',
  about: "The A/V Edge's own TURN alone: an Allocate, over TCP behind the hello that looks like TLS and without it",
  asks: () => false,
  run: async (question, asking) =>
    question.transport === 'udp'
      ? (await import('./stun-udp.ts')).askUdp(question, asking, ['msturn'])
      : (await import('./stun-tcp.ts')).askTcp(question, asking, ['msturn-pseudo-tls', 'msturn']),
  cost: (question) => stunCost(question, load),
  answer: async (channel, options, world) => (await import('./stun-answer.ts')).answerStun(channel, options, world),
  datagrams: async (options) => {
    const { answerDatagram } = await import('./stun-answer.ts');
    return (datagram, from) => answerDatagram(datagram, from, options);
  },
};
