import type { Test } from 'tap';

/** Bytes of hex digits; white space and anything else between them is skipped. */
export const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.replace(/[^0-9a-f]/gi, '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A reproducible source of numbers in [0, 1): mulberry32. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** One buffer made hostile: bits and bytes changed, cut, grown, spliced with another, lengths blown up, or pure noise. */
const mutate = (vectors: readonly Uint8Array[], random: () => number): Uint8Array => {
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const pick = (): Uint8Array => vectors[upTo(vectors.length)] ?? new Uint8Array(0);
  let bytes = Uint8Array.from(pick());
  for (let round = upTo(4); round >= 0; round--) {
    const at = upTo(bytes.length + 1);
    const kind = upTo(7);
    if (kind === 0 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << upTo(8));
    else if (kind === 1 && at < bytes.length) bytes[at] = upTo(256);
    else if (kind === 2 && at < bytes.length) bytes[at] = [0, 1, 0x7f, 0x80, 0xff][upTo(5)] ?? 0;
    else if (kind === 3) bytes = bytes.slice(0, at);
    else if (kind === 4) bytes = Uint8Array.from([...bytes, ...pick().subarray(0, at)]);
    else if (kind === 5) bytes = Uint8Array.from([...bytes.subarray(0, at), ...pick().subarray(upTo(40))]);
    else if (kind === 6 && upTo(8) === 0) bytes = Uint8Array.from({ length: upTo(120) }, () => upTo(256));
  }
  return bytes.subarray(0, 8192);
};

/**
 * Gives a decoder every truncation of every vector, then `count` mutants. It fails the test at the first throw, with the
 * bytes; `accepted` says whether a result is one of success, so that a decoder which refuses everything is noticed too.
 */
export const survivesHostileBytes = <T>(
  t: Test,
  decode: (bytes: Uint8Array) => T,
  accepted: (result: T) => boolean,
  vectors: readonly Uint8Array[],
  count = 20_000,
): void => {
  const tally = { yes: 0, no: 0 };
  const feed = (bytes: Uint8Array): boolean => {
    try {
      tally[accepted(decode(bytes)) ? 'yes' : 'no']++;
      return true;
    } catch (error) {
      t.fail(`threw ${String(error)} on ${toHex(bytes)}`);
      return false;
    }
  };
  for (const vector of vectors) {
    for (let length = 0; length <= vector.length; length++) if (!feed(vector.subarray(0, length))) return;
  }
  const random = seeded(20_131_120);
  for (let i = 0; i < count; i++) if (!feed(mutate(vectors, random))) return;
  t.ok(tally.yes > 0 && tally.no > 0, `${tally.yes} accepted, ${tally.no} refused, none thrown`);
};
