import type { Observation } from '../probes/observation.ts';
import { type Hairpin, hairpinQuestions } from './hairpin.ts';
import { runPool } from './pool.ts';
import { askSafely, perAddress, type RunResult, type RunSettings } from './run.ts';

/** Two answers to one question: at the own address there is one, at the published address there is none. */
export interface HairpinMissing {
  readonly hairpin: Hairpin;
  readonly direct: Observation;
  readonly around: Observation;
}

const turnedAway: ReadonlySet<string> = new Set(['filtered', 'closed', 'unreachable']);

/**
 * Asks each A/V Edge at its own address and, where it answers, at its published one. No part of a verdict, and no claim
 * where the A/V Edge itself is mute or this vantage is blind.
 */
export const askHairpins = async (
  hairpins: readonly Hairpin[],
  { controls }: Pick<RunResult, 'controls'>,
  settings: RunSettings,
): Promise<HairpinMissing[]> => {
  const sight = controls.filter(({ kind }) => kind === 'vantage');
  if (sight.length > 0 && sight.every(({ asExpected }) => !asExpected)) return [];
  const missing = new Map<Hairpin, HairpinMissing>();
  const tasks = hairpins.map((hairpin) => ({
    lane: hairpin.address,
    run: async () => {
      const [atOwn, atPublished] = hairpinQuestions(hairpin, settings.deadline);
      const direct = await askSafely(atOwn, settings);
      if (direct.outcome !== 'answered') return;
      const around = await askSafely(atPublished, settings);
      if (turnedAway.has(around.outcome)) missing.set(hairpin, { hairpin, direct, around });
    },
  }));
  await runPool(tasks, { total: settings.concurrency, perLane: perAddress });
  return hairpins.flatMap((hairpin) => missing.get(hairpin) ?? []);
};
