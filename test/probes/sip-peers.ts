import { createServer, type TLSSocket } from 'node:tls';
import type { Test } from 'tap';
import type { GeneratedCertificate } from '../../probes/certificate.ts';
import { answer } from '../../probes/sip-answer.ts';
import { startTls } from '../../probes/tls-session.ts';
import { channelPair } from './pair.ts';
import { askingWith, type Peer, started } from './tls-peers.ts';

/** Says something inside TLS to the answering half, and gives what it says to it until it falls silent or leaves. */
export const sayInTls = async (certificate: GeneratedCertificate, text: string): Promise<string> => {
  const asking = askingWith();
  const [client, server] = channelPair('tcp', asking);
  const answering = answer(server, { tls: certificate }, asking);
  const hello = { servername: undefined, legacy: false, material: {} };
  const { channel } = await startTls(client, hello, asking.clock.monotonic() + 5, asking);
  if (!channel) throw new Error('no TLS');
  channel.send(Buffer.from(text));
  let said = '';
  for (;;) {
    const received = await channel.receive(asking.clock.monotonic() + 0.3);
    if (received.kind !== 'bytes') break;
    said += Buffer.from(received.bytes).toString('latin1');
  }
  channel.close();
  await answering;
  return said;
};

/** A TLS server that does with the first request what the test says; `request` is its text, headers and all. */
export const sipPeer = (
  t: Test,
  certificate: GeneratedCertificate,
  serve: (socket: TLSSocket, request: string) => void,
  more: { readonly requestCert?: boolean } = {},
): Promise<Peer> => {
  const server = createServer({ ...certificate, rejectUnauthorized: false, ...more }, (socket) => {
    socket.on('error', () => undefined).once('data', (bytes: Buffer) => serve(socket, bytes.toString('latin1')));
  });
  server.on('tlsClientError', () => undefined);
  return started(t, server);
};

/** What a server answers to a request: the transaction copied, the rest as given. */
export const answerTo = (request: string, start: string, ...more: readonly string[]): string => {
  const line = (name: string): string => new RegExp(`^${name}: .*$`, 'm').exec(request)?.[0].trim() ?? '';
  const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map(line).filter((one) => one !== '');
  return `${[start, ...copied, ...more, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`;
};
