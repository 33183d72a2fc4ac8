/** Dials of one question over UDP: a lost packet, a sulking NAT entry or a pinned session must not decide it alone. */
export const udpDials = 3;

/** Seconds to the first retransmission; it doubles each time (RFC 8489 section 6.2.1). */
const initialRto = 0.5;

/** Seconds before another dial after a refusal: one may have been passing. */
export const secondsAfterRefusal = 0.25;

/** Seconds from the first sending of a request to its n-th repetition: 0, 0.5, 1.5, 3.5, 7.5 … */
export const roundAt = (repetition: number): number => initialRto * (2 ** repetition - 1);

/** How often a request is sent, repetitions included, on a dial that hears nothing for so long. */
export const roundsWithin = (seconds: number): number => {
  let rounds = 0;
  while (roundAt(rounds) < seconds) rounds++;
  return rounds;
};
