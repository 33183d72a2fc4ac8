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

/** Releases of Node whose handles were tried with the tests of sweeps. */
const triedReleases: readonly string[] = ['20', '22', '24', '26'];

/**
 * Node's TCP handles: its own sockets are made of them, but they are no part of its promises. Null where this release of
 * Node was not tried, or hides them.
 */
export const handlesOf = (release = process.versions.node): Handles | null => {
  const [major = ''] = release.split('.');
  if (!triedReleases.includes(major) || process.execArgv.includes('--pending-deprecation')) return null;
  try {
    const { binding } = process as unknown as { binding: (name: string) => Partial<Handles> };
    const { TCP, TCPConnectWrap, constants } = binding.call(process, 'tcp_wrap');
    if (typeof TCP !== 'function' || typeof TCPConnectWrap !== 'function') return null;
    return constants?.SOCKET === 0 ? { TCP, TCPConnectWrap, constants } : null;
  } catch {
    return null;
  }
};
