import type { Probe } from './probe.ts';
import { stunCost } from './stun-cost.ts';

/**
 * Over UDP Binding of RFC 8489 and of RFC 3489, and MSTURN's Allocate. Over TCP three connections: behind pseudo-TLS,
 * framed, Binding. Packets of all three: SYN, ACK, what is said, FIN.
 */
const load = { datagrams: 3, connections: 3, packets: 5 + 4 + 4 };

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
  cost: (question) => stunCost(question, load),
  answer: async (channel, options, world) => (await import('./stun-answer.ts')).answerStun(channel, options, world),
  datagrams: async (options) => {
    const { answerDatagram } = await import('./stun-answer.ts');
    return (datagram, from) => answerDatagram(datagram, from, options);
  },
};
