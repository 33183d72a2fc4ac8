import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Failed, readSocketError } from './failure.ts';
import { resetSocket } from './reset.ts';
import { type Received, waitingFor } from './waiting.ts';
import type { World } from './world.ts';

export type { Received } from './waiting.ts';

/** One end of a conversation. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * A conversation with one peer: TCP, TLS, or a connected datagram socket behind the same face.
 * Nothing here throws or rejects for what the peer or the network does.
 */
export interface Channel {
  readonly transport: 'tcp' | 'udp';
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Sends bytes (udp: one datagram). What goes wrong is told by the next `receive`. */
  send(bytes: Uint8Array): void;
  /** The next bytes (udp: the next datagram), or what came instead. `until` is an instant of the monotonic clock. */
  receive(until: number): Promise<Received>;
  /** The stream beneath, for a layer that takes it over (TLS); this channel must not be used afterwards. */
  takeStream(): Duplex;
  /** Told by such a layer of what it sends, where somebody watches. */
  readonly passed?: (bytes: Uint8Array) => void;
  /** Ends it: politely (FIN), or with a reset so that no firewall keeps a state for it. */
  close(how?: 'politely' | 'reset'): void;
}

const silent = (): void => undefined;

/** Only a bare TCP socket can send a reset; Node throws for a TLS socket. */
const isPlainSocket = (stream: Duplex): stream is Socket => stream instanceof Socket && !('encrypted' in stream);

/** A channel over any stream of Node: a socket, a TLS socket, or one end of a pair in memory. */
export const streamChannel = (
  stream: Duplex,
  ends: { readonly local: Endpoint; readonly remote: Endpoint },
  world: World,
): Channel => {
  let failed: Failed | null = null;
  let ended = false;

  const take = (): Received | null => {
    const chunk: unknown = stream.read();
    if (chunk instanceof Uint8Array) return { kind: 'bytes', bytes: chunk };
    if (failed) return { kind: 'failed', ...failed };
    return ended ? { kind: 'end' } : null;
  };
  const waiting = waitingFor(take, world);

  const onError = (error: unknown): void => {
    failed ??= readSocketError(error, 'receive', true);
    waiting.wake();
  };
  const onEnd = (): void => {
    ended = true;
    waiting.wake();
  };
  const onReadable = (): void => waiting.wake();
  stream.on('error', onError).on('end', onEnd).on('close', onEnd).on('readable', onReadable);

  return {
    transport: 'tcp',
    local: ends.local,
    remote: ends.remote,
    send: (bytes) => {
      if (!stream.destroyed && stream.writable) stream.write(bytes);
    },
    receive: waiting.receive,
    takeStream: () => {
      stream.off('end', onEnd).off('close', onEnd).off('readable', onReadable);
      return stream;
    },
    close: (how = 'politely') => {
      // Errors of a stream that nobody reads any more must not surface anywhere.
      stream.on('error', silent);
      if (how === 'reset' && isPlainSocket(stream)) resetSocket(stream);
      else stream.destroy();
    },
  };
};
