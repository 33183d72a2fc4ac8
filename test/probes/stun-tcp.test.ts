import type { Socket } from 'node:net';
import t from 'tap';
import { streamChannel } from '../../probes/channel.ts';
import { stun } from '../../probes/stun.ts';
import { answerStun } from '../../probes/stun-answer.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { ask, asking, fact, question, tcpServer } from './stun-scenes.ts';

/** The answering half on a real connection. */
const standIn = (socket: Socket): void => {
  const ends = {
    local: { address: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    remote: { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
  };
  const world = asking();
  void answerStun(streamChannel(socket, ends, world), { realm: 'rtcmedia', msVersion: 4 }, world);
};

/** The stand-in for clients that begin with that byte; everybody else is dropped at once. */
const onlyFor =
  (firstByte: number) =>
  (socket: Socket): void => {
    socket.once('readable', () => {
      const bytes: unknown = socket.read();
      if (!(bytes instanceof Buffer) || bytes[0] !== firstByte) {
        socket.destroy();
        return;
      }
      socket.unshift(bytes);
      standIn(socket);
    });
  };

t.test('a server that speaks one dialect only is answered in that', async (t) => {
  const firstBytes = { 'msturn-pseudo-tls': 0x16, msturn: 0x02, rfc8489: 0x00 };
  for (const [dialect, firstByte] of Object.entries(firstBytes)) {
    const port = await tcpServer(t, onlyFor(firstByte));
    const seen = await ask('tcp', port);
    t.equal(seen.outcome, 'answered', dialect);
    t.equal(seen.failure, null);
    t.equal(fact(seen, 'dialect'), dialect);
    t.strictSame(fact(seen, 'dialects'), [dialect]);
    t.match(seen.facts, dialect === 'rfc8489' ? { mappedPort: seen.source.port } : { realm: 'rtcmedia' });
    t.match(fact(seen, 'heard'), { [dialect]: 'answered' });
    t.equal(seen.attempts.at(-1)?.outcome, 'answered');
    t.equal(seen.steps.filter(({ step }) => step === 'stun').length, 1);
  }
});

t.test('a server that speaks all dialects: all are told, each on a connection of its own', async (t) => {
  const ports = new Set<number>();
  const port = await tcpServer(t, (socket) => {
    ports.add(socket.remotePort ?? 0);
    standIn(socket);
  });
  const seen = await ask('tcp', port);
  t.equal(fact(seen, 'dialect'), 'msturn-pseudo-tls');
  t.strictSame(fact(seen, 'dialects'), ['msturn-pseudo-tls', 'msturn', 'rfc8489']);
  t.equal(fact(seen, 'requests'), 4, 'a hello and three requests');
  t.equal(ports.size, 3);
  t.match(seen.facts, { mappedAddress: ownLoopback, serverVersion: 4, clientVersion: 6, errorCode: 401 });
});

t.test('from a fixed source port the connections follow one another', async (t) => {
  const sourcePort = await freePort();
  const ports: number[] = [];
  const serve = onlyFor(0x02);
  const port = await tcpServer(t, (socket) => {
    ports.push(socket.remotePort ?? 0);
    serve(socket);
  });
  const seen = await stun.run(question('tcp', port, 20, sourcePort), asking());
  t.equal(seen.outcome, 'answered');
  t.equal(fact(seen, 'dialect'), 'msturn');
  t.strictSame(ports, [sourcePort, sourcePort]);
});

t.test('nobody there: the one dial that failed is not repeated for every dialect', async (t) => {
  const seen = await ask('tcp', await freePort(), 20);
  t.equal(seen.outcome, 'closed');
  t.match(seen.failure, { step: 'connect', code: 'connection-refused' });
  t.equal(seen.attempts.length, 1);
});

t.test('an abort ends it at once', async (t) => {
  const control = new AbortController();
  const connections: Socket[] = [];
  const port = await tcpServer(t, (socket) => {
    connections.push(socket);
    if (connections.length === 3) control.abort();
  });
  const seen = await ask('tcp', port, 60, control.signal);
  t.equal(seen.outcome, 'unasked');
  t.match(seen.failure, { code: 'aborted' });
  t.ok(seen.durationSeconds < 60);
  const before = await ask('tcp', port, 60, AbortSignal.abort());
  t.equal(before.outcome, 'unasked');
});
