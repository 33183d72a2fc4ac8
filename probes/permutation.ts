/** Mixes a 32-bit state into a 32-bit output: the finaliser of MurmurHash3, as splitmix32 uses it. */
const mix = (state: number): number => {
  let z = state;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
};

/** Odd, and far from any simple fraction of 2^32: the golden ratio. */
const golden = 0x9e3779b9;

/**
 * The numbers 0 to n-1 in an order that depends on nothing but the seed.
 *
 * Fisher-Yates from the last place down; the random numbers are splitmix32: the state grows by 0x9e3779b9 and is mixed by
 * the finaliser of MurmurHash3, and `floor(u32 × places / 2^32)` chooses a place. Only 32-bit integers and products below
 * 2^53 occur, so every Node gives the same order, and a run can be repeated port by port years later.
 * @param seed any integer; its low 32 bits count
 */
export const permute = (n: number, seed: number): Uint32Array => {
  const order = Uint32Array.from({ length: n }, (_, index) => index);
  let state = mix((seed | 0) ^ golden) | 0;
  for (let places = n; places > 1; places--) {
    state = (state + golden) | 0;
    const chosen = Math.floor((mix(state) * places) / 2 ** 32);
    const last = places - 1;
    const kept = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = kept;
  }
  return order;
};
