import type { Socket } from 'node:dgram';
import { isIPv6, SocketAddress } from 'node:net';
import type { Channel, Endpoint, Received } from './channel.ts';
import { type Failed, readSocketError } from './failure.ts';
import type { Meter } from './meter.ts';
import { askingSocket } from './sockets.ts';
import type { Dial, Dialled } from './tcp-channel.ts';
import { waitingFor } from './waiting.ts';
import type { World } from './world.ts';

/** A flood fills this many places and no more; what does not fit is dropped like any datagram. */
const inboxSize = 64;

/**
 * A connected datagram socket behind the face of a stream: what the kernel delivers comes from the peer only, and
 * an ICMP refusal becomes a failure that `receive` returns. Never rejects.
 *
 * One `receive` gives one datagram. Only a connected socket hears of refusals; on Windows nobody does.
 *
 * @param stranger leaves the socket unconnected, and is told of datagrams that come from anybody but the peer
 */
export const dialUdp = (dial: Dial, world: World, stranger?: Stranger): Promise<Dialled> =>
  new Promise((resolve) => {
    const { address, port } = dial.target;
    const made = askingSocket(dial.target, { type: isIPv6(address) ? 'udp6' : 'udp4' }, world.fence);
    if (made.kind === 'refused') {
      const { outcome, failure } = made;
      return resolve({ kind: 'failed', source: null, outcome, failure });
    }
    const { socket } = made;
    const tally = tallyOf(socket, world.meter);
    const refuse = (error: unknown): void => {
      socket.off('error', refuse).on('error', () => undefined);
      socket.close();
      resolve({ kind: 'failed', source: null, ...readSocketError(error, 'connect', false) });
    };
    socket.once('error', refuse);
    const open = (): void => {
      socket.off('error', refuse);
      const local = socket.address();
      const source = { address: local.address, port: local.port };
      resolve({ kind: 'open', source, channel: datagramChannel(socket, source, dial.target, world, tally, stranger) });
    };
    socket.once('connect', open);
    socket.bind({ address: dial.sourceAddress ?? undefined, port: dial.sourcePort ?? 0, exclusive: true }, () => {
      if (stranger !== undefined) return open();
      try {
        socket.connect(port, address);
      } catch (error) {
        refuse(error);
      }
    });
  });

/** Counts the datagrams of one socket; one with the bytes of an earlier one is a repetition. */
const tallyOf = (socket: Socket, meter: Meter | undefined): ((bytes: Uint8Array) => void) => {
  if (meter === undefined) return () => undefined;
  const seen = new Set<string>();
  let sum = 0;
  socket.once(
    'close',
    meter.opened('udp', () => sum),
  );
  return (bytes) => {
    const spelledOut = Buffer.from(bytes).toString('latin1');
    meter.datagram(seen.has(spelledOut));
    seen.add(spelledOut);
    sum += bytes.length;
  };
};

/** Told of a datagram from an address or port that was not asked. */
export type Stranger = (bytes: Uint8Array, from: Endpoint) => void;

/** IPv6 has many spellings; a zone concerns this host only. */
const spelled = (address: string): string => {
  const [bare = address] = address.split('%');
  return isIPv6(bare) ? new SocketAddress({ address: bare, family: 'ipv6' }).address : bare;
};

const datagramChannel = (
  socket: Socket,
  local: Channel['local'],
  remote: Channel['remote'],
  world: World,
  tally: (bytes: Uint8Array) => void,
  stranger: Stranger | undefined,
): Channel => {
  const inbox: Received[] = [];
  let closed = false;
  let left = false;

  const waiting = waitingFor(() => inbox.shift() ?? null, world);

  const put = (received: Received): void => {
    if (inbox.length < inboxSize) inbox.push(received);
    waiting.wake();
  };
  const fail = (failed: Failed): void => put({ kind: 'failed', ...failed });
  const peer = spelled(remote.address);
  socket.on('message', (bytes, from) => {
    if (stranger === undefined || (from.port === remote.port && spelled(from.address) === peer))
      put({ kind: 'bytes', bytes });
    else stranger(bytes, { address: from.address, port: from.port });
  });
  // The kernel reports a refusal either to the next send or to the socket, whichever comes first.
  socket.on('error', (error) => fail(readSocketError(error, 'receive', true)));

  return {
    transport: 'udp',
    local,
    remote,
    send: (bytes) => {
      if (closed) return;
      const sent = (error: Error | null): void => {
        if (!error) left = true;
        if (!error || closed) return;
        // A send may report what ICMP said of an earlier one.
        const refused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
        fail(readSocketError(error, 'send', left || refused));
      };
      tally(bytes);
      if (stranger === undefined) socket.send(bytes, sent);
      else socket.send(bytes, remote.port, remote.address, sent);
    },
    receive: waiting.receive,
    takeStream: () => {
      throw new Error('a datagram channel has no stream beneath it');
    },
    close: () => {
      if (closed) return;
      closed = true;
      socket.removeAllListeners('message');
      socket.close();
    },
  };
};
