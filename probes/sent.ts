import type { Channel } from './channel.ts';
import { enoughBytes, identify, identifyDatagram } from './transaction.ts';

/** Requests of one dial that are told one by one. */
const mostTold = 8;

/** A channel whose requests are written down by what identifies them at both ends. */
export interface Watched {
  readonly channel: Channel;
  /** Transaction ids, nonces and randoms in the order of leaving, each once; at most eight. */
  readonly sent: () => readonly string[];
}

/**
 * Watches what leaves on a channel: of a stream what was said first, of datagrams each. The far end reads the same from
 * what arrives.
 */
export const watched = (channel: Channel): Watched => {
  const sent = new Set<string>();
  let head: Uint8Array | null = new Uint8Array(0);
  const note = (transaction: string | null): void => {
    if (transaction !== null && sent.size < mostTold) sent.add(transaction);
  };
  const look = (bytes: Uint8Array): void => {
    if (channel.transport === 'udp') {
      note(identifyDatagram(bytes).transaction);
      return;
    }
    if (head === null) return;
    head = Buffer.concat([head, bytes]);
    const found = identify(head);
    if (found === null && head.length < enoughBytes) return;
    note(found?.transaction ?? null);
    head = null;
  };
  return {
    sent: () => [...sent],
    channel: {
      ...channel,
      send: (bytes) => {
        look(bytes);
        channel.send(bytes);
      },
      passed: look,
    },
  };
};
