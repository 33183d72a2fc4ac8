/**
 * Bytes of a stream that wait until a whole frame is there. It grows by doubling and takes from the front without
 * copying the rest, so that a peer who sends byte by byte costs no more than one who sends at once.
 * The reader above it bounds its length by refusing frames that are too long.
 */
export class ByteQueue {
  #store = new Uint8Array(256);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  append(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#store.length) {
      const needed = this.length + bytes.length;
      const kept = this.peek();
      const store = needed > this.#store.length / 2 ? new Uint8Array(needed * 2) : this.#store;
      store.set(kept);
      this.#store = store;
      this.#end = kept.length;
      this.#start = 0;
    }
    this.#store.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** All waiting bytes, in place: valid until the next append or clear. */
  peek(): Uint8Array {
    return this.#store.subarray(this.#start, this.#end);
  }

  /** Takes the first `length` bytes away and returns a copy of them. */
  take(length: number): Uint8Array {
    const taken = this.#store.slice(this.#start, Math.min(this.#start + length, this.#end));
    this.#start += taken.length;
    if (this.#start === this.#end) this.#start = this.#end = 0;
    return taken;
  }

  /** Forgets everything and gives the memory back. */
  clear(): void {
    this.#store = new Uint8Array(0);
    this.#start = this.#end = 0;
  }
}
