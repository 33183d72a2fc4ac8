import { setMaxListeners } from 'node:events';
import { attentiveClock } from '../probes/attention.ts';
import { probeNamed } from '../probes/index.ts';
import type { Observation } from '../probes/observation.ts';
import { createPacer } from '../probes/pace.ts';
import type { Asking, Question } from '../probes/probe.ts';
import type { World } from '../probes/world.ts';
import { isSweep } from './question.ts';

/**
 * Asks on the real network, within a rate. Half of it is for sweeps and half for single ports, so that no sweep makes a
 * single question wait.
 * @param rate dials per second in all; 0 for no limit
 */
export const askerFor = (
  rate: number,
  material: Pick<Asking, 'tls' | 'credentials'>,
  world: World,
): ((question: Question) => Promise<Observation>) => {
  const asking = (): Asking => ({
    ...world,
    ...material,
    pace: createPacer(() => world.fence.rate(rate) / 2, world.clock),
  });
  const points: Asking = { ...asking(), clock: attentiveClock(world.clock) };
  const sweeps = asking();
  return async (question) => {
    // Every wait of every probe listens to a signal: in months, none of them may stay behind on the one of the process.
    const ended = new AbortController();
    setMaxListeners(0, ended.signal);
    const end = (): void => ended.abort();
    if (world.signal.aborted) end();
    world.signal.addEventListener('abort', end);
    try {
      const manner = isSweep(question) ? sweeps : points;
      return await probeNamed(question.probe).run(question, { ...manner, signal: ended.signal });
    } finally {
      world.signal.removeEventListener('abort', end);
    }
  };
};
