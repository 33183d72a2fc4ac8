import { createSocket, type Socket } from 'node:dgram';
import type { Observation } from '../../probes/observation.ts';
import { type Asking, type ProbeOptions, proofSecret, type Question } from '../../probes/probe.ts';
import { createUdpDialler } from '../../probes/udp-dialler.ts';
import { sweepUdp } from '../../probes/udp-sweep.ts';
import { ownLoopback } from '../loopback.ts';

/** A question of the udp probe to our own address of loopback. */
export const udpQuestion = (port: number, lastPort = port, options: ProbeOptions = {}): Question => ({
  probe: 'udp',
  transport: 'udp',
  target: { address: ownLoopback, port, lastPort },
  source: { address: null, port: null },
  deadlineSeconds: 3,
  options,
});

/** Sweeps as on a release of Node whose handles were not tried. */
export const sweepUdpThroughSockets = (question: Question, asking: Asking): Promise<Observation> => {
  const { options, source, target } = question;
  const ends = { ...target, sourceAddress: source.address, sourcePort: source.port };
  return sweepUdp(question, asking, createUdpDialler(ends, asking, proofSecret(options, asking), null));
};

/** What a port says to a datagram: any number of datagrams. */
export type Says = (datagram: Uint8Array, from: { readonly address: string; readonly port: number }) => Uint8Array[];

const hold = (port: number, says: Says): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(null));
    socket.on('message', (datagram, from) => {
      for (const one of says(datagram, from)) socket.send(one, from.port, from.address, () => undefined);
    });
    socket.bind({ address: ownLoopback, port, exclusive: true }, () => resolve(socket));
  });

/** Listens on ports below the ephemeral ones; `says` gives what each offset from the first says, null: nobody there. */
export const udpRange = async (
  size: number,
  says: (offset: number) => Says | null,
): Promise<{ first: number; last: number; close: () => void }> => {
  for (let first = 21_000 + (process.pid % 50) * 100; first < 32_000; first += size) {
    const offsets = Array.from({ length: size }, (_, offset) => offset);
    const sockets = await Promise.all(
      offsets.map((offset) => {
        const one = says(offset);
        return one === null ? undefined : hold(first + offset, one);
      }),
    );
    const close = (): void => {
      for (const socket of sockets) socket?.close();
    };
    if (sockets.every((socket) => socket !== null)) return { first, last: first + size - 1, close };
    close();
  }
  throw new Error('no free ports to listen on');
};

/** How many ports of a sweep came out like that. */
export const countOf = (observation: Observation, outcome: string): unknown => {
  const counts = observation.facts['counts'];
  return Object.entries(counts ?? {}).find(([key]) => key === outcome)?.[1];
};
