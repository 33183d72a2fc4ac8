import type { SocketOptions } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Endpoint } from './channel.ts';
import type { Fence } from './fence.ts';
import { errorOf, type UdpHandles } from './handles.ts';
import { askingHandle, askingSocket, type Made, type SocketTarget } from './sockets.ts';

/** A datagram socket that hears one peer only, and what ICMP says of it. */
export interface ConnectedUdp {
  readonly local: () => Endpoint;
  /** Sends one datagram; `failed` is told if it could not be sent. */
  readonly send: (bytes: Uint8Array, failed: (error: unknown) => void) => void;
  /** Nothing is told after it. */
  readonly close: () => void;
}

/** What is told of it. */
interface Ears {
  /** It is connected. May be told at once. */
  readonly connected: (socket: ConnectedUdp) => void;
  readonly heard: (bytes: Uint8Array) => void;
  /** `left`: something may have been sent before. */
  readonly failed: (error: unknown, left: boolean) => void;
}

/** Where such a socket leads, and from where. Port 0 lets the system choose. */
export interface UdpEnds {
  readonly target: SocketTarget;
  readonly from: { readonly address: string | null; readonly port: number };
  /** Several sockets leave from this port, told apart by their targets. */
  readonly shared: boolean;
}

/** Makes a socket and connects it; what comes of it, its ears are told. */
export type ConnectUdp = (ends: UdpEnds, ears: Ears, fence: Fence) => Made<Pick<ConnectedUdp, 'close'>>;

type Lookup = (name: string, options: unknown, done: (error: null, address: string, family: number) => void) => void;

/** Connects through `node:dgram`. */
export const connectUdpSocket: ConnectUdp = ({ target, from, shared }, ears, fence) => {
  const [type, family] = isIPv6(target.address) ? (['udp6', 6] as const) : (['udp4', 4] as const);
  // Every address is a literal one: with nothing to look up, a socket is bound and connected without waiting.
  const lookup: Lookup = (name, _options, done) => done(null, name, family);
  const options: SocketOptions = { type, lookup, reuseAddr: shared };
  const made = askingSocket(target, options, fence);
  if (made.kind === 'refused') return made;
  const { socket } = made;
  let [connected, over] = [false, false];
  const one: ConnectedUdp = {
    local: () => socket.address(),
    send: (bytes, failed) => socket.send(bytes, (error) => error && !over && failed(error)),
    close: () => {
      if (over) return;
      over = true;
      socket.removeAllListeners('message');
      socket.close();
    },
  };
  socket.on('error', (error) => over || ears.failed(error, connected));
  socket.on('connect', () => {
    if (over) return;
    connected = true;
    socket.on('message', ears.heard);
    ears.connected(one);
  });
  socket.bind({ address: from.address ?? undefined, port: from.port, exclusive: true }, () => {
    if (!over) socket.connect(target.port, target.address);
  });
  return { kind: 'made', socket: one };
};

/**
 * Connects through the handles that Node's sockets are made of, without the sockets around them: less computing and less
 * memory, and the same outcomes.
 */
export const connectUdpHandle =
  (handles: UdpHandles): ConnectUdp =>
  ({ target, from, shared }, ears, fence) => {
    const made = askingHandle(target, handles, fence);
    if (made.kind === 'refused') return made;
    const { socket: handle } = made;
    const { address, port } = target;
    const six = isIPv6(address);
    let over = false;
    const one: ConnectedUdp = {
      local: () => {
        const name: { address?: string; port?: number } = {};
        handle.getsockname(name);
        return { address: name.address ?? '', port: name.port ?? 0 };
      },
      send: (bytes, failed) => {
        const request = new handles.SendWrap();
        const tell = (status: number): void => {
          if (status < 0 && !over) failed(errorOf(status));
        };
        request.oncomplete = tell;
        const status = handle.send(request, [bytes], 1, true);
        if (status < 0) process.nextTick(tell, status);
      },
      close: () => {
        if (over) return;
        over = true;
        handle.close();
      },
    };
    const bind = (): number => {
      const flags = shared ? handles.constants.UV_UDP_REUSEADDR : 0;
      return six
        ? handle.bind6(from.address ?? '::', from.port, flags)
        : handle.bind(from.address ?? '0.0.0.0', from.port, flags);
    };
    const status = bind() || (six ? handle.connect6(address, port) : handle.connect(address, port));
    if (status !== 0) {
      process.nextTick(() => over || ears.failed(errorOf(status), false));
      return { kind: 'made', socket: one };
    }
    handle.onmessage = (size, _from, bytes) => {
      if (over) return;
      if (size < 0) ears.failed(errorOf(size), true);
      else if (bytes !== undefined) ears.heard(bytes);
    };
    handle.recvStart();
    ears.connected(one);
    return { kind: 'made', socket: one };
  };
