import { hex } from '../wire/printable.ts';
import type { World } from './world.ts';

/** Bytes that all transaction ids of one sweep begin with: enough that no two sweeps ever share them. */
const tokenSize = 6;

/** What makes the requests of one sweep known at the far end, without a list of ten thousand ids. */
export interface SweepToken {
  /** What every transaction id of the sweep begins with, in hex. */
  readonly text: string;
  /** Gives transaction ids that begin with it; the rest of each is as random as ever. */
  readonly world: World;
}

/** A token for one sweep. Sizes that cannot be a transaction id are left alone. */
export const sweepToken = (world: World): SweepToken => {
  const token = world.random(tokenSize);
  const random = (size: number): Uint8Array => {
    if (size < 2 * tokenSize) return world.random(size);
    const bytes = new Uint8Array(size);
    bytes.set(token);
    bytes.set(world.random(size - tokenSize), tokenSize);
    return bytes;
  };
  return { text: hex(token), world: { ...world, random } };
};
