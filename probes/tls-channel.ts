import type { TLSSocket } from 'node:tls';
import type { Channel, Received } from './channel.ts';
import type { Tapped } from './tls-tapped.ts';
import type { World } from './world.ts';

/** Seconds to get our close_notify out to a peer that does not read, before the connection is cut. */
const secondsToSayGoodbye = 0.5;

/** An error of the TLS stack is no socket error: the peer broke the conversation, not this host. */
const translated = (received: Received): Received => {
  if (received.kind !== 'failed' || received.failure.code !== 'local-error') return received;
  const message = 'the TLS conversation was broken by the other side';
  return { kind: 'failed', outcome: 'closed', failure: { step: 'receive', code: 'tls-broken', message } };
};

/**
 * The conversation inside a TLS connection. `encrypted` is the channel over the TLS socket, `beneath` what that runs
 * on. Closing it politely says close_notify first; with a reset, not a word more.
 */
export const tlsChannel = (socket: TLSSocket, encrypted: Channel, beneath: Tapped, world: World): Channel => ({
  ...encrypted,
  receive: async (until) => translated(await encrypted.receive(until)),
  close: (how = 'politely') => {
    // Errors of a conversation that is over must not surface anywhere.
    socket.on('error', () => undefined);
    const cut = (): void => {
      socket.destroy();
      beneath.stream.destroy();
    };
    if (how === 'reset' || socket.destroyed) return cut();
    beneath.politely();
    const cancel = world.clock.after(secondsToSayGoodbye, cut);
    socket.once('close', cancel);
    socket.end(cut);
  },
});
