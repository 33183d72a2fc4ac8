import { readDatagram } from '../wire/dns.ts';
import type { Channel, Received } from './channel.ts';
import type { DnsAnswer } from './dns-query.ts';
import { retransmissionSeconds } from './dns-schedule.ts';
import { silence } from './failure.ts';
import { betterOutcome, type Failure, type Outcome } from './observation.ts';
import type { Asking } from './probe.ts';

/** An answer, and how long it took from the first sending of its query. */
export interface Heard {
  readonly answer: DnsAnswer;
  readonly roundTripSeconds: number;
  readonly retransmissions: number;
}

/** What became of one dial so far. */
export interface DnsDial {
  outcome: Outcome;
  failure: Failure | null;
  heard: Heard | null;
  /** Queries handed to the socket, and those it could not send. */
  requests: number;
  unsent: number;
  /** Datagrams from the peer that do not answer our query. */
  strays: number;
  refused: boolean;
}

/** A dial of which nothing is known yet. */
export const beginDial = (): DnsDial => {
  const { outcome, failure } = silence('dns');
  return { outcome, failure, heard: null, requests: 0, unsent: 0, strays: 0, refused: false };
};

/** What a dial tells whoever makes the next one. */
export interface Told {
  /** The network refused this dial: another may follow soon. */
  readonly refused: () => void;
  /** This host cannot send: no other dial will fare better. */
  readonly stuck: () => void;
}

/** Notes an outcome if it is better than what is known; the first failure of an outcome stays. */
const learn = (dial: DnsDial, outcome: Outcome, failure: Failure | null): void => {
  if (dial.outcome === outcome || betterOutcome(dial.outcome, outcome) === dial.outcome) return;
  dial.outcome = outcome;
  dial.failure = failure;
};

/** Takes a failure in. True: nothing more can come of this dial. */
const takeFailure = (dial: DnsDial, received: Received & { kind: 'failed' }, told: Told): boolean => {
  if (received.outcome === 'unasked') {
    // Where this host forbids it, every send fails. Where only some do, a query has left before: then the error may
    // be the echo of an ICMP message, which the kernel hands to the next send, and more will be heard.
    dial.unsent++;
    if (dial.unsent < dial.requests || dial.outcome !== 'filtered') return false;
    dial.outcome = 'unasked';
    dial.failure = received.failure;
    told.stuck();
    return true;
  }
  const refusal = { step: 'dns', code: 'port-unreachable', message: 'the answer was: port unreachable' };
  learn(dial, received.outcome, received.outcome === 'closed' ? refusal : received.failure);
  if (!dial.refused) told.refused();
  dial.refused = true;
  return false;
};

/**
 * Asks one query on one socket, again every second, until it is answered or the question is over. A refusal ends the
 * sending, not the listening; a datagram that is no answer is counted, and listening goes on.
 */
export const converse = async (
  channel: Channel,
  query: Uint8Array,
  dial: DnsDial,
  until: number,
  asking: Asking,
  told: Told,
): Promise<void> => {
  const { clock, signal } = asking;
  const began = clock.monotonic();
  while (!signal.aborted) {
    const now = clock.monotonic();
    if (now >= until) return;
    const next = dial.refused ? until : began + dial.requests * retransmissionSeconds;
    if (now >= next) {
      channel.send(query);
      dial.requests++;
      continue;
    }
    const received = await channel.receive(Math.min(next, until));
    if (received.kind === 'end') return;
    if (received.kind === 'failed' && (signal.aborted || takeFailure(dial, received, told))) return;
    if (received.kind !== 'bytes') continue;
    const reading = readDatagram(received.bytes, query);
    if (reading.kind === 'answer') {
      const roundTripSeconds = clock.monotonic() - began;
      dial.heard = { answer: reading, roundTripSeconds, retransmissions: dial.requests - 1 };
      learn(dial, 'answered', null);
      return;
    }
    dial.strays++;
    learn(dial, 'open', { step: 'dns', code: reading.code, message: reading.message });
  }
};
