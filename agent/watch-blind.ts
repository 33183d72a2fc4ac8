import type { Observation } from '../probes/observation.ts';
import { sightResult } from './sight.ts';
import type { Book } from './watch-book.ts';

/** Outcomes that a blind vantage would bring forth as well: they count only beside a control of the same moment. */
const isSilence = ({ outcome }: Observation): boolean => outcome === 'filtered' || outcome === 'unreachable';

/** Whether what was observed may only be our own blindness. */
export const needsSight = isSilence;

/** Whether there are hosts that must answer, and none of them did when it was asked last. */
export const isBlind = ({ sights, observations }: Book, at: Date): boolean =>
  sights.length > 0 && !sights.some((sight) => sightResult(sight, observations, at).asExpected);

const heardBlindly = (observation: Observation): Observation => ({
  ...observation,
  outcome: 'unasked',
  facts: {},
  failure: {
    step: 'start',
    code: 'was-blind',
    message: 'it was asked while no host that must answer did, and has not been asked again yet',
  },
});

/** The observations as they count for an agent that sees: silence from a time when it was blind says nothing. */
export const asSeenNow = ({ observations, blind }: Book): ReadonlyMap<string, Observation> =>
  blind.size === 0
    ? observations
    : new Map(
        [...observations].map(([key, observation]) => [key, blind.has(key) ? heardBlindly(observation) : observation]),
      );
