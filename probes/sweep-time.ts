/**
 * Seconds to wait for an answer while nothing in this sweep has answered, and for the first dials in any case.
 * A little less than the second after which kernels send the SYN again: a dial is one packet.
 */
export const secondsIntoSilence = 0.98;

/** Nobody is given less: a busy host or a full queue needs as much. */
const leastSeconds = 0.1;

/** Nobody is given more, however far away. */
const mostSeconds = 3;

/** Round trips are multiplied by this before silence is believed. */
const patience = 4;

/** More samples would not change the median. */
const mostSamples = 4096;

/** Round trips of a sweep, and the deadline that follows from them. */
export interface RoundTrips {
  /** Notes an answer that took so many seconds. `trusted` is false if this process was late to look. */
  note(seconds: number, trusted: boolean): void;
  /** Seconds after which a dial is believed to stay unanswered. */
  deadline(): number;
  /** Least and median, null before the first answer. */
  summary(): { readonly min: number; readonly median: number } | null;
}

/**
 * The estimate is the third-largest round trip seen, not the mean: a firewall close by may refuse half of the ports at
 * once while the host behind answers late, and a mean would then call the host silent.
 */
export const createRoundTrips = (): RoundTrips => {
  const samples: number[] = [];
  let heard = false;
  let longest = 0;
  let second = 0;
  let third = 0;
  return {
    note: (seconds, trusted) => {
      heard = true;
      if (samples.length < mostSamples) samples.push(seconds);
      // An answer after that long may be the answer to the kernel's second SYN (Karn's rule).
      if (!trusted || seconds >= secondsIntoSilence) return;
      if (seconds > longest) [longest, second, third] = [seconds, longest, second];
      else if (seconds > second) [second, third] = [seconds, second];
      else if (seconds > third) third = seconds;
    },
    deadline: () => {
      if (!heard) return secondsIntoSilence;
      const high = third > 0 ? third : longest;
      return Math.min(mostSeconds, Math.max(leastSeconds, patience * high));
    },
    summary: () => {
      if (samples.length === 0) return null;
      const sorted = [...samples].sort((a, b) => a - b);
      return { min: sorted[0] ?? 0, median: sorted[sorted.length >> 1] ?? 0 };
    },
  };
};
