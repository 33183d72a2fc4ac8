import { readSocketError } from './failure.ts';
import type { Fence } from './fence.ts';
import type { Meter } from './meter.ts';
import type { Failure, Outcome } from './observation.ts';
import { resetSocket } from './reset.ts';
import { dialingSocket } from './sockets.ts';

/** The network or the peer said something: open, closed or unreachable. */
export type DialAnswer = { readonly kind: 'answer'; readonly outcome: Outcome; readonly failure: Failure | null };

/**
 * How one dial ended, if it did before it was given up.
 * - `denied` this host did not let the packet out
 * - `exhausted` this host had no descriptor, port or memory left just now
 * - `self` the socket met one of our own instead of the peer's: nothing is learned, another source port will do
 */
export type DialEnd =
  | DialAnswer
  | { readonly kind: 'denied' | 'exhausted'; readonly failure: Failure }
  | { readonly kind: 'self' };

/** The socket side of a sweep: begins one dial of a port. */
export interface SweepDialler {
  /** Calls `ended` once, later, unless the returned function is called before: it ends the dial without a word. */
  begin(port: number, ended: (end: DialEnd) => void): () => void;
  /** The local address of the dials, once one is known. */
  readonly source: () => string | null;
}

/** The target of a sweep and the source it is bound to. */
export interface SweepTarget {
  readonly address: string;
  readonly port: number;
  readonly lastPort: number;
  readonly sourceAddress: string | null;
  readonly sourcePort: number | null;
}

/** Whether it is a range: a fence may allow a port by itself and forbid sweeps. */
export const isSweep = ({ port, lastPort }: Pick<SweepTarget, 'port' | 'lastPort'>): boolean => lastPort > port;

const exhaustion = new Set(['local-exhaustion', 'source-not-available', 'source-port-busy']);

const open: DialEnd = { kind: 'answer', outcome: 'open', failure: null };

/** `::ffff:10.0.0.1` and `10.0.0.1` are one address. */
const plain = (address: string | undefined): string => (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase();

/** What a socket error means for a dial. `left`: a packet may have left before it. */
export const readDialError = (error: unknown, step: string, left: boolean): DialEnd => {
  const { outcome, failure } = readSocketError(error, step, left);
  if (outcome !== 'unasked') return { kind: 'answer', outcome, failure };
  return { kind: exhaustion.has(failure.code) ? 'exhausted' : 'denied', failure };
};

/**
 * Dials through `node:net`, leaner than a conversation needs it: no timers, no buffers; an open connection is closed
 * with a reset at once, so that no firewall keeps a state for it.
 *
 * On this very host a socket may meet itself (its own port is the port it dials), or two dials of one sweep may cross,
 * each with the other's target as its own port. Neither says anything about the port.
 */
export const createSocketDialler = (target: SweepTarget, fence: Fence, meter?: Meter): SweepDialler => {
  let source: string | null = target.sourceAddress;
  let sourceKnown = source !== null;
  const dialled = plain(target.address);
  const underWay = new Set<number>();
  const crossed = new Set<string>();
  const options = {
    ...(target.sourceAddress === null ? {} : { localAddress: target.sourceAddress }),
    ...(target.sourcePort === null ? {} : { localPort: target.sourcePort }),
  };
  /** Whether a connection from a local port of the target's own address to one of its ports met our own socket. */
  const metOurselves = (local: number, port: number): boolean => {
    if (local === port || crossed.delete(`${local}>${port}`)) return true;
    if (target.sourcePort !== null || !underWay.has(local)) return false;
    crossed.add(`${port}>${local}`);
    return true;
  };
  return {
    source: () => source,
    begin: (port, ended) => {
      let over = false;
      let closed: (() => void) | undefined;
      underWay.add(port);
      const finish = (): boolean => {
        if (over) return false;
        over = true;
        closed?.();
        underWay.delete(port);
        return true;
      };
      // Node calls connect(2) on the next tick and reports an immediate error on the tick after that: what arrives
      // later has been to the network.
      let left = false;
      process.nextTick(() => process.nextTick(() => process.nextTick(() => (left = true))));
      const made = dialingSocket({ address: target.address, port, sweep: isSweep(target) }, options, fence);
      if (made.kind === 'refused') {
        process.nextTick(() => {
          if (finish()) ended({ kind: 'denied', failure: made.failure });
        });
        return () => void finish();
      }
      const { socket } = made;
      closed = meter?.opened('tcp');
      if (!sourceKnown) {
        process.nextTick(() => process.nextTick(() => (source ??= socket.localAddress ?? null)));
        sourceKnown = true;
      }
      socket.on('error', (error) => {
        if (finish()) ended(readDialError(error, 'connect', left));
      });
      socket.on('connect', () => {
        const local = socket.localPort ?? 0;
        const address = plain(socket.localAddress);
        resetSocket(socket);
        if (!finish()) return;
        source ??= address;
        ended(address === dialled && metOurselves(local, port) ? { kind: 'self' } : open);
      });
      return () => {
        if (finish()) socket.destroy();
      };
    },
  };
};
