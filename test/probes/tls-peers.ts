import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import type { Test } from 'tap';
import { attentiveClock } from '../../probes/attention.ts';
import type { Asking, ProbeOptions, Question } from '../../probes/probe.ts';
import { systemClock, systemWorld } from '../../probes/world.ts';
import { ownLoopback } from '../loopback.ts';

/** A server on loopback that a test made. */
export interface Peer {
  readonly port: number;
  /** Connections it has taken so far. */
  readonly taken: () => number;
  /** Resolves when every connection it took is closed: a probe that leaks one makes the test run out of time. */
  readonly allClosed: () => Promise<void>;
}

/** Listens on loopback, and closes everything when the test is over. */
export const started = async (t: Test, server: Server): Promise<Peer> => {
  const sockets: Socket[] = [];
  const closed: Promise<void>[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    closed.push(new Promise((resolve) => socket.once('close', () => resolve())));
  });
  await new Promise<void>((resolve) => server.listen(0, ownLoopback, resolve));
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const bound = server.address();
  if (typeof bound !== 'object' || !bound) throw new Error('not listening');
  return {
    port: bound.port,
    taken: () => sockets.length,
    allClosed: async () => {
      await Promise.all(closed);
    },
  };
};

/** A peer that does with each connection what the test says. */
export const rawPeer = (t: Test, serve: (socket: Socket, nth: number) => void): Promise<Peer> => {
  let nth = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    serve(socket, nth++);
  });
  return started(t, server);
};

/** A TLS server of Node. */
export const tlsPeer = (t: Test, options: TlsOptions): Promise<Peer> => {
  const server = createTlsServer(options, (socket) => socket.on('error', () => undefined).resume());
  server.on('tlsClientError', () => undefined);
  return started(t, server);
};

/** What a run gives a probe, without a rate limit. */
export const askingWith = (over: Partial<Asking> = {}): Asking => ({
  ...systemWorld(new AbortController().signal),
  clock: attentiveClock(systemClock),
  pace: () => 0,
  tls: {},
  ...over,
});

/** A question to a port of loopback. */
export const questionTo = (probe: string, port: number, options: ProbeOptions = {}, deadlineSeconds = 5): Question => ({
  probe,
  transport: 'tcp',
  target: { address: ownLoopback, port, lastPort: port },
  source: { address: null, port: null },
  deadlineSeconds,
  options,
});
