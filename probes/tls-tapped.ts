import { Duplex } from 'node:stream';
import type { Channel } from './channel.ts';

/** A stream that a TLS stack can work on, and what happened beneath it. */
export interface Tapped {
  readonly stream: Duplex;
  /** `ended`: the peer closed; otherwise the errno of the error that broke it, null while it lives. */
  broken(): 'ended' | (string & {}) | null;
}

/**
 * Takes over the stream of a channel and lets `look` see every incoming byte before the layer above does.
 * Destroying the tapped stream closes the channel: politely if it was ended before, else with a reset.
 */
export const tapped = (channel: Channel, look: (bytes: Uint8Array) => void): Tapped => {
  const beneath = channel.takeStream();
  let broken: string | null = null;
  let wanted = false;
  let finished = false;

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
      // What goes wrong beneath is told by its own error event; here it would surface twice.
      beneath.write(chunk, () => done());
    },
    final: (done) => {
      finished = true;
      if (beneath.destroyed) return done();
      beneath.end();
      done();
    },
    destroy: (error, done) => {
      channel.close(finished ? 'politely' : 'reset');
      done(error);
    },
  });

  beneath
    .on('readable', pump)
    .on('end', () => {
      broken ??= 'ended';
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
  return { stream, broken: () => broken };
};
