import { readFileSync } from 'node:fs';
import { createServer, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';

/**
 * A TLS server that serves its clients side by side, as `openssl s_server` does not: there one client that stays, or
 * whose goodbye was lost, keeps all others waiting for ever. Arguments: manner, address, port, certificate, key, CA.
 * `tls` stays silent after the handshake; `mtls` too, and refuses who shows no certificate of the CA; `https` answers
 * every request with a page.
 */
export const tlsServerProgram = fileURLToPath(import.meta.url);

/** How a server of the lab speaks TLS. */
export type Manner = 'tls' | 'mtls' | 'https';

/** Milliseconds until a client that does nothing is sent away. */
const patience = 20_000;

const page = 'HTTP/1.0 200 ok\r\nContent-Type: text/plain\r\n\r\na page of the lab\n';

const serve = (manner: string, socket: TLSSocket): void => {
  socket.on('error', () => {});
  socket.setTimeout(patience, () => socket.destroy());
  if (manner !== 'https') return void socket.resume();
  let heard = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    heard = (heard + text).slice(-8192);
    if (heard.includes('\r\n\r\n')) socket.end(page);
  });
};

if (process.argv[1] === tlsServerProgram) {
  const [manner = '', host = '', port = '', cert = '', key = '', ca = ''] = process.argv.slice(2);
  const mutual = manner === 'mtls';
  const server = createServer(
    {
      ...{ cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(ca) },
      ...{ requestCert: mutual, rejectUnauthorized: mutual, handshakeTimeout: patience },
    },
    (socket) => serve(manner, socket),
  );
  server.on('tlsClientError', () => {});
  server.listen({ host, port: Number(port), backlog: 64 });
}
