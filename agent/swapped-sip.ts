import type { Observation } from '../probes/observation.ts';
import { questionKey, questionOf } from './question.ts';
import type { Check, ResolvedRule } from './resolve.ts';
import { askSafely, type RunResult, type RunSettings } from './run.ts';

/** A web conferencing address that answers SIP, in a run where an Access address does not. */
export interface SwappedSip {
  readonly webconf: Check;
  readonly access: Check;
}

interface Made {
  readonly check: Check;
  readonly observation: Observation;
}

/** Most addresses of web conferencing that are asked: a pool is swapped as a whole. */
const askedAtMost = 4;

/**
 * Edges often show one certificate for all their names, so it does not tell Access from web conferencing. Where an Access
 * address finished its handshake and did not answer SIP, the web conferencing addresses of the run are asked for it: one
 * question each, and none where nothing is suspicious. No part of a verdict.
 */
export const askForSwappedSip = async (
  rules: readonly ResolvedRule[],
  result: RunResult,
  settings: RunSettings,
): Promise<SwappedSip[]> => {
  const made = (protocol: string, role: string): Made[] =>
    rules
      .filter(({ rule }) => rule.protocol === protocol && rule.security === 'tls')
      .flatMap(({ rule, checks }) =>
        checks.flatMap((check): Made[] => {
          if (check.target.role !== role || check.address === null) return [];
          const key = questionKey(questionOf(check, check.address, rule.transport, settings.deadline));
          const observation = result.observations.get(key);
          return observation?.outcome === 'answered' ? [{ check, observation }] : [];
        }),
      );
  const [mute] = made('SIP', 'access-edge').filter(({ observation }) => observation.facts['sipAnswered'] === false);
  if (mute === undefined) return [];
  const found: SwappedSip[] = [];
  for (const { check: webconf } of made('PSOM', 'webconf-edge').slice(0, askedAtMost)) {
    const asked = questionOf({ ...webconf, probe: 'sip' }, webconf.address ?? '', 'tcp', settings.deadline);
    const { facts } = await askSafely(asked, settings);
    if (facts['sipAnswered'] === true) found.push({ webconf, access: mute.check });
  }
  return found;
};
