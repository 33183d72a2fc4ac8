import { createSipReader, type SipEvent } from '../wire/sip-reader.ts';
import type { Channel, Received } from './channel.ts';
import { firstBytesKept } from './first-bytes.ts';

/** A message of the conversation, or what came instead of one. */
export type SipHeard = SipEvent | Exclude<Received, { readonly kind: 'bytes' }>;

/** Bytes of one conversation that are read before the peer is believed to talk without end. */
const bytesPerTalk = 262_144;

/** SIP over a channel. */
export interface SipTalk {
  /** The next message, or what came instead. `until` is an instant of the monotonic clock. */
  next(until: number): Promise<SipHeard>;
  /** How many bytes came, and the first of them. */
  heard(): { readonly bytes: number; readonly first: Uint8Array };
}

/** Begins to read SIP. */
export const sipTalk = (channel: Channel): SipTalk => {
  const reader = createSipReader();
  const waiting: SipEvent[] = [];
  let first = new Uint8Array(0);
  let bytes = 0;
  return {
    next: async (until) => {
      for (;;) {
        const event = waiting.shift();
        if (event) return event;
        const received = await channel.receive(until);
        if (received.kind !== 'bytes') return received;
        bytes += received.bytes.length;
        const missing = firstBytesKept - first.length;
        if (missing > 0) first = Uint8Array.from([...first, ...received.bytes.subarray(0, missing)]);
        if (bytes > bytesPerTalk) return { kind: 'bad', spoken: 'sip', reason: `more than ${bytesPerTalk} bytes` };
        waiting.push(...reader.push(received.bytes));
      }
    },
    heard: () => ({ bytes, first }),
  };
};
