import { openFilesLimit } from './open-files.ts';

/** Descriptors left to the rest of the process: other checks, files, listeners. */
const spare = 200;

/** However many descriptors there are: more in flight gains nothing and costs memory. */
const mostInFlight = 10_000;

/** A process with hardly any descriptors still gets somewhere. */
const leastInFlight = 16;

/**
 * Dials a sweep may have in flight.
 * @param wanted at most so many; undefined or 0: as many as the descriptors allow (`concurrency: auto`)
 */
export const mostDialsInFlight = (wanted: number | undefined, openFiles = openFilesLimit()): number => {
  const allowed = Math.min(mostInFlight, Math.max(leastInFlight, openFiles - spare));
  return wanted === undefined || wanted <= 0 ? allowed : Math.min(allowed, wanted);
};
