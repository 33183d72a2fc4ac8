import { basename } from 'node:path';
import { nearMiss } from './near-miss.ts';

/** A name of a shipped pack that does not exist; the message lists those that do. */
export class UnknownPackError extends Error {
  constructor(name: string, names: readonly string[]) {
    const near = nearMiss(name, names);
    const hint = near === null ? '.' : `; did you mean "${near}"?`;
    super(
      `there is no shipped pack ${JSON.stringify(name)}${hint} Shipped: ${names.join(', ')}. A file of your own needs its path, like ./${basename(name)}.yaml`,
    );
    this.name = 'UnknownPackError';
  }
}
