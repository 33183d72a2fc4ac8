import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Test } from 'tap';
import { attentiveClock } from '../../probes/attention.ts';
import type { Endpoint } from '../../probes/channel.ts';
import type { Fact, Observation } from '../../probes/observation.ts';
import type { Asking, Question } from '../../probes/probe.ts';
import { stun } from '../../probes/stun.ts';
import { systemClock, systemWorld } from '../../probes/world.ts';
import { ownLoopback } from '../loopback.ts';

/** The real world without a rate limit. */
export const asking = (signal: AbortSignal = new AbortController().signal): Asking => ({
  ...systemWorld(signal),
  clock: attentiveClock(systemClock),
  pace: () => 0,
  tls: {},
});

export const question = (
  transport: 'tcp' | 'udp',
  port: number,
  deadlineSeconds = 20,
  sourcePort: number | null = null,
): Question => ({
  probe: 'stun',
  transport,
  target: { address: ownLoopback, port, lastPort: port },
  source: { address: ownLoopback, port: sourcePort },
  deadlineSeconds,
  options: {},
});

/** Asks all dialects of a port on loopback. */
export const ask = (
  transport: 'tcp' | 'udp',
  port: number,
  deadlineSeconds?: number,
  signal?: AbortSignal,
): Promise<Observation> => stun.run(question(transport, port, deadlineSeconds), asking(signal));

/** What a datagram server says to the n-th datagram it ever got (from 0). */
export type Respond = (bytes: Uint8Array, from: Endpoint, index: number) => readonly Uint8Array[];

/** What a datagram server received so far, and a way to say something to one of its peers unasked. */
export interface UdpServer {
  readonly port: number;
  readonly received: readonly { readonly bytes: Buffer; readonly port: number }[];
  readonly send: (bytes: Uint8Array, port: number) => void;
}

/** Opens a datagram server on loopback for the length of the test. */
export const udpServer = async (t: Test, respond: Respond): Promise<UdpServer> => {
  const socket = createSocket('udp4');
  const received: { bytes: Buffer; port: number }[] = [];
  socket.on('message', (bytes, from) => {
    received.push({ bytes, port: from.port });
    for (const answer of respond(bytes, from, received.length - 1)) socket.send(answer, from.port, from.address);
  });
  socket.bind(0, ownLoopback);
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return { port: socket.address().port, received, send: (bytes, port) => socket.send(bytes, port, ownLoopback) };
};

const portOf = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
};

/** Lets a server of any kind listen on loopback for the length of the test; gives its port. */
export const listening = async <S extends Server>(t: Test, server: S): Promise<number> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, ownLoopback);
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return portOf(server);
};

/** A TCP server that gives each connection to the handler. */
export const tcpServer = (t: Test, handle: (socket: Socket) => void): Promise<number> =>
  listening(t, createServer(handle));

export const fact = (observation: Observation, name: string): Fact | undefined => observation.facts[name];
