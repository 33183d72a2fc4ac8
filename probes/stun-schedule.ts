import type { Cost } from './probe.ts';

/** Dials of one question over UDP: a lost packet, a sulking NAT entry or a pinned session must not decide it alone. */
export const udpDials = 3;

/** Seconds to the first retransmission; it doubles each time (RFC 8489 section 6.2.1). */
export const initialRto = 0.5;

/** Seconds before another dial after a refusal: one may have been passing. */
export const secondsAfterRefusal = 0.25;
