/** What may come of a question, best first: the order in which several attempts combine. */
export const outcomes = ['answered', 'open', 'closed', 'unreachable', 'filtered', 'unresolved', 'unasked'] as const;

/**
 * - `answered` the peer spoke the protocol we asked in
 * - `open` the transport opened, the protocol did not follow
 * - `closed` a TCP reset, or ICMP port unreachable
 * - `unreachable` the network said no
 * - `filtered` silence until the deadline
 * - `unresolved` the name gave no address
 * - `unasked` we could not ask
 */
export type Outcome = (typeof outcomes)[number];

/** A value that survives JSON unchanged. */
export type Fact = string | number | boolean | null | readonly Fact[] | { readonly [key: string]: Fact };

/** What was learned beside the outcome. The keys per probe are part of the report format. */
export type Facts = { readonly [key: string]: Fact };

/** One timed part of an attempt, for example `connect` or `tls`. */
export interface Step {
  readonly step: string;
  readonly seconds: number;
}

/** Why an attempt did not end as `answered`: in which step, a stable code, and words for people. */
export interface Failure {
  readonly step: string;
  readonly code: string;
  readonly message: string;
}

/** One dial: its own source port, and what became of it. `at` is UTC, ISO 8601. */
export interface Attempt {
  readonly at: string;
  readonly sourcePort: number | null;
  readonly outcome: Outcome;
  readonly seconds: number;
  /** Packets we sent on it beside the handshake of the transport (STUN requests, TLS hellos). */
  readonly requests: number;
  /** What identifies these requests at both ends, in hex: transaction ids, nonces, the random of a TLS hello. */
  readonly sent?: readonly string[];
}

/** What a probe saw. Facts only: whether it is good or bad is for the judge. */
export interface Observation {
  readonly probe: string;
  /** UTC, ISO 8601. */
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly source: { readonly address: string | null; readonly port: number | null };
  readonly outcome: Outcome;
  readonly steps: readonly Step[];
  readonly facts: Facts;
  readonly failure: Failure | null;
  readonly attempts: readonly Attempt[];
}

/** The better of two outcomes: several attempts inside one check combine best first. */
export const betterOutcome = (a: Outcome, b: Outcome): Outcome => (outcomes.indexOf(a) <= outcomes.indexOf(b) ? a : b);

/** Numbers in reports: microseconds are as fine as anybody can use. */
export const roundSeconds = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;
