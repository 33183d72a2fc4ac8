import { type Channel, type Endpoint, streamChannel } from './channel.ts';
import { aborted, type Failed, readSocketError, silence } from './failure.ts';
import { dialingSocket } from './sockets.ts';
import type { World } from './world.ts';

/** Whom to dial, and from where. A null source lets the routing table choose; port 0 or null lets the system choose. */
export interface Dial {
  readonly target: Endpoint;
  readonly sourceAddress: string | null;
  readonly sourcePort: number | null;
}

/** What became of one dial. `sourcePort` is null where none was assigned before it failed. */
export type Dialled =
  | { readonly kind: 'open'; readonly channel: Channel; readonly source: Endpoint }
  | ({ readonly kind: 'failed'; readonly source: Endpoint | null } & Failed);

/**
 * Opens one TCP connection to a literal address. Never rejects.
 * @param until the instant at which silence is accepted; `cancelled` ends the dial earlier without a verdict.
 */
export const dialTcp = (dial: Dial, until: number, world: World, cancelled?: AbortSignal): Promise<Dialled> =>
  new Promise((resolve) => {
    const from = {
      ...(dial.sourceAddress === null ? {} : { localAddress: dial.sourceAddress }),
      ...(dial.sourcePort === null ? {} : { localPort: dial.sourcePort }),
    };
    const made = dialingSocket(dial.target, from, world.fence);
    if (made.kind === 'refused') {
      const { outcome, failure } = made;
      return resolve({ kind: 'failed', source: null, outcome, failure });
    }
    const { socket } = made;
    socket.setNoDelay(true);
    const closed = world.meter?.opened('tcp', () => socket.bytesWritten);
    if (closed) socket.once('close', closed);
    // Node calls connect(2) on the next tick and reports an immediate error on the tick after that. Whatever
    // arrives later has been to the network; what arrives before never left this host.
    let left = false;
    process.nextTick(() => process.nextTick(() => process.nextTick(() => (left = true))));

    const source = (): Endpoint | null =>
      socket.localPort === undefined || socket.localAddress === undefined
        ? null
        : { address: socket.localAddress, port: socket.localPort };
    // The kernel forgets the local port of a socket that failed, so it is read while the dial is under way.
    let seen: Endpoint | null = null;
    process.nextTick(() => process.nextTick(() => (seen = source())));

    const settle = (dialled: Dialled): void => {
      cancelTimer();
      world.signal.removeEventListener('abort', onAbort);
      cancelled?.removeEventListener('abort', onAbort);
      if (dialled.kind === 'failed') {
        socket.on('error', () => undefined);
        socket.destroy();
      }
      resolve(dialled);
    };
    const fail = (failed: Failed): void => settle({ kind: 'failed', source: seen ?? source(), ...failed });
    const onAbort = (): void => fail(aborted('connect'));
    const onError = (error: unknown): void => fail(readSocketError(error, 'connect', left));
    const cancelTimer = world.clock.after(until - world.clock.monotonic(), () => fail(silence('connect')));

    socket.once('error', onError);
    socket.once('connect', () => {
      const from = source() ?? { address: '', port: 0 };
      if (from.port === dial.target.port && from.address === dial.target.address) {
        // Simultaneous open with ourselves: the ephemeral port equalled the target's. Nobody else is there.
        return fail({
          outcome: 'closed',
          failure: { step: 'connect', code: 'self-connect', message: 'the socket had connected to itself' },
        });
      }
      socket.off('error', onError);
      settle({
        kind: 'open',
        channel: streamChannel(socket, { local: from, remote: dial.target }, world),
        source: from,
      });
    });
    if (world.signal.aborted || cancelled?.aborted) return onAbort();
    world.signal.addEventListener('abort', onAbort);
    cancelled?.addEventListener('abort', onAbort);
  });
