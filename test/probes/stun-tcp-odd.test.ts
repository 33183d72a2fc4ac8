import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import t from 'tap';
import { answerDatagram } from '../../probes/stun-answer.ts';
import { encodeMsturnFrame } from '../../wire/msturn-frame.ts';
import { encodePseudoServerHello } from '../../wire/pseudo-tls.ts';
import { ownLoopback } from '../loopback.ts';
import { ask, fact, listening, tcpServer } from './stun-scenes.ts';

const hello = encodePseudoServerHello({ time: 0, random: new Uint8Array(28), sessionId: new Uint8Array(32) });

/** A server of pseudo-TLS that sends its hello and its framed challenge the way `write` wants it; deaf to other dialects. */
const edge =
  (write: (socket: Socket, bytes: Uint8Array) => void) =>
  (socket: Socket): void => {
    let greeted = false;
    socket.on('data', (bytes) => {
      if (!greeted && bytes[0] !== 0x16) return;
      if (!greeted) write(socket, hello);
      else {
        const answer = answerDatagram(bytes.subarray(4), { address: ownLoopback, port: 1 });
        if (answer) write(socket, encodeMsturnFrame(answer));
      }
      greeted = true;
    });
  };

t.test('a real TLS server is told from an A/V Edge', async (t) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const port = await listening(
      t,
      createTlsServer({ maxVersion }).on('tlsClientError', () => undefined),
    );
    const seen = await ask('tcp', port, 5);
    t.equal(seen.outcome, 'open', maxVersion);
    t.match(seen.failure, { step: 'stun', code: 'tls-server' });
    t.equal(fact(seen, 'tlsServer'), true);
    t.match(fact(seen, 'heard'), { 'msturn-pseudo-tls': 'tls-server' });
  }
});

t.test('a web server without TLS is something else', async (t) => {
  const port = await tcpServer(t, (socket) => {
    socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
  });
  const seen = await ask('tcp', port, 5);
  t.equal(seen.outcome, 'open');
  t.match(seen.failure, { code: 'wrong-protocol' });
  t.equal(fact(seen, 'firstBytes'), Buffer.from('HTTP/1.1 400 Bad').toString('hex'));
  t.notHas(seen.facts, 'tlsServer');
});

t.test('a mute server, one that closes, one that resets', async (t) => {
  const mute = await ask('tcp', await tcpServer(t, (socket) => socket.resume()), 1);
  t.equal(mute.outcome, 'open');
  t.match(mute.failure, { code: 'mute' });
  t.ok(mute.durationSeconds >= 0.9, 'silence is accepted at the deadline, not before');
  const closes = await ask('tcp', await tcpServer(t, (socket) => socket.on('data', () => socket.end())), 20);
  t.match(closes, { outcome: 'open', failure: { code: 'closed-by-peer' } });
  const resets = (socket: Socket) => socket.on('data', () => socket.resetAndDestroy());
  const reset = await ask('tcp', await tcpServer(t, resets), 20);
  t.match(reset, { outcome: 'open', failure: { code: 'reset-by-peer' } });
  const atOnce = await ask('tcp', await tcpServer(t, (socket) => socket.destroy()), 20);
  t.match(atOnce, { outcome: 'open' });
  t.match(atOnce.failure?.code, /^(closed|reset)-by-peer$/);
});

t.test('a server that stalls after its hello', async (t) => {
  const port = await tcpServer(
    t,
    edge((socket, bytes) => bytes === hello && socket.write(bytes)),
  );
  const seen = await ask('tcp', port, 1);
  t.equal(seen.outcome, 'open');
  t.match(seen.failure, { code: 'mute-after-hello' });
  t.match(fact(seen, 'heard'), { 'msturn-pseudo-tls': 'mute-after-hello', msturn: 'mute', rfc8489: 'mute' });
});

t.test('one byte at a time', async (t) => {
  const drip = (socket: Socket, bytes: Uint8Array): void => {
    const [next] = bytes;
    if (next === undefined || socket.destroyed) return;
    socket.setNoDelay(true).write(Uint8Array.of(next), () => setImmediate(() => drip(socket, bytes.subarray(1))));
  };
  const seen = await ask('tcp', await tcpServer(t, edge(drip)), 20);
  t.match(seen, { outcome: 'answered', facts: { dialect: 'msturn-pseudo-tls' } });
});

t.test('hello and challenge in one piece', async (t) => {
  let pending: Uint8Array = new Uint8Array(0);
  const hoard = (socket: Socket, bytes: Uint8Array): void => {
    // Answers only once it has both: the hello must reach us first, so it is cut off in its last byte.
    if (bytes === hello) {
      socket.write(bytes.subarray(0, 82));
      pending = bytes.subarray(82);
      setImmediate(() => socket.write(pending));
    } else socket.write(bytes);
  };
  t.match(await ask('tcp', await tcpServer(t, edge(hoard)), 20), { outcome: 'answered' });
});

t.test('a server that closes after so many bytes of hello and challenge', async (t) => {
  const challenge = 4 + 102;
  for (let size = 0; size < hello.length + challenge; size++) {
    let left = size;
    const cut = (socket: Socket, bytes: Uint8Array): void => {
      const part = bytes.subarray(0, left);
      left -= part.length;
      if (part.length < bytes.length) socket.end(part);
      else socket.write(part);
    };
    // Other dialects are closed at once, so that nothing is waited for but the cut conversation.
    const serve = edge(cut);
    const port = await tcpServer(t, (socket) => {
      socket.once('data', (bytes) => {
        if (bytes[0] !== 0x16) socket.end();
      });
      serve(socket);
    });
    const seen = await ask('tcp', port, 20);
    if (seen.outcome !== 'answered') {
      t.match(seen, { outcome: 'open', failure: { code: 'closed-by-peer' } }, `closed after ${size} bytes`);
    } else t.ok(size > hello.length + 36, `answered after ${size} bytes`);
  }
});

t.test('endless data: neither time nor memory run away', async (t) => {
  const block = Buffer.alloc(65_536, 0x03);
  const dataFrames = Buffer.concat(
    Array.from({ length: 64 }, () => Buffer.concat([Buffer.from([3, 0, 3, 0xfc]), Buffer.alloc(1020)])),
  );
  const streams: Readonly<Record<string, [Buffer, RegExp]>> = {
    noise: [block, /^(wrong-protocol|flood)$/],
    'frames of data': [dataFrames, /^(wrong-protocol|flood)$/],
    'a record that never ends': [
      Buffer.concat([Buffer.from('1603014000', 'hex'), block]),
      /^(wrong-protocol|flood|tls-server)$/,
    ],
  };
  for (const [name, [bytes, code]] of Object.entries(streams)) {
    let sent = 0;
    const port = await tcpServer(t, (socket) => {
      const pour = (): void => {
        while (!socket.destroyed && socket.write(bytes)) sent += bytes.length;
      };
      socket.on('drain', pour);
      socket.once('data', pour);
    });
    const seen = await ask('tcp', port, 20);
    t.equal(seen.outcome, 'open', name);
    t.match(seen.failure?.code, code, name);
    t.ok(seen.durationSeconds < 20, 'ended by its bound on bytes, not by the deadline');
    t.ok(sent < 64 * 1024 * 1024, 'the peer was not read on');
  }
});
