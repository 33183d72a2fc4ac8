import type { Observation, Outcome } from '../probes/observation.ts';
import { sightResult } from './sight.ts';
import type { Book } from './watch-book.ts';

const silences: ReadonlySet<string> = new Set<Outcome>(['filtered', 'unreachable']);

/** Failure codes of `open` that mean: it opened, and then nothing more was heard until the deadline. */
const silenceAfter: ReadonlySet<string> = new Set([
  ...['tls-silent', 'tls-stalled', 'xmpp-silent', 'xmpp-stalled', 'mute', 'incomplete-answer'],
]);

/** The link may go away in the middle of a conversation. */
const brokeOff = ({ outcome, failure }: Observation): boolean =>
  outcome === 'open' && failure !== null && silenceAfter.has(failure.code);

/** The link may go away, and come back, in the middle of a sweep. */
const inParts = ({ facts: { counts } }: Observation): boolean =>
  Object.entries(counts ?? {}).some(([outcome, ports]) => silences.has(outcome) && Number(ports) > 0);

/**
 * Whether what was observed may only be our own blindness: what a blind vantage would bring forth as well counts only
 * beside a control of the same moment.
 */
export const needsSight = (observation: Observation): boolean =>
  silences.has(observation.outcome) || brokeOff(observation) || inParts(observation);

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
    message:
      'no host that must answer did when it was last asked, or the link of this host was down, and its turn has not come again',
  },
});

/**
 * The observations as they count now. For an agent that sees, silence from a time when it was blind says nothing. While it
 * is blind the judge knows what to think of silence, but not of a conversation that broke off.
 */
export const asSeenNow = (book: Book, at: Date): ReadonlyMap<string, Observation> => {
  const { observations, blind } = book;
  if (blind.size === 0) return observations;
  const stillBlind = isBlind(book, at);
  return new Map(
    [...observations].map(([key, observation]) => [
      key,
      blind.has(key) && (!stillBlind || brokeOff(observation)) ? heardBlindly(observation) : observation,
    ]),
  );
};
