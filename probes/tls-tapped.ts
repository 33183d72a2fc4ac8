import { Duplex } from 'node:stream';
import type { Channel } from './channel.ts';

/** A stream that a TLS stack can work on, and what happened beneath it. */
export interface Tapped {
  readonly stream: Duplex;
  /** `ended`: the peer closed; otherwise the errno of the error that broke it, null while it lives. */
  broken(): 'ended' | (string & {}) | null;
  /** From now on the end of the stream is told beneath with a FIN: without this it is cut with a reset. */
  politely(): void;
}

/**
 * Takes over the stream of a channel and lets `look` see every incoming byte before the layer above does.
 * Destroying the tapped stream closes the channel: with a reset unless `politely` was called, or the peer closed.
 */
export const tapped = (channel: Channel, look: (bytes: Uint8Array) => void): Tapped => {
  const beneath = channel.takeStream();
  let broken: string | null = null;
  let wanted = false;
  let polite = false;

  const pump = (): void => {
    while (wanted) {
      const chunk: unknown = beneath.read();
      if (!(chunk instanceof Uint8Array)) return;
      look(chunk);
      wanted = stream.push(chunk);
    }
  };

  const stream = new Duplex({
    read: () => {
      wanted = true;
      pump();
    },
    write: (chunk: Uint8Array, _encoding, done) => {
      if (beneath.destroyed || !beneath.writable) return done();
      channel.passed?.(chunk);
      // What goes wrong beneath is told by its own error event; here it would surface twice.
      beneath.write(chunk, () => done());
    },
    final: (done) => {
      // A TLS stack that gives up ends its stream too; a reset cannot follow a FIN that is still on its way.
      if (polite && !beneath.destroyed) beneath.end();
      done();
    },
    destroy: (error, done) => {
      channel.close(polite ? 'politely' : 'reset');
      done(error);
    },
  });

  beneath
    .on('readable', pump)
    .on('end', () => {
      broken ??= 'ended';
      polite = true;
      stream.push(null);
    })
    .on('error', (error: NodeJS.ErrnoException) => {
      broken ??= error.code ?? 'UNKNOWN';
      stream.destroy(error);
    })
    .on('close', () => {
      // After a proper end the layer above may still be reading what came before it.
      if (beneath.readableEnded) return;
      broken ??= 'ended';
      stream.destroy();
    });
  return {
    stream,
    broken: () => broken,
    politely: () => {
      polite = true;
    },
  };
};
