import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import type { ProbeOptions } from '../../probes/probe.ts';
import { ask, xmpp } from '../../probes/xmpp.ts';
import { ownLoopback } from '../loopback.ts';
import { channelPair } from './pair.ts';
import { askingWith, questionTo, rawPeer, tlsPeer } from './tls-peers.ts';

const options: ProbeOptions = { from: 'edgeprobe.example', to: 'contoso.com' };
const certificate = await generateCertificate({ names: ['contoso.com'], days: 1, now: new Date() });
const header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='x1' version='1.0'>";
const starttls = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
const proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const error =
  "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>\u009b2Jno</text></stream:error>";

/** Says these things, one for each time the client says something. */
const script =
  (...sayings: (string | ((socket: Socket) => void))[]) =>
  (socket: Socket): void => {
    socket.on('data', () => {
      const next = sayings.shift();
      if (typeof next === 'string') socket.write(next);
      else next?.(socket);
    });
  };

const trickle = (text: string) => (socket: Socket) => {
  let at = 0;
  const timer = setInterval(() => socket.write(text.slice(at, ++at) || ' '), 200);
  socket.once('close', () => clearInterval(timer));
};

const flood = (text: string) => (socket: Socket) => {
  const pour = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on('drain', pour);
  pour();
};

const end = (socket: Socket): void => {
  socket.end();
};
const reset = (socket: Socket): void => {
  socket.resetAndDestroy();
};

const cases: readonly [string, () => (socket: Socket) => void, string, string | null, object][] = [
  ['says nothing', () => script(), 'open', 'xmpp-silent', {}],
  ['closes', () => script(end), 'open', 'xmpp-closed', {}],
  ['resets', () => script(reset), 'open', 'xmpp-reset', {}],
  [
    'speaks HTTP',
    () => script('HTTP/1.1 400 Bad Request\r\n\r\n'),
    'open',
    'not-xmpp',
    { firstBytes: { text: /^HTTP/ } },
  ],
  [
    'speaks TLS',
    () => script((s) => s.write(Buffer.from('15030100020246', 'hex'))),
    'open',
    /^(not-xmpp|xmpp-stalled)$/.source,
    { firstBytes: { hex: '15030100020246' } },
  ],
  [
    'opens a stream of another kind',
    () => script("<stream:stream xmlns:stream='urn:x' version='1.0'>"),
    'open',
    'not-xmpp',
    {},
  ],
  ['trickles', () => script(trickle(header)), 'open', 'xmpp-stalled', {}],
  ['never ends a tag', () => script(flood(`<${'a'.repeat(9999)}`)), 'open', 'not-xmpp', {}],
  [
    'never ends its elements',
    () => script((s) => flood("<a xmlns='urn:x'/>")(s.write(header) ? s : s)),
    'answered',
    null,
    { streamId: 'x1' },
  ],
  [
    'gives an error',
    () => script(header + error),
    'answered',
    null,
    { streamError: 'policy-violation', streamErrorText: '\u009b2Jno' },
  ],
  ['gives a header only', () => script(header), 'answered', null, { streamId: 'x1', features: null }],
  [
    'gives a header of no version',
    () => script(header.replace(" version='1.0'>", '>')),
    'answered',
    null,
    { streamId: 'x1', features: null },
  ],
  ['gives a header and closes', () => script((s) => s.end(header)), 'answered', null, { streamId: 'x1' }],
  [
    'refuses STARTTLS',
    () => script(header + starttls, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"),
    'answered',
    'starttls-refused',
    { starttls: 'optional', tls: null },
  ],
  ['closes on STARTTLS', () => script(header + starttls, end), 'answered', 'starttls-refused', {}],
  [
    'goes on in the clear',
    () => script(header + starttls, `${proceed}<stream:features/>`),
    'answered',
    'starttls-refused',
    {},
  ],
  ['proceeds to nothing', () => script(header + starttls, proceed), 'answered', 'tls-silent', {}],
  [
    'proceeds to nonsense',
    () => script(header + starttls, proceed, 'nonsense'),
    'answered',
    'not-tls',
    { tls: { firstBytes: { text: 'nonsense' } } },
  ],
];

for (const [what, serve, outcome, code, facts] of cases) {
  t.test(`a peer that ${what}`, async (t) => {
    const peer = await rawPeer(t, (socket) => serve()(socket));
    const seen = await xmpp.run(questionTo('xmpp', peer.port, options, 1), askingWith());
    t.equal(seen.outcome, outcome);
    if (code === null) t.equal(seen.failure, null);
    else t.match(seen.failure?.code, new RegExp(code));
    t.match(seen.facts, facts);
    t.ok(seen.durationSeconds < 4, `within the deadline: ${seen.durationSeconds}`);
    t.equal(seen.attempts.length, 1);
    await peer.allClosed();
  });
}

t.test('a peer that hangs up after any byte', async (t) => {
  const asking = askingWith();
  const whole = header + starttls;
  for (let at = 0; at < whole.length; at += 7) {
    const [client, server] = channelPair('tcp', asking);
    const asked = ask(client, options, asking.clock.monotonic() + 5, asking);
    server.send(Buffer.from(whole.slice(0, at)));
    server.close();
    const { outcome, failure } = await asked;
    t.equal(outcome, at < header.length ? 'open' : 'answered', `${at} bytes: ${failure?.code}`);
  }
});

t.test('TLS first: TLS alone is no XMPP, but insisting on a certificate is an answer', async (t) => {
  const secured: ProbeOptions = { ...options, security: 'mtls' };
  const mute = await tlsPeer(t, certificate);
  const silent = await xmpp.run(questionTo('xmpp', mute.port, secured, 1), askingWith());
  t.match(silent, {
    outcome: 'open',
    failure: { code: 'xmpp-silent' },
    facts: { tls: { certificate: { keyBits: 256 } } },
  });
  await mute.allClosed();

  const strict = await tlsPeer(t, { ...certificate, requestCert: true, rejectUnauthorized: true });
  const refused = await xmpp.run(questionTo('xmpp', strict.port, secured, 3), askingWith());
  t.match(refused, {
    outcome: 'answered',
    failure: { code: 'mtls-unfinished' },
    facts: { tls: { clientCertificateRequested: true } },
  });
  await strict.allClosed();

  // As a Windows server may do it: the handshake completes, and the application hangs up.
  const server = createTlsServer({ ...certificate, requestCert: true, rejectUnauthorized: false }, (socket) => {
    socket.on('error', () => undefined).once('data', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, ownLoopback, resolve));
  t.teardown(() => server.close());
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  const hungUp = await xmpp.run(questionTo('xmpp', port, secured, 3), askingWith());
  t.match(hungUp, { outcome: 'answered', failure: { code: 'mtls-unfinished' } });
});

t.test('TLS first, of another age: the legacy hello carries the stream', async (t) => {
  const old = await generateCertificate({ names: ['contoso.com'], days: 1, now: new Date(), key: 'rsa-legacy' });
  const server = createTlsServer(
    { ...old, ciphers: 'DEFAULT@SECLEVEL=0', minVersion: 'TLSv1', maxVersion: 'TLSv1' },
    (socket) => socket.on('error', () => undefined).once('data', () => socket.write(`${header}<stream:features/>`)),
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, ownLoopback, resolve));
  t.teardown(() => server.close());
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  const seen = await xmpp.run(questionTo('xmpp', port, { ...options, security: 'mtls' }, 3), askingWith());
  t.match(seen, {
    outcome: 'answered',
    failure: null,
    facts: { streamId: 'x1', tls: { legacy: true, protocol: 'TLSv1' } },
  });
});

t.test('a closed port, and a run that is ended', async (t) => {
  t.match(await xmpp.run(questionTo('xmpp', 1, options), askingWith()), { outcome: 'closed' });
  const peer = await rawPeer(t, () => undefined);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  const seen = await xmpp.run(questionTo('xmpp', peer.port, options, 30), askingWith({ signal: controller.signal }));
  t.match(seen, { outcome: 'unasked', failure: { code: 'aborted' } });
  await peer.allClosed();
});
