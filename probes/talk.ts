import type { Channel, Received } from './channel.ts';
import { firstBytesKept } from './first-bytes.ts';

/** Bytes of one conversation that are read before the peer is believed to talk without end. */
const bytesPerTalk = 262_144;

/** A text protocol over a channel, read event by event. */
export interface Talk<Event> {
  /** The next event, or what came instead. `until` is an instant of the monotonic clock. */
  next(until: number): Promise<Event | Exclude<Received, { readonly kind: 'bytes' }>>;
  /** Whether more was read than `next` has told. */
  pending(): boolean;
  /** How many bytes came, and the first of them. */
  heard(): { readonly bytes: number; readonly first: Uint8Array };
}

/**
 * Begins to read.
 * @param flood the event that ends a talk of more than `bytesPerTalk` bytes
 */
export const talkOver = <Event>(
  channel: Channel,
  reader: { push(bytes: Uint8Array): Event[] },
  flood: (reason: string) => Event,
): Talk<Event> => {
  const waiting: Event[] = [];
  let first = new Uint8Array(0);
  let bytes = 0;
  return {
    next: async (until) => {
      for (;;) {
        const event = waiting.shift();
        if (event !== undefined) return event;
        const received = await channel.receive(until);
        if (received.kind !== 'bytes') return received;
        bytes += received.bytes.length;
        const missing = firstBytesKept - first.length;
        if (missing > 0) first = Uint8Array.from([...first, ...received.bytes.subarray(0, missing)]);
        if (bytes > bytesPerTalk) return flood(`more than ${bytesPerTalk} bytes`);
        waiting.push(...reader.push(received.bytes));
      }
    },
    pending: () => waiting.length > 0,
    heard: () => ({ bytes, first }),
  };
};
