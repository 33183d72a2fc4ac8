import { getSystemErrorName } from 'node:util';

/** What Node's sockets stand on. Each call returns 0 or a negative errno. */
export interface Handle {
  connect(request: ConnectRequest, address: string, port: number): number;
  connect6(request: ConnectRequest, address: string, port: number): number;
  bind(address: string, port: number): number;
  bind6(address: string, port: number, flags: number): number;
  getsockname(into: { address?: string; port?: number }): number;
  /** Closes with a reset. */
  reset(): number;
  close(): void;
}

export interface ConnectRequest {
  oncomplete: (status: number) => void;
}

export interface Handles {
  readonly TCP: new (kind: number) => Handle;
  readonly TCPConnectWrap: new () => ConnectRequest;
  readonly constants: { readonly SOCKET: number };
}

/** What Node's datagram sockets stand on. Each call returns 0 or a negative errno. */
export interface UdpHandle {
  /** A datagram came, or, with a negative size, an error did. */
  onmessage: (size: number, handle: unknown, bytes: Uint8Array | undefined) => void;
  connect(address: string, port: number): number;
  connect6(address: string, port: number): number;
  bind(address: string, port: number, flags: number): number;
  bind6(address: string, port: number, flags: number): number;
  getsockname(into: { address?: string; port?: number }): number;
  recvStart(): number;
  /** Sends over a connected socket. More than 0: it was sent; 0: it will be, and the request is told. */
  send(request: SendRequest, pieces: readonly Uint8Array[], count: number, tell: boolean): number;
  close(): void;
}

export interface SendRequest {
  oncomplete: (status: number) => void;
}

export interface UdpHandles {
  readonly UDP: new () => UdpHandle;
  readonly SendWrap: new () => SendRequest;
  readonly constants: { readonly UV_UDP_REUSEADDR: number };
}

/** Releases of Node whose handles were tried with the tests of sweeps. */
const triedReleases: readonly string[] = ['20', '22', '24', '26'];

/** What a handle's negative status is to Node's sockets: an error with the code of its errno. */
export const errorOf = (status: number): Error => Object.assign(new Error(), { code: getSystemErrorName(status) });

/** A part of Node that its own sockets are made of, but that is no part of its promises. */
const bindingOf = <T>(name: string, release: string): Partial<T> | null => {
  const [major = ''] = release.split('.');
  if (!triedReleases.includes(major) || process.execArgv.includes('--pending-deprecation')) return null;
  try {
    return (process as unknown as { binding: (name: string) => Partial<T> }).binding(name);
  } catch {
    return null;
  }
};

/** Node's TCP handles. Null where this release of Node was not tried, or hides them. */
export const handlesOf = (release = process.versions.node): Handles | null => {
  const { TCP, TCPConnectWrap, constants } = bindingOf<Handles>('tcp_wrap', release) ?? {};
  if (typeof TCP !== 'function' || typeof TCPConnectWrap !== 'function') return null;
  return constants?.SOCKET === 0 ? { TCP, TCPConnectWrap, constants } : null;
};

/** Its UDP handles, under the same conditions. */
export const udpHandlesOf = (release = process.versions.node): UdpHandles | null => {
  const { UDP, SendWrap, constants } = bindingOf<UdpHandles>('udp_wrap', release) ?? {};
  if (typeof UDP !== 'function' || typeof SendWrap !== 'function') return null;
  return typeof constants?.UV_UDP_REUSEADDR === 'number' ? { UDP, SendWrap, constants } : null;
};
