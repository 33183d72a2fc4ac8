import { fileURLToPath } from 'node:url';
import { probeNamed } from '../../probes/index.ts';
import { listen } from '../../probes/listen.ts';
import { systemWorld } from '../../probes/world.ts';
import type { Service } from './processes.ts';

/**
 * A program that answers STUN Binding on UDP ports, with the other half of our own probe. Arguments: address, then
 * ports and ranges: `127.0.0.1 3478 50000-50099`. Says `ready` once all are bound, or why one cannot be.
 */
export const udpHoldProgram = fileURLToPath(import.meta.url);

/** Answers on ports of one address; ready when the ends of all ranges are bound. */
export const udpHolder = (namespace: string, address: string, ports: readonly (number | string)[]): Service => ({
  namespace,
  argv: [process.execPath, udpHoldProgram, address, ...ports.map(String)],
  listens: ports
    .flatMap((range) => String(range).split('-').map(Number))
    .map((port) => ({ transport: 'udp', address, port })),
});

const hold = async (address: string, ranges: readonly string[]): Promise<string> => {
  const serve = await probeNamed('udp').datagrams?.();
  if (serve === undefined) throw new Error('the udp probe answers no datagrams');
  const world = systemWorld(new AbortController().signal);
  for (const range of ranges) {
    const [first = 0, last = first] = range.split('-').map(Number);
    for (let port = first; port <= last; port += 1) {
      const one = await listen({ transport: 'udp', address, port, allow: () => true, world, serve });
      if (!one.ok) return one.message;
    }
  }
  return 'ready';
};

if (process.argv[1] === udpHoldProgram) {
  const [address = '', ...ranges] = process.argv.slice(2);
  process.stdout.write(`${await hold(address, ranges)}\n`);
}
