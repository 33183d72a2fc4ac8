import type { Observation } from '../probes/observation.ts';
import { familyOf } from './address.ts';
import { type Hairpin, hairpinQuestions } from './hairpin.ts';
import { runPool } from './pool.ts';
import type { Resolver } from './resolve.ts';
import { askSafely, perAddress, type RunResult, type RunSettings } from './run.ts';

/** Two answers to one question: at the own address there is one, at the published address there is none. */
export interface HairpinMissing {
  readonly hairpin: Hairpin;
  readonly direct: Observation;
  readonly around: Observation;
}

const turnedAway: ReadonlySet<string> = new Set(['filtered', 'closed', 'unreachable']);

/**
 * A hairpin with the literal addresses behind its published name. The DMZ may resolve it to either side of the
 * translation: what is an own address of an A/V Edge is no hairpin, and neither is a name that has no address here.
 * @param own the own addresses of the A/V Edges
 */
const literalHairpins = async (hairpin: Hairpin, own: ReadonlySet<string>, resolver: Resolver): Promise<Hairpin[]> => {
  if (familyOf(hairpin.published) !== null) return [hairpin];
  const found = await resolver(hairpin.published);
  if (found.kind !== 'addresses') return [];
  return found.addresses
    .filter((address) => familyOf(address) === familyOf(hairpin.source) && !own.has(address))
    .map((published) => ({ ...hairpin, published }));
};

/**
 * Asks each A/V Edge at its own address and, where it answers, at its published one. No part of a verdict, and no claim
 * where the A/V Edge itself is mute or this vantage is blind.
 */
export const askHairpins = async (
  planned: readonly Hairpin[],
  { controls }: Pick<RunResult, 'controls'>,
  settings: RunSettings,
): Promise<HairpinMissing[]> => {
  const sight = controls.filter(({ kind }) => kind === 'vantage');
  if (sight.length > 0 && sight.every(({ asExpected }) => !asExpected)) return [];
  const own = new Set(planned.map(({ address }) => address));
  const hairpins = (await Promise.all(planned.map((one) => literalHairpins(one, own, settings.resolver)))).flat();
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
