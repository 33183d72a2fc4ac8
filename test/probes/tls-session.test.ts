import { connect, createServer } from 'node:net';
import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { answer, ask } from '../../probes/tls.ts';
import { startTls } from '../../probes/tls-session.ts';
import { ownLoopback } from '../loopback.ts';
import { until } from '../until.ts';
import { channelPair } from './pair.ts';
import { askingWith, tlsPeer } from './tls-peers.ts';

const certificate = await generateCertificate({ names: ['sip.contoso.com'], days: 1, now: new Date() });
const asking = askingWith();
const soon = (): number => asking.clock.monotonic() + 5;

t.test('ask meets answer', async (t) => {
  for (const requestCertificate of [false, true]) {
    const [client, server] = channelPair('tcp', asking);
    const answering = answer(server, { tls: certificate, requestCertificate }, asking);
    const reply = await ask(client, { servername: 'sip.contoso.com' }, soon(), asking);
    t.match(reply, {
      outcome: 'answered',
      failure: null,
      requests: 1,
      facts: { protocol: 'TLSv1.3', nameMatches: true, clientCertificateRequested: requestCertificate },
      steps: [{ step: 'tls' }],
    });
    await answering;
  }
});

t.test('a handshake gives an encrypted channel that carries bytes both ways', async (t) => {
  const { port } = await tlsPeer(t, certificate);
  t.ok(port);
  const [client, server] = channelPair('tcp', asking);
  const { acceptTls } = await import('../../probes/tls-answer.ts');
  const accepting = acceptTls(server, { material: certificate, requestCertificate: false }, soon(), asking);
  const session = await startTls(client, { servername: undefined, legacy: false, material: {} }, soon(), asking);
  const accepted = await accepting;
  if (!session.channel || !accepted) throw new Error('no channel');
  session.channel.send(Buffer.from('ping'));
  t.match(await accepted.receive(soon()), { kind: 'bytes', bytes: Buffer.from('ping') });
  accepted.send(Buffer.from('pong'));
  t.match(await session.channel.receive(soon()), { kind: 'bytes', bytes: Buffer.from('pong') });
  session.channel.close();
  t.match(await accepted.receive(soon()), { kind: 'end' });
  accepted.close();
});

t.test('answer takes whatever a client does', async (t) => {
  for (const say of ['', 'GET / HTTP/1.0\r\n\r\n']) {
    const [client, server] = channelPair('tcp', asking);
    const answering = answer(server, { tls: certificate }, asking);
    if (say) client.send(Buffer.from(say));
    else client.close();
    await answering;
    client.close();
    t.pass(say || 'nothing');
  }
});

/** What a TLS 1.2 server sends before it hears more than our hello. */
const firstFlight = async (hello: Buffer): Promise<Buffer> => {
  const { createServer: createTlsServer } = await import('node:tls');
  const server = createTlsServer({ ...certificate, maxVersion: 'TLSv1.2', requestCert: true });
  await new Promise<void>((resolve) => server.listen(0, ownLoopback, resolve));
  const bound = server.address();
  const socket = connect(typeof bound === 'object' && bound ? bound.port : 0, ownLoopback);
  socket.write(hello);
  const flight = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  socket.destroy();
  server.close();
  return flight;
};

t.test('a server that hangs up or falls silent at any byte of its flight', async (t) => {
  // The hello of one connection serves to get a flight; replayed on another, it is as good up to its signature.
  const [probing, probed] = channelPair('tcp', asking);
  const hello = probed.receive(soon());
  void startTls(probing, { servername: undefined, legacy: false, material: {} }, soon(), asking);
  const heard = await hello;
  probed.close();
  if (heard.kind !== 'bytes') throw new Error('no hello');
  const flight = await firstFlight(Buffer.from(heard.bytes));
  const helloEnds = 5 + ((flight[3] ?? 0) << 8) + (flight[4] ?? 0);
  t.ok(flight.length > helloEnds);
  for (let at = 0; at < flight.length; at += at < 10 ? 1 : 61) {
    const [client, server] = channelPair('tcp', asking);
    const asked = { servername: undefined, legacy: false, material: {} };
    const session = startTls(client, asked, asking.clock.monotonic() + (at % 2 ? 0.1 : 5), asking);
    server.send(flight.subarray(0, at));
    if (at % 2 === 0) server.close();
    const { outcome, channel, failure } = await session;
    t.equal(channel, null);
    t.equal(outcome, at < helloEnds ? 'open' : 'answered', `${at} of ${flight.length} bytes: ${failure?.code}`);
    t.type(failure?.code, 'string');
    server.close();
  }
});

t.test('nothing is left behind', async (t) => {
  const server = createServer((socket) => socket.on('error', () => undefined));
  t.teardown(() => server.close());
  const resources = (): string[] => process.getActiveResourcesInfo().filter((name) => /TLS|TCPSocket/.test(name));
  await until(t, 'no socket of the tests above is alive', () => resources().length === 0);
});
