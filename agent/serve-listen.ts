import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { WebTls } from './web-config.ts';

/** What a client may cost us. Seconds, unless it says otherwise. */
export const serveLimits = {
  headerBytes: 16 * 1024,
  headers: 10,
  request: 15,
  keepAlive: 60,
  handshake: 10,
  connections: 128,
} as const;

/** Where to listen; port 0 is any free one. */
export interface ListenAddress {
  /** Empty: every address of this host, of IPv4 alone where it has no IPv6. */
  readonly host: string;
  readonly port: number;
}

export interface Listener {
  readonly port: number;
  /** Ends every connection, and resolves when all are gone. */
  readonly close: () => Promise<void>;
}

const tlsOptions = (tls: WebTls) => ({
  cert: tls.cert,
  key: tls.key,
  ...(tls.ca === null ? {} : { ca: tls.ca }),
  minVersion: tls.minVersion,
  maxVersion: tls.maxVersion,
});

const wantsCertificate = ({ clientAuth }: WebTls): boolean => clientAuth !== 'NoClientCert';

const common = {
  maxHeaderSize: serveLimits.headerBytes,
  headersTimeout: serveLimits.headers * 1000,
  requestTimeout: serveLimits.request * 1000,
  keepAliveTimeout: serveLimits.keepAlive * 1000,
  connectionsCheckingInterval: 1000,
};

/** Certificates as they are now, for every new connection. What cannot be used changes nothing. */
const secure = (
  tls: WebTls,
  current: () => WebTls | null,
  handle: RequestListener,
  complain: (error: Error) => void,
): SecureServer => {
  const server = createSecureServer(
    {
      ...common,
      ...tlsOptions(tls),
      handshakeTimeout: serveLimits.handshake * 1000,
      requestCert: wantsCertificate(tls),
      // Whom we admit is decided at each request, by the file as it is then.
      rejectUnauthorized: false,
    },
    handle,
  );
  let used = tls;
  server.prependListener('connection', () => {
    const now = current();
    if (now === null || now === used) return;
    used = now;
    try {
      server.setSecureContext(tlsOptions(now));
      // Node reads it for every connection, but has no method to set it.
      Object.assign(server, { requestCert: wantsCertificate(now) });
    } catch (error) {
      complain(error instanceof Error ? error : new Error(String(error)));
    }
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
};

const nameOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress}`;

/** Beyond the limit the connection that has been idle longest goes, so that a thousand idle ones keep nobody out. */
const limitConnections = (server: Server | SecureServer): void => {
  const open = new Map<string, Socket>();
  const busy = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    open.set(name, socket);
    socket.once('close', () => {
      if (open.get(name) === socket) open.delete(name);
    });
    socket.on('error', () => socket.destroy());
    if (open.size <= serveLimits.connections) return;
    const [idle] = [...open.keys()].filter((one) => !busy.has(one));
    open.get(idle ?? name)?.destroy();
    open.delete(idle ?? name);
  });
  server.on('request', (request: IncomingMessage, response) => {
    const name = nameOf(request.socket);
    busy.set(name, (busy.get(name) ?? 0) + 1);
    response.once('close', () => {
      const left = (busy.get(name) ?? 1) - 1;
      if (left > 0) busy.set(name, left);
      else busy.delete(name);
    });
  });
};

const refusals: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/**
 * Listens for HTTP, or HTTPS where `tls` gives certificates at the start. Rejects with the system's error where that is
 * not possible.
 * @param handle must answer every request
 * @param complain told of certificates that came later and cannot be used; those before stay in force
 */
export const listenHttp = async (
  at: ListenAddress,
  tls: () => WebTls | null,
  handle: RequestListener,
  complain: (error: Error) => void,
): Promise<Listener> => {
  const first = tls();
  const server = first === null ? createServer(common, handle) : secure(first, tls, handle, complain);
  limitConnections(server);
  // A client that asks whether it may send a body is answered at once, and never told to go on.
  server.on('checkContinue', handle);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = refusals[error.code ?? ''] ?? '400 Bad Request';
    if (!socket.writable) socket.destroy();
    else socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...(at.host === '' ? {} : { host: at.host }), port: at.port, exclusive: true }, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : at.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
};
