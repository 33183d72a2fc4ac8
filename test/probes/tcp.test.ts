import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import t from 'tap';
import { streamChannel } from '../../probes/channel.ts';
import { tcp } from '../../probes/tcp.ts';
import { ownLoopback } from '../loopback.ts';
import { asking, mixedRange, tcpQuestion } from './sweep-asking.ts';

t.test('rows it asks', async (t) => {
  const row = { protocol: 'RTP', security: 'none', transport: 'tcp', range: true };
  t.equal(tcp.asks(row), true);
  t.equal(tcp.asks({ ...row, transport: 'udp' }), false);
  t.equal(tcp.asks({ ...row, range: false }), false);
  t.equal(tcp.asks({ ...row, protocol: 'SIP' }), false);
});

t.test('one port, and a range', async (t) => {
  const range = await mixedRange(30);
  t.teardown(range.close);
  const open = await tcp.run(tcpQuestion(range.first), asking());
  t.equal(open.outcome, 'open');
  t.equal(open.failure, null);
  t.match(open.attempts, [{ outcome: 'open' }]);
  t.match(open.steps, [{ step: 'connect' }]);
  t.equal(open.source.address, '127.0.0.1');

  const closed = await tcp.run(tcpQuestion(range.first + 1), asking());
  t.equal(closed.outcome, 'closed');
  t.equal(closed.failure?.code, 'connection-refused');

  const swept = await tcp.run(tcpQuestion(range.first, range.last), asking());
  t.equal(swept.outcome, 'open');
  t.match(swept.facts, { counts: { open: 10, closed: 20 } });
});

t.test('an abort before it began', async (t) => {
  const observation = await tcp.run(tcpQuestion(9), asking(AbortSignal.abort()));
  t.equal(observation.outcome, 'unasked');
  t.equal(observation.failure?.code, 'aborted');
});

t.test('what it costs', async (t) => {
  t.same(tcp.cost({ ...tcpQuestion(443), deadlineSeconds: 3 }, 0), {
    least: 3,
    most: 6,
    states: 3,
    secondsLeast: 0,
    secondsMost: 3,
  });
  t.equal(tcp.cost(tcpQuestion(50_000, 59_999), 500).least, 10_000);
});

t.test('the other end holds the connection until it is ended', async (t) => {
  const answered: Promise<void>[] = [];
  const world = asking();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const local = { address: ownLoopback, port: 0 };
    const channel = streamChannel(socket, { local, remote: local }, world);
    answered.push(tcp.answer?.(channel, {}, world) ?? Promise.reject(new Error('no answer')));
  }).listen(0, ownLoopback);
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const socket = connect(typeof address === 'object' && address ? address.port : 0, ownLoopback);
  await once(socket, 'connect');
  socket.write('whatever');
  socket.end();
  await once(socket.resume(), 'close');
  t.equal(answered.length, 1);
  await answered[0];
});
