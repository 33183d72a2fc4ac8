import { createSecureContext, TLSSocket } from 'node:tls';
import { type Channel, streamChannel } from './channel.ts';
import type { TlsMaterial } from './probe.ts';
import { tlsChannel } from './tls-channel.ts';
import { tapped } from './tls-tapped.ts';
import type { World } from './world.ts';

/** How to answer a ClientHello. */
export interface TlsAnswer {
  /** Certificate and key are needed; a `ca` judges the client's certificate, which is never refused. */
  readonly material: TlsMaterial;
  /** Ask the client for a certificate. */
  readonly requestCertificate: boolean;
}

/**
 * Runs a TLS handshake as the server over a channel, which must not be used afterwards. Whatever name the client
 * asks for, it gets the one certificate. Null (and the connection reset) where the handshake did not complete.
 * @throws where certificate or key cannot be used: that is our own configuration.
 */
export const acceptTls = (
  channel: Channel,
  answer: TlsAnswer,
  until: number,
  world: World,
): Promise<Channel | null> => {
  const secureContext = createSecureContext(answer.material);
  return new Promise((resolve) => {
    const beneath = tapped(channel, () => undefined);
    const socket = new TLSSocket(beneath.stream, {
      isServer: true,
      secureContext,
      requestCert: answer.requestCertificate,
      rejectUnauthorized: false,
    });
    const encrypted = tlsChannel(socket, streamChannel(socket, channel, world), beneath, world);
    const settle = (secured: boolean): void => {
      cancel();
      world.signal.removeEventListener('abort', onFailed);
      beneath.stream.off('end', onFailed);
      socket.off('secure', onSecure).off('close', onFailed).off('error', onFailed);
      if (!secured) encrypted.close('reset');
      resolve(secured ? encrypted : null);
    };
    const onSecure = (): void => settle(true);
    const onFailed = (): void => settle(false);
    const cancel = world.clock.after(until - world.clock.monotonic(), onFailed);
    // A TLS socket whose client leaves before the handshake says so only to those who read it.
    beneath.stream.on('end', onFailed);
    socket.on('secure', onSecure).on('close', onFailed).on('error', onFailed);
    if (world.signal.aborted) return onFailed();
    world.signal.addEventListener('abort', onFailed);
  });
};
