import { createServer, type Server } from 'node:net';
import { createPacer } from '../../probes/pace.ts';
import type { Asking, ProbeOptions, Question } from '../../probes/probe.ts';
import { systemClock, systemWorld } from '../../probes/world.ts';
import { ownLoopback } from '../loopback.ts';

/** A question of the tcp probe to our own address of loopback. */
export const tcpQuestion = (port: number, lastPort = port, options: ProbeOptions = {}): Question => ({
  probe: 'tcp',
  transport: 'tcp',
  target: { address: ownLoopback, port, lastPort },
  source: { address: null, port: null },
  deadlineSeconds: 3,
  options,
});

export const asking = (signal = new AbortController().signal, progress?: Asking['progress']): Asking => ({
  ...systemWorld(signal),
  pace: createPacer(0, systemClock),
  tls: {},
  ...(progress ? { progress } : {}),
});

const listen = (port: number): Promise<Server | null> =>
  new Promise((resolve) => {
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    server.once('error', () => resolve(null)).listen(port, ownLoopback, () => resolve(server));
  });

/** Listens on every third of `size` ports somewhere below the ephemeral ones. */
export const mixedRange = async (size: number): Promise<{ first: number; last: number; close: () => void }> => {
  for (let first = 21_000 + (process.pid % 50) * 100; first < 32_000; first += size) {
    const offsets = Array.from({ length: Math.ceil(size / 3) }, (_, index) => index * 3);
    const servers = await Promise.all(offsets.map((offset) => listen(first + offset)));
    const close = (): void => {
      for (const server of servers) server?.close();
    };
    if (servers.every((server) => server !== null)) return { first, last: first + size - 1, close };
    close();
  }
  throw new Error('no free ports to listen on');
};
