import { createSocket, type Socket as Datagrams, type SocketOptions } from 'node:dgram';
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { Failed } from './failure.ts';
import type { Fence, FencedDial } from './fence.ts';
import type { Handle, Handles, UdpHandle, UdpHandles } from './handles.ts';

/** A socket that was made, or why none was. Nothing has left this host for a socket that was refused. */
export type Made<T> = { readonly kind: 'made'; readonly socket: T } | ({ readonly kind: 'refused' } & Failed);

/** Whom a socket is for. `sweep`: as one of the ports of a range. */
export type SocketTarget = Pick<FencedDial, 'address' | 'port'> & { readonly sweep?: boolean };

/**
 * Makes a TCP socket that dials. Every TCP connection that edgeprobe opens begins here, because here the fence of this
 * host is asked, after names have become addresses.
 */
export const dialingSocket = (
  target: SocketTarget,
  options: Omit<TcpNetConnectOpts, 'host' | 'port'>,
  fence: Fence,
): Made<Socket> => {
  const { address, port, sweep = false } = target;
  const refused = fence.admit({ transport: 'tcp', address, port, sweep });
  if (refused) return { kind: 'refused', ...refused };
  return { kind: 'made', socket: connect({ ...options, host: address, port, autoSelectFamily: false }) };
};

/**
 * Makes the handle of a TCP socket without the socket around it, for dials by the thousand.
 * @param spare handles that may dial again: one of them is taken where there is one
 */
export const dialingHandle = (
  target: SocketTarget,
  { TCP, constants }: Handles,
  fence: Fence,
  spare: Handle[] = [],
): Made<Handle> => {
  const { address, port, sweep = false } = target;
  const refused = fence.admit({ transport: 'tcp', address, port, sweep });
  if (refused) return { kind: 'refused', ...refused };
  return { kind: 'made', socket: spare.pop() ?? new TCP(constants.SOCKET) };
};

/** Makes a datagram socket that will ask this target and nobody else. The counterpart of `dialingSocket`. */
export const askingSocket = (target: SocketTarget, options: SocketOptions, fence: Fence): Made<Datagrams> => {
  const { address, port, sweep = false } = target;
  const refused = fence.admit({ transport: 'udp', address, port, sweep });
  if (refused) return { kind: 'refused', ...refused };
  return { kind: 'made', socket: createSocket(options) };
};

/** Makes the handle of such a socket without the socket around it, for dials by the thousand. */
export const askingHandle = (target: SocketTarget, { UDP }: UdpHandles, fence: Fence): Made<UdpHandle> => {
  const { address, port, sweep = false } = target;
  const refused = fence.admit({ transport: 'udp', address, port, sweep });
  if (refused) return { kind: 'refused', ...refused };
  return { kind: 'made', socket: new UDP() };
};
