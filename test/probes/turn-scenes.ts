import type { Channel, Received } from '../../probes/channel.ts';
import { aborted } from '../../probes/failure.ts';
import { logOnAndOff, type TurnSession } from '../../probes/turn-session.ts';
import { datagramTransactions } from '../../probes/turn-transaction.ts';
import { systemWorld, type World } from '../../probes/world.ts';
import { handClock, settled } from './hand-clock.ts';
import { channelPair, pairEnds } from './pair.ts';

/** The credential of every scene. The username is no base64, so it is taken as it stands. */
export const credential = { username: 'edge-probe', password: 'secret' };

export const relayed = { address: '203.0.113.30', port: 50_123 };

/** A server half over datagrams: what it says to the n-th request (from 0), and what it heard. */
export interface Scene {
  readonly session: TurnSession;
  readonly heard: readonly Uint8Array[];
}

/**
 * Logs on over a pair of datagram channels to a server that is one function. Silence where it says nothing; the logon
 * has `seconds` of a clock moved by hand to end, of which a quarter is for the release.
 */
export const logOnTo = async (
  dialect: 'msturn' | 'turn',
  respond: (bytes: Uint8Array, index: number) => readonly Uint8Array[],
  more: { readonly credential?: typeof credential; readonly seconds?: number; readonly signal?: AbortSignal } = {},
): Promise<Scene> => {
  const control = new AbortController();
  const clock = handClock();
  const serving: World = { ...systemWorld(control.signal), clock };
  const world: World = { ...systemWorld(more.signal ?? new AbortController().signal), clock };
  const [client, server] = channelPair('udp', serving);
  const heard: Uint8Array[] = [];
  const serve = async (): Promise<void> => {
    for (;;) {
      const received = await server.receive(Number.POSITIVE_INFINITY);
      if (received.kind !== 'bytes') return;
      heard.push(received.bytes);
      for (const answer of respond(received.bytes, heard.length - 1)) server.send(answer);
    }
  };
  const served = serve();
  const now = world.clock.monotonic();
  const seconds = more.seconds ?? 20;
  const limits = { until: now + seconds * 0.75, releaseUntil: now + seconds };
  // The pair knows the server's end of the test only; this end hears of the abort as a socket would.
  const ended = new Promise<Received>((resolve) => {
    const onAbort = (): void => resolve({ kind: 'failed', ...aborted('receive') });
    world.signal.addEventListener('abort', onAbort);
  });
  const channel: Channel = {
    transport: client.transport,
    local: client.local,
    remote: client.remote,
    takeStream: () => client.takeStream(),
    close: () => client.close(),
    send: (bytes) => client.send(bytes),
    receive: (until) => Promise.race([client.receive(until), ended]),
  };
  const transactions = datagramTransactions(channel, world);
  const logOn = logOnAndOff(transactions, dialect, more.credential ?? credential, limits, world);
  await clock.advance(seconds + 1);
  const session = await logOn;
  // What was told without waiting is still under way.
  await settled();
  control.abort();
  await served;
  return { session, heard };
};

/** The answering half's options under which the credential above is good. */
export const letsIn = { realm: 'rtcmedia', msVersion: 4, turn: { credential, relayed } };

export const client = pairEnds.client;
