import type { Socket } from 'node:net';
import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { tls } from '../../probes/tls.ts';
import { encodePseudoServerHello } from '../../wire/pseudo-tls.ts';
import { ownLoopback } from '../loopback.ts';
import { askingWith, questionTo, rawPeer, tlsPeer } from './tls-peers.ts';

/** Does something once the client has said hello. */
const afterHello = (act: (socket: Socket, hello: Buffer) => void) => (socket: Socket) => {
  socket.once('data', (hello: Buffer) => act(socket, hello));
};

const pseudoHello = encodePseudoServerHello({ time: 0, random: new Uint8Array(28), sessionId: new Uint8Array(32) });
const handshakeFailure = Buffer.from('15030100020228', 'hex');

/** Sends piece by piece, so slowly that the deadline comes first. */
const trickle = (socket: Socket, bytes: Uint8Array): void => {
  let at = 0;
  const timer = setInterval(() => {
    if (at < bytes.length) socket.write(bytes.subarray(at, ++at));
  }, 200);
  socket.once('close', () => clearInterval(timer));
};

const cases: readonly [string, (socket: Socket) => void, string, string, object][] = [
  ['says nothing', () => undefined, 'open', 'tls-silent', {}],
  ['closes', afterHello((socket) => socket.end()), 'open', 'tls-closed', {}],
  ['resets', afterHello((socket) => socket.resetAndDestroy()), 'open', 'tls-reset', {}],
  [
    'speaks HTTP',
    afterHello((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    'open',
    'not-tls',
    { firstBytes: { text: 'HTTP/1.1 400 Bad Request\r\n\r\n' } },
  ],
  [
    'speaks first',
    (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
    'open',
    'not-tls',
    { firstBytes: { text: /^SSH/ } },
  ],
  [
    'sends noise',
    afterHello((socket) => socket.write(Buffer.alloc(3000, 0x9b))),
    'open',
    'not-tls',
    { firstBytes: { hex: /^9b9b/ } },
  ],
  ['echoes', afterHello((socket, hello) => socket.write(hello)), 'open', 'not-tls', {}],
  ['trickles a hello', (socket) => trickle(socket, Buffer.from('1603030100020000', 'hex')), 'open', 'tls-stalled', {}],
  ['speaks pseudo-TLS', afterHello((socket) => socket.write(pseudoHello)), 'open', 'pseudo-tls', {}],
  [
    'refuses',
    afterHello((socket) => socket.end(handshakeFailure)),
    'answered',
    'tls-handshake-refused',
    { alert: 'handshake_failure' },
  ],
  [
    'refuses and resets',
    afterHello((socket) => socket.write(handshakeFailure, () => socket.resetAndDestroy())),
    'answered',
    'tls-handshake-refused',
    {},
  ],
];

for (const [what, serve, outcome, code, facts] of cases) {
  t.test(`a peer that ${what}`, async (t) => {
    const peer = await rawPeer(t, serve);
    const seen = await tls.run(questionTo('tls', peer.port, {}, 1.5), askingWith());
    t.equal(seen.outcome, outcome);
    t.equal(seen.failure?.code, code);
    t.match(seen.facts, facts);
    t.match(seen.facts['hellos'], [{ kind: 'modern' }, { kind: 'legacy' }]);
    t.equal(peer.taken(), 2, 'both hellos were said');
    t.ok(seen.durationSeconds < 5, `within the deadline: ${seen.durationSeconds}`);
    await peer.allClosed();
  });
}

t.test('a peer that never ends', async (t) => {
  let sent = 0;
  const peer = await rawPeer(t, (socket) => {
    const flood = (): void => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 0x16))) sent += 65_536;
    };
    socket.on('drain', flood);
    flood();
  });
  const seen = await tls.run(questionTo('tls', peer.port, {}, 2), askingWith());
  t.match(seen, { outcome: 'open', failure: { code: 'not-tls' } });
  await peer.allClosed();
  t.ok(sent < 50_000_000, 'it was not read to no end');
});

t.test('a legacy hello goes to a peer that is mute to the modern one, with time left', async (t) => {
  const certificate = await generateCertificate({ names: ['a.example'], days: 1, now: new Date(), key: 'rsa-legacy' });
  const old = await tlsPeer(t, {
    ...certificate,
    ciphers: 'DEFAULT@SECLEVEL=0',
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1',
  });
  const { connect } = await import('node:net');
  const peer = await rawPeer(t, (socket, nth) => {
    if (nth === 0) return;
    const beyond = connect(old.port, ownLoopback);
    beyond.on('error', () => socket.destroy());
    socket.pipe(beyond).pipe(socket);
  });
  const seen = await tls.run(questionTo('tls', peer.port, {}, 2), askingWith());
  t.match(seen, { outcome: 'answered', failure: null, facts: { legacy: true, protocol: 'TLSv1' } });
  t.match(seen.facts['hellos'], [
    { kind: 'modern', result: 'tls-silent' },
    { kind: 'legacy', result: 'handshake' },
  ]);
  await peer.allClosed();
});

t.test('a giant chain is refused by our own TLS library, and that is still an answer', async (t) => {
  const { cert, key } = await generateCertificate({ names: ['a.example'], days: 1, now: new Date() });
  const peer = await tlsPeer(t, { cert: cert.repeat(400), key, maxVersion: 'TLSv1.2' });
  const seen = await tls.run(questionTo('tls', peer.port, {}, 4), askingWith());
  t.equal(seen.outcome, 'answered');
  t.match(seen, { failure: { code: 'tls-refused-here' }, facts: { localRefusal: /^ERR_SSL_/ } });
  await peer.allClosed();
});

t.test('a run that is ended ends the question', async (t) => {
  const peer = await rawPeer(t, () => undefined);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  const seen = await tls.run(questionTo('tls', peer.port, {}, 30), askingWith({ signal: controller.signal }));
  t.match(seen, { outcome: 'unasked', failure: { code: 'aborted' } });
  await peer.allClosed();
});
