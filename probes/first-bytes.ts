import type { Fact } from './observation.ts';

/** So many bytes of an answer that we do not understand are kept: enough for a banner or a status line. */
export const firstBytesKept = 64;

/**
 * The first bytes of an answer in another protocol, for people: text where all of it is printable ASCII, else hex.
 * Line ends, which banners have, are allowed and kept: escaping is for the sink.
 */
export const firstBytesFact = (bytes: Uint8Array): Fact => {
  const kept = bytes.subarray(0, firstBytesKept);
  const printable = kept.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0d || byte === 0x0a);
  return printable && kept.length > 0
    ? { text: Buffer.from(kept).toString('latin1') }
    : { hex: Buffer.from(kept).toString('hex') };
};
