import type { Channel, Received } from './channel.ts';
import { silence } from './failure.ts';
import { betterOutcome, type Failure, type Outcome } from './observation.ts';
import { readAnswer, type StunRequest } from './stun-exchange.ts';
import { roundAt } from './stun-schedule.ts';
import type { Tally } from './stun-tally.ts';

/** What became of one dial so far. */
export interface UdpDial {
  readonly index: number;
  outcome: Outcome;
  failure: Failure | null;
  /** Datagrams handed to the socket, and those it could not send. */
  requests: number;
  unsent: number;
  /** Times that every dialect was sent. */
  rounds: number;
  /** Datagrams from the peer that belong to no request. */
  strays: number;
  refused: boolean;
}

/** A dial of which nothing is known yet. */
export const beginDial = (index: number): UdpDial => {
  const { outcome, failure } = silence('stun');
  return { index, outcome, failure, requests: 0, unsent: 0, rounds: 0, strays: 0, refused: false };
};

/** Notes an outcome if it is better than what is known; the first failure of an outcome stays. */
const learn = (dial: UdpDial, outcome: Outcome, failure: Failure | null): void => {
  if (dial.outcome === outcome || betterOutcome(dial.outcome, outcome) === dial.outcome) return;
  dial.outcome = outcome;
  dial.failure = failure;
};

/** What the conversations tell the scheduler. */
export interface Told {
  /** The first answer of all, on a dial that began then. */
  readonly answered: (began: number) => void;
  /** The network refused this dial: another may follow soon. */
  readonly refused: () => void;
  /** This host cannot send: no other dial will fare better. */
  readonly stuck: () => void;
}

/** What is to follow a failure: nothing more on this dial, listening only, or everything as before. */
type Next = 'over' | 'listen' | 'go on';

const takeFailure = (dial: UdpDial, received: Received & { kind: 'failed' }, told: Told): Next => {
  if (received.outcome === 'unasked') {
    // Where this host forbids it, every send fails. Where only some do, a datagram has left before: then the error
    // may be the echo of an ICMP message, which the kernel hands to the next send, and more will be heard.
    dial.unsent++;
    if (dial.unsent < dial.requests || dial.outcome !== 'filtered') return 'go on';
    dial.outcome = 'unasked';
    dial.failure = received.failure;
    told.stuck();
    return 'over';
  }
  const failure =
    received.outcome === 'closed'
      ? { step: 'stun', code: 'port-unreachable', message: 'the answer was: port unreachable' }
      : received.failure;
  learn(dial, received.outcome, failure);
  // Each of several datagrams may be refused; the dial is refused once.
  if (!dial.refused) told.refused();
  dial.refused = true;
  return 'listen';
};

/**
 * Asks all requests side by side on one socket and listens until the question is over. Retransmissions are
 * byte-identical at 0, 0.5, 1.5, 3.5 s … (RFC 8489 section 6.2.1); a refusal ends the sending, not the listening.
 */
export const converse = async (
  channel: Channel,
  requests: readonly StunRequest[],
  dial: UdpDial,
  until: number,
  tally: Tally,
  told: Told,
): Promise<void> => {
  const { clock, signal } = tally.asking;
  const began = clock.monotonic();
  let lastSent = began;
  let quiet = false;

  const read = (bytes: Uint8Array): void => {
    const now = clock.monotonic();
    const reading = readAnswer(bytes, requests);
    if (reading.kind === 'stray') {
      dial.strays++;
      learn(dial, 'open', { step: 'stun', code: reading.code, message: reading.message });
      return;
    }
    learn(dial, 'answered', null);
    if (tally.heard.length === 0) told.answered(began);
    const heard = {
      answer: reading.answer,
      dial: dial.index,
      roundTripSeconds: now - began,
      retransmissions: dial.rounds - 1,
    };
    tally.hear(reading.request.dialect, heard, now - lastSent);
  };

  for (;;) {
    const now = clock.monotonic();
    if (now >= until || signal.aborted) return;
    const sending = !quiet && tally.heard.length === 0;
    const nextRound = sending ? began + roundAt(dial.rounds) : until;
    if (now >= nextRound) {
      for (const request of requests) channel.send(request.bytes);
      dial.requests += requests.length;
      dial.rounds++;
      lastSent = now;
      continue;
    }
    const received = await channel.receive(Math.min(nextRound, until));
    if (received.kind === 'bytes') read(received.bytes);
    else if (received.kind === 'failed') {
      if (signal.aborted) return;
      const next = takeFailure(dial, received, told);
      if (next === 'over') return;
      if (next === 'listen') quiet = true;
    } else if (received.kind === 'end') return;
  }
};
