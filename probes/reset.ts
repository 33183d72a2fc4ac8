import type { Socket } from 'node:net';

/**
 * Ends a TCP connection with a reset, so that no firewall on the way keeps a state for it. A socket whose own FIN is
 * under way is only destroyed: Node then fails the reset (EINVAL), forgets the handle, and spins at exit.
 */
export const resetSocket = (socket: Socket): void => {
  if (socket.writableEnded || socket.destroyed) socket.destroy();
  else socket.resetAndDestroy();
};
