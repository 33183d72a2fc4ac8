import { createXmppReader, type XmppEvent } from '../wire/xmpp-stream.ts';
import type { Channel, Received } from './channel.ts';
import { firstBytesKept } from './first-bytes.ts';

/** An event of the stream, or what came instead of one. */
export type Heard = XmppEvent | Exclude<Received, { readonly kind: 'bytes' }>;

/** Bytes of one stream that are read before the peer is believed to talk without end. */
const bytesPerStream = 262_144;

/** One XML stream over a channel. After STARTTLS another begins, with a reader of its own. */
export interface XmppTalk {
  /** The next event, or what came instead. `until` is an instant of the monotonic clock. */
  next(until: number): Promise<Heard>;
  /** Whether more was read than `next` has told. */
  pending(): boolean;
  /** How many bytes came, and the first of them. */
  heard(): { readonly bytes: number; readonly first: Uint8Array };
}

/** Begins to read a stream. */
export const xmppTalk = (channel: Channel): XmppTalk => {
  const reader = createXmppReader();
  const waiting: XmppEvent[] = [];
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
        if (bytes > bytesPerStream) return { kind: 'bad', reason: `more than ${bytesPerStream} bytes` };
        waiting.push(...reader.push(received.bytes));
      }
    },
    pending: () => waiting.length > 0,
    heard: () => ({ bytes, first }),
  };
};
