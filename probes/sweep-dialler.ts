import { readSocketError } from './failure.ts';
import type { Fence } from './fence.ts';
import type { Meter } from './meter.ts';
import type { Failure, Outcome } from './observation.ts';
import { resetSocket } from './reset.ts';
import { dialingSocket } from './sockets.ts';
import { createMeetings, plainAddress } from './sweep-meetings.ts';

/** The network or the peer said something: open, closed or unreachable. */
export type DialAnswer = { readonly kind: 'answer'; readonly outcome: Outcome; readonly failure: Failure | null };

/**
 * How one dial ended, if it did before it was given up.
 * - `denied` this host did not let the packet out
 * - `exhausted` this host had no descriptor, port or memory left just now
 * - `held` the source port that was to be dialled from belongs to somebody else on this host
 * - `self` the socket met one of our own instead of the peer's: nothing is learned, another source port will do
 */
export type DialEnd =
  | DialAnswer
  | { readonly kind: 'denied' | 'exhausted' | 'held'; readonly failure: Failure }
  | { readonly kind: 'self' };

/** The socket side of a sweep: begins one dial of a port. */
export interface SweepDialler {
  /** Calls `ended` once, later, unless the returned function is called before: it ends the dial without a word. */
  begin(port: number, ended: (end: DialEnd) => void): () => void;
  /** The local address of the dials, once one is known. */
  readonly source: () => string | null;
  /** Lets go of what was kept from one dial for the next; no dial begins afterwards. */
  readonly close?: () => void;
}

/** The target of a sweep and the source it is bound to. */
export interface SweepTarget {
  readonly address: string;
  readonly port: number;
  readonly lastPort: number;
  readonly sourceAddress: string | null;
  readonly sourcePort: number | null;
  /** The ports that are dialled are source ports: the target has one. */
  readonly bySource?: true;
}

/** Whether it is a range: a fence may allow a port by itself and forbid sweeps. */
export const isSweep = ({ port, lastPort }: Pick<SweepTarget, 'port' | 'lastPort'>): boolean => lastPort > port;

const exhaustion = new Set(['local-exhaustion', 'source-not-available', 'source-port-busy']);

export const openEnd: DialEnd = { kind: 'answer', outcome: 'open', failure: null };

/** What a socket error means for a dial. `left`: a packet may have left before it. */
export const readDialError = (error: unknown, step: string, left: boolean): DialEnd => {
  const { outcome, failure } = readSocketError(error, step, left);
  if (outcome !== 'unasked') return { kind: 'answer', outcome, failure };
  return { kind: exhaustion.has(failure.code) ? 'exhausted' : 'denied', failure };
};

/** A source port that is busy is no lack of this host where it is this very port that is asked from. */
const orHeld = (end: DialEnd, port: number): DialEnd =>
  end.kind === 'exhausted' && end.failure.code === 'source-port-busy'
    ? {
        kind: 'held',
        failure: {
          ...end.failure,
          code: 'source-port-held',
          message: `another socket of this host holds port ${port}`,
        },
      }
    : end;

/**
 * Dials through `node:net`, leaner than a conversation needs it: no timers, no buffers; an open connection is closed
 * with a reset at once, so that no firewall keeps a state for it.
 *
 * Where source ports are swept, a port of ours may belong to another socket (`held`); an earlier dial of the same port
 * is ended before the next one, because the two would have the same ends.
 */
export const createSocketDialler = (target: SweepTarget, fence: Fence, meter?: Meter): SweepDialler => {
  let source: string | null = target.sourceAddress;
  let sourceKnown = source !== null;
  const { bySource = false } = target;
  // Ports of the target and ports of ours do not cross where only one kind of them varies.
  const meetings = createMeetings(bySource ? { address: target.address, sourcePort: target.port } : target);
  const earlier = new Map<number, () => void>();
  const options = {
    ...(target.sourceAddress === null ? {} : { localAddress: target.sourceAddress }),
    ...(target.sourcePort === null ? {} : { localPort: target.sourcePort }),
  };
  return {
    source: () => source,
    begin: (port, ended) => {
      let over = false;
      let closed: (() => void) | undefined;
      meetings.begin(port);
      const finish = (): boolean => {
        if (over) return false;
        over = true;
        closed?.();
        meetings.end(port);
        return true;
      };
      // Node calls connect(2) on the next tick and reports an immediate error on the tick after that: what arrives
      // later has been to the network.
      let left = false;
      process.nextTick(() => process.nextTick(() => process.nextTick(() => (left = true))));
      earlier.get(port)?.();
      const from = bySource ? { ...options, localPort: port } : options;
      const whom = { address: target.address, port: bySource ? target.port : port, sweep: bySource || isSweep(target) };
      const made = dialingSocket(whom, from, fence);
      if (made.kind === 'refused') {
        process.nextTick(() => {
          if (finish()) ended({ kind: 'denied', failure: made.failure });
        });
        return () => void finish();
      }
      const { socket } = made;
      if (bySource) earlier.set(port, () => socket.destroy());
      closed = meter?.opened('tcp');
      if (!sourceKnown) {
        process.nextTick(() => process.nextTick(() => (source ??= socket.localAddress ?? null)));
        sourceKnown = true;
      }
      socket.on('error', (error) => {
        const end = readDialError(error, 'connect', left);
        if (finish()) ended(bySource ? orHeld(end, port) : end);
      });
      socket.on('connect', () => {
        const local = socket.localPort ?? 0;
        const address = plainAddress(socket.localAddress);
        resetSocket(socket);
        if (!finish()) return;
        source ??= address;
        ended(meetings.metOurselves(address, local, whom.port) ? { kind: 'self' } : openEnd);
      });
      return () => {
        if (finish()) socket.destroy();
      };
    },
  };
};
