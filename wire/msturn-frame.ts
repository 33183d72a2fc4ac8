import { ByteQueue } from './byte-queue.ts';
import { concatBytes, u16 } from './bytes.ts';

/*
 * MSTURN over TCP (MS-TURN section 2.1.4). The pseudo-TLS hellos before it are not framed.
 *
 *  0        1        2                 4
 * +--------+--------+-----------------+---------
 * | type   |   0    | length          | payload
 * +--------+--------+-----------------+---------
 */

/** The payload is an MSTURN message. */
export const CONTROL_FRAME = 0x02;
/** The payload is relayed data. */
const DATA_FRAME = 0x03;

/** More than any message here needs; a longer frame ends the stream. */
const MAX_PAYLOAD = 16_384;

export interface MsturnFrame {
  readonly type: number;
  readonly payload: Uint8Array;
}

export interface MsturnFrameReader {
  /** Takes bytes of the stream, gives the frames that became whole. `bad` says why the stream has no such frames; it stays. */
  push(bytes: Uint8Array): { frames: MsturnFrame[]; bad: string | null };
}

/** A control frame around one message. */
export const encodeMsturnFrame = (message: Uint8Array): Uint8Array => {
  if (message.length > MAX_PAYLOAD) throw new RangeError(`${message.length} bytes are too long for a frame`);
  return concatBytes(Uint8Array.of(CONTROL_FRAME, 0), u16(message.length), message);
};

const frameFault = (head: Uint8Array): string | null => {
  const [type = 0, reserved = 0] = head;
  if (type !== CONTROL_FRAME && type !== DATA_FRAME) return `a frame of type 0x${type.toString(16).padStart(2, '0')}`;
  if (reserved !== 0) return 'the second byte of a frame is not zero';
  if (head.length < 4) return null;
  const length = ((head[2] ?? 0) << 8) | (head[3] ?? 0);
  return length > MAX_PAYLOAD ? `a frame of ${length} bytes is announced` : null;
};

/** Cuts the stream after the pseudo-TLS hello into frames. Holds at most one unfinished frame. */
export const createMsturnFrameReader = (): MsturnFrameReader => {
  const queue = new ByteQueue();
  let bad: string | null = null;
  return {
    push(bytes) {
      const frames: MsturnFrame[] = [];
      if (bad !== null) return { frames, bad };
      queue.append(bytes);
      while (queue.length > 0) {
        const head = queue.peek();
        bad = frameFault(head);
        if (bad !== null) {
          queue.clear();
          break;
        }
        const length = ((head[2] ?? 0) << 8) | (head[3] ?? 0);
        if (head.length < 4 || head.length < 4 + length) break;
        const frame = queue.take(4 + length);
        frames.push({ type: frame[0] ?? 0, payload: frame.subarray(4) });
      }
      return { frames, bad };
    },
  };
};
