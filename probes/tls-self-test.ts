import { duplexPair } from 'node:stream';
import { connect, createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import type { World } from './world.ts';

/** Anonymous, so that it takes no certificate; its hash is SHA-1, its age that of TLS 1.0. */
const oldest: SecureContextOptions = {
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1',
  ciphers: 'AECDH-AES128-SHA:@SECLEVEL=0',
};

/** Far more than a handshake in memory takes on any machine. */
const patience = 2;

const codeOf = (error: unknown): string =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : 'UNKNOWN';

/**
 * Shakes hands with itself as of TLS 1.0, in memory: whether the TLS library of this host speaks it at all. Null if it
 * does, else why not. A policy of the system may forbid it, and then servers of that age look mute.
 */
export const legacyTlsProblem = (world: World, hello: SecureContextOptions = oldest): Promise<string | null> =>
  new Promise((resolve) => {
    const [near, far] = duplexPair();
    const settle = (problem: string | null): void => {
      cancel();
      near.destroy();
      far.destroy();
      resolve(problem);
    };
    const cancel = world.clock.after(patience, () => settle('no end of the handshake'));
    const fail = (error: unknown): void => settle(codeOf(error));
    try {
      const server = new TLSSocket(far, { isServer: true, secureContext: createSecureContext(hello) });
      const client = connect({ ...hello, socket: near, rejectUnauthorized: false });
      server.on('error', fail);
      client.on('error', fail).on('secureConnect', () => settle(null));
    } catch (error) {
      fail(error);
    }
  });
