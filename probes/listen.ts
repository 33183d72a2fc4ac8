import { createSocket } from 'node:dgram';
import { createServer, isIPv6, type Socket } from 'node:net';
import { type Channel, type Endpoint, streamChannel } from './channel.ts';
import { resetSocket } from './reset.ts';
import type { World } from './world.ts';

/** Where to listen, and whom to serve. Port 0 lets the system choose. */
interface ListenAt {
  readonly address: string;
  readonly port: number;
  /** To any other source nothing is sent, not a byte. */
  readonly allow: (address: string) => boolean;
  /** Told of every source that the fence of this host keeps us from answering. */
  readonly fenced?: () => void;
  readonly world: World;
}

/** TCP: one conversation per connection. */
export interface ListenTcp extends ListenAt {
  readonly transport: 'tcp';
  readonly serve: (channel: Channel) => Promise<void>;
  /** Connections at a time; further ones are reset. Default 512. */
  readonly connections?: number;
  /** Seconds without a byte after which a connection is reset. Default 60. */
  readonly idleSeconds?: number;
}

/** UDP: at most one answer per datagram, so that nobody can be flooded through us. */
export interface ListenUdp extends ListenAt {
  readonly transport: 'udp';
  readonly serve: (datagram: Uint8Array, from: Endpoint) => Uint8Array | null;
  /** Answers per second and source address. Default 100. */
  readonly answersPerSecond?: number;
}

/** A listener that runs, or why none does. */
export type Listening =
  | { readonly ok: true; readonly address: string; readonly port: number; readonly close: () => Promise<void> }
  | { readonly ok: false; readonly code: string; readonly message: string };

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already',
  EADDRNOTAVAIL: 'this host does not own that address',
  EACCES: 'this user may not listen on that port (below 1024 it takes root or CAP_NET_BIND_SERVICE)',
  EMFILE: 'this process may open no more files (descriptor limit)',
};

const notListening = (at: ListenAt, transport: string, error: NodeJS.ErrnoException): Listening => {
  const code = error.code ?? 'UNKNOWN';
  const where = `${transport}/${at.port} on ${at.address}`;
  return { ok: false, code, message: `cannot listen at ${where}: ${reasons[code] ?? error.message}` };
};

/** The IPv4 address in an IPv4-mapped IPv6 one, which a socket bound to `::` reports. */
const plainAddress = (address: string): string => (/^::ffff:\d+\./i.test(address) ? address.slice(7) : address);

const listenTcp = (at: ListenTcp): Promise<Listening> => {
  const { connections = 512, idleSeconds = 60, world } = at;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    // What a client does to its connection is never our error.
    socket.on('error', () => undefined);
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    const known = remoteAddress !== undefined && remotePort !== undefined && localAddress !== undefined;
    if (!known || sockets.size >= connections || !at.allow(plainAddress(remoteAddress))) {
      resetSocket(socket);
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.setTimeout(idleSeconds * 1000, () => resetSocket(socket));
    const ends = {
      local: { address: plainAddress(localAddress), port: localPort ?? at.port },
      remote: { address: plainAddress(remoteAddress), port: remotePort },
    };
    at.serve(streamChannel(socket, ends, world)).catch(() => socket.destroy());
  });

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) resetSocket(socket);
    });

  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => resolve(notListening(at, 'tcp', error));
    server.once('error', onError);
    server.listen({ host: at.address, port: at.port, exclusive: true }, () => {
      server.off('error', onError);
      // From here on only accept(2) can fail, for want of descriptors: the listener stays.
      server.on('error', () => undefined);
      const bound = server.address();
      resolve({
        ok: true,
        address: at.address,
        port: typeof bound === 'object' && bound ? bound.port : at.port,
        close,
      });
    });
  });
};

/** Sources remembered at a time; beyond that, new ones wait for the next second. */
const sourcesRemembered = 4096;

/** Says whether a source may have another answer: so many per second of the monotonic clock. */
const answerLimit = (perSecond: number, world: World): ((source: string) => boolean) => {
  const given = new Map<string, number>();
  let second = 0;
  return (source) => {
    const now = Math.floor(world.clock.monotonic());
    if (now !== second) {
      given.clear();
      second = now;
    }
    const before = given.get(source) ?? 0;
    if (before >= perSecond || (before === 0 && given.size >= sourcesRemembered)) return false;
    given.set(source, before + 1);
    return true;
  };
};

type Lookup = (name: string, options: unknown, done: (error: null, address: string, family: number) => void) => void;

const listenUdp = (at: ListenUdp): Promise<Listening> => {
  const [type, family] = isIPv6(at.address) ? (['udp6', 6] as const) : (['udp4', 4] as const);
  // Every address is a literal one: an answer is sent at once, not after a look-up that finds nothing to do.
  const lookup: Lookup = (name, _options, done) => done(null, name, family);
  const socket = createSocket({ type, lookup });
  const mayAnswer = answerLimit(at.answersPerSecond ?? 100, at.world);
  let closed = false;

  const onMessage = (datagram: Uint8Array, sender: Endpoint): void => {
    const from = { address: plainAddress(sender.address), port: sender.port };
    // A datagram from port 0 cannot be answered.
    if (closed || from.port === 0 || !at.allow(from.address) || !mayAnswer(from.address)) return;
    const answer = at.serve(datagram, from);
    if (answer) socket.send(answer, sender.port, sender.address, () => undefined);
  };

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      if (closed) return resolve();
      closed = true;
      socket.close(() => resolve());
    });

  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      socket.close();
      resolve(notListening(at, 'udp', error));
    };
    socket.once('error', onError);
    socket.bind({ address: at.address, port: at.port, exclusive: true }, () => {
      socket.off('error', onError);
      socket.on('error', () => undefined);
      socket.on('message', (datagram, sender) => {
        try {
          onMessage(datagram, { address: sender.address, port: sender.port });
        } catch {
          // A datagram that the answering half cannot digest gets no answer.
        }
      });
      resolve({ ok: true, address: at.address, port: socket.address().port, close });
    });
  });
};

/**
 * Listens, and lets the answering half of a probe serve whoever may be served: by the caller's wish and by the fence of
 * this host. Never rejects: that the port is taken or forbidden is returned.
 */
export const listen = async (at: ListenTcp | ListenUdp): Promise<Listening> => {
  const { fence } = at.world;
  const refused = fence.bind(at.transport, at.address, at.port);
  if (refused) return { ok: false, code: refused.failure.code, message: refused.failure.message };
  const allow = (source: string): boolean => {
    if (fence.answers(at, source)) return at.allow(source);
    at.fenced?.();
    return false;
  };
  return at.transport === 'tcp' ? listenTcp({ ...at, allow }) : listenUdp({ ...at, allow });
};
