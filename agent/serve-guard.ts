import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { familyOf } from './address.ts';
import type { WebConfig } from './web-config.ts';

/** Headers of every response: no page may frame, sniff or load anything; nothing of it is kept by caches. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** Whether the client showed the certificate that the configuration wants. The TLS library has verified it. */
export const showsCertificate = ({ tls }: WebConfig, request: IncomingMessage): boolean => {
  if (tls === null) return true;
  const socket = request.socket as TLSSocket;
  const shown = Object.keys(socket.getPeerCertificate?.() ?? {}).length > 0;
  switch (tls.clientAuth) {
    case 'NoClientCert':
    case 'RequestClientCert':
      return true;
    case 'RequireAnyClientCert':
      return shown;
    case 'VerifyClientCertIfGiven':
      return !shown || socket.authorized;
    case 'RequireAndVerifyClientCert':
      return shown && socket.authorized;
  }
};

/** Whether a request announces a body. None of ours takes one. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

const hostName = (host: string): string => host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

/**
 * Whether a request to an unprotected loopback address names it as one: a page of a stranger's whose name resolves to
 * 127.0.0.1 would name itself (DNS rebinding).
 */
export const namesLoopback = ({ headers, socket }: IncomingMessage): boolean => {
  if (!/^(::ffff:)?127\.|^::1$/.test(socket.localAddress ?? '')) return true;
  const name = hostName(headers.host ?? '');
  return name === '' || name === 'localhost' || familyOf(name) !== null;
};

/** Whether a browser sends this for another page than ours: such a page must not change anything here. */
export const isForeign = ({ headers }: IncomingMessage): boolean => {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin, host } = headers;
  return origin !== undefined && origin.replace(/^https?:\/\//, '') !== host;
};
