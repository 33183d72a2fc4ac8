/** Concatenates the parts into one new array. */
export const concatBytes = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
};

/** Whether both hold the same bytes. Not for secrets: it stops at the first difference. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

/** Two bytes, big endian. */
export const u16 = (value: number): Uint8Array => Uint8Array.of((value >>> 8) & 0xff, value & 0xff);

/** Four bytes, big endian. */
export const u32 = (value: number): Uint8Array =>
  Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);

/**
 * Reads big-endian numbers and slices from hostile bytes. A read past the end gives 0 or nothing and sets `short`,
 * which stays set: a decoder reads a whole structure and asks once, at the end, whether it was there.
 */
export class Cursor {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #short = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes not read yet; 0 once a read fell short, so that loops over it end. */
  get left(): number {
    return this.#short ? 0 : this.#bytes.length - this.#offset;
  }

  get short(): boolean {
    return this.#short;
  }

  take(length: number): Uint8Array {
    if (length > this.left) {
      this.#short = true;
      return new Uint8Array(0);
    }
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  /** An unsigned number of `size` bytes, 1 to 4. */
  uint(size: 1 | 2 | 3 | 4): number {
    let value = 0;
    for (const byte of this.take(size)) value = value * 256 + byte;
    return value;
  }

  /** A slice whose length stands before it in `size` bytes, as TLS writes its vectors. */
  vector(size: 1 | 2 | 3): Uint8Array {
    return this.take(this.uint(size));
  }
}
