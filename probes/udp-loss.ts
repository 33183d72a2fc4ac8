import { createLossMeter, type LossMeter } from './sweep-loss.ts';

/** Fewer refusals than this say nothing: kernels let a handful through before they limit them (Linux: six). */
const enoughRefusals = 20;

/** Refusals of this many ports, all of them early, are a pattern. */
const leastLimited = 4;

/** A loss meter that also says whether refusals tell of loss at all. */
interface UdpLossMeter extends LossMeter {
  readonly refusalsTell: () => boolean;
}

/**
 * Measures loss in answers and, apart from them, in ICMP refusals, because kernels and routers limit those: Linux sends
 * one a second to one address, after a burst of six, and a thousand a second to all. Where they are limited, each round
 * brings about as many as the one before; where packets are lost, each brings a fraction. Only then do refusals count;
 * otherwise a sweep would dial ten thousand refused ports a dozen times, and still wait for hours' worth of refusals.
 */
export const createUdpLoss = (): UdpLossMeter => {
  const answers = createLossMeter();
  const refusals = createLossMeter();
  let first = 0;
  let later = 0;
  const refusalsTell = (): boolean => first + later >= enoughRefusals && later < first / 2;
  const either = (): LossMeter => (answers.ports === 0 && refusalsTell() ? refusals : answers);
  return {
    answered: (dial, outcome) => {
      if (outcome !== 'closed') return answers.answered(dial);
      refusals.answered(dial);
      if (dial === 1) first++;
      else later++;
    },
    get ports() {
      return either().ports;
    },
    estimate: (rounds) => either().estimate(rounds),
    dialsNeeded: (rounds) =>
      refusalsTell()
        ? Math.max(answers.dialsNeeded(rounds), refusals.dialsNeeded(rounds))
        : answers.dialsNeeded(rounds),
    expectedWrong: (rounds) => either().expectedWrong(rounds),
    refusalsTell,
  };
};

/**
 * Whether refusals stopped coming although ports went on refusing, as far as it shows: nearly all of them came to the
 * first eighth of the ports (of a small sample: to hardly more ports than were refused), and the order is random.
 * @param refused for each port in the order of dialling, whether it was refused
 */
export const refusalsStopped = (refused: readonly boolean[]): boolean => {
  const count = (of: readonly boolean[]): number => of.filter((one) => one).length;
  const all = count(refused);
  const early = Math.max(refused.length / 8, Math.min(refused.length / 2, all + 2));
  return all >= leastLimited && count(refused.slice(0, Math.ceil(early))) >= 0.75 * all;
};
