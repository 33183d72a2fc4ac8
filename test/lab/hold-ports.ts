import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/**
 * A program that keeps TCP ports open and does nothing else: it accepts, says nothing, reads and forgets what it hears.
 * Not a stand-in for a protocol, only an open port. Arguments: address, then ports and ranges: `127.0.0.1 53 100-199`.
 */
export const holdPortsProgram = fileURLToPath(import.meta.url);

const hold = (address: string, port: number): void => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.resume();
  });
  server.listen({ host: address, port, backlog: 64 });
};

if (process.argv[1] === holdPortsProgram) {
  const [address = '', ...ports] = process.argv.slice(2);
  for (const range of ports) {
    const [first = 0, last = first] = range.split('-').map(Number);
    for (let port = first; port <= last; port += 1) hold(address, port);
  }
}
