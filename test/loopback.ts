import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Process numbers go up to 2²²: as many addresses. */
const addressFrom = (first: number): string =>
  [127, first + (process.pid >> 16), (process.pid >> 8) & 255, process.pid & 255].join('.');

/**
 * An address of loopback that is ours alone, and another one: test files run side by side, and on 127.0.0.1 a port that
 * one of them wants, or wants to find closed, may be another's at any moment, if only for a connection that it makes.
 * Only Linux has such addresses without being told.
 */
export const [ownLoopback, otherLoopback] =
  process.platform === 'linux' ? [addressFrom(64), addressFrom(128)] : ['127.0.0.1', '127.0.0.1'];

/** A port of our own address that nobody holds: it is still free when a program comes to listen there. */
export const freePort = async (transport: 'tcp' | 'udp' = 'tcp'): Promise<number> => {
  if (transport === 'udp') {
    const socket = createSocket('udp4').bind(0, ownLoopback);
    await once(socket, 'listening');
    const { port } = socket.address();
    await new Promise<void>((resolve) => socket.close(resolve));
    return port;
  }
  const server = createServer().listen(0, ownLoopback);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
