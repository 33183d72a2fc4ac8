import { ByteQueue } from './byte-queue.ts';
import { HEADER_LENGTH, headerFault, MAX_MESSAGE } from './stun-attributes.ts';

/** Bytes 4 to 7 of every RFC 8489 message. */
const STUN_COOKIE = Uint8Array.of(0x21, 0x12, 0xa4, 0x42);

/** Whether bytes 4 to 7 are the cookie of RFC 8489. */
export const hasStunCookie = (bytes: Uint8Array): boolean => STUN_COOKIE.every((byte, i) => bytes[4 + i] === byte);

/** What is wrong with the frame of a standard STUN message (RFC 8489 section 5), before any library looks at it; null: nothing. */
export const stunFrameFault = (bytes: Uint8Array): string | null =>
  headerFault(bytes) ?? (bytes.length % 4 === 0 ? null : 'the message length is not a multiple of four');

export interface StunFrameReader {
  /** Takes bytes of the stream, gives the messages that became whole. `bad` says why the stream is no STUN; it stays. */
  push(bytes: Uint8Array): { messages: Uint8Array[]; bad: string | null };
}

/** What the first bytes of a message already rule out; null: nothing yet. */
const streamFault = (head: Uint8Array): string | null => {
  if (((head[0] ?? 0) & 0xc0) !== 0) return 'the stream does not start like a STUN message';
  if (head.length < 4) return null;
  const length = ((head[2] ?? 0) << 8) | (head[3] ?? 0);
  if (length % 4 !== 0) return 'the message length is not a multiple of four';
  if (length > MAX_MESSAGE - HEADER_LENGTH) return `a STUN message of ${length} bytes is announced`;
  return head.length >= 8 && !hasStunCookie(head) ? 'the STUN cookie is missing' : null;
};

/**
 * STUN over TCP or TLS (RFC 8489 section 6.2.2): the messages follow each other, each header says how long it is.
 * Without the cookie nothing is taken for STUN: RFC 3489 knew only UDP.
 */
export const createStunFrameReader = (): StunFrameReader => {
  const queue = new ByteQueue();
  let bad: string | null = null;
  return {
    push(bytes) {
      const messages: Uint8Array[] = [];
      if (bad !== null) return { messages, bad };
      queue.append(bytes);
      while (queue.length > 0) {
        const head = queue.peek();
        bad = streamFault(head);
        if (bad !== null) {
          queue.clear();
          break;
        }
        const size = HEADER_LENGTH + (((head[2] ?? 0) << 8) | (head[3] ?? 0));
        if (head.length < HEADER_LENGTH || head.length < size) break;
        messages.push(queue.take(size));
      }
      return { messages, bad };
    },
  };
};
