import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { dialUdp } from '../../probes/dgram-as-stream.ts';
import { answerDatagram } from '../../probes/stun-answer.ts';
import { systemWorld } from '../../probes/world.ts';
import { ownLoopback } from '../loopback.ts';
import { ask, fact, udpServer } from './stun-scenes.ts';

/** A socket at another address of loopback, for the length of the test. */
const elsewhere = async (t: Test) => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.2');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return socket;
};

t.test('an answer from another address is noted, and is no answer', async (t) => {
  const other = await elsewhere(t);
  const server = await udpServer(t, (bytes, from) => {
    const answer = answerDatagram(bytes, from);
    if (answer) other.send(answer, from.port, from.address);
    return [];
  });
  const seen = await ask('udp', server.port, 1.5);
  t.match(seen, { outcome: 'filtered', failure: { code: 'timeout' } });
  t.equal(fact(seen, 'answerFrom'), `127.0.0.2:${other.address().port}`);
  t.equal(seen.attempts.length, 3, 'not one dial more');
  t.strictSame(new Set(seen.attempts.map(({ outcome }) => outcome)), new Set(['filtered']));
});

t.test('noise from another address is not noted', async (t) => {
  const other = await elsewhere(t);
  const server = await udpServer(t, (bytes, from) => {
    const answer = answerDatagram(bytes, from);
    if (!answer) return [];
    answer[19] = (answer[19] ?? 0) ^ 1;
    for (const noise of [answer, Buffer.from('noise'), Buffer.alloc(0)]) other.send(noise, from.port, from.address);
    return [];
  });
  const seen = await ask('udp', server.port, 1.5);
  t.equal(seen.outcome, 'filtered');
  t.notHas(seen.facts, 'answerFrom');
  t.notHas(seen.facts, 'strayDatagrams');
});

t.test('a server that wakes for the last dial is heard on it', async (t) => {
  const ports = new Set<number>();
  const server = await udpServer(t, (bytes, from) => {
    ports.add(from.port);
    const answer = ports.size < 3 ? null : answerDatagram(bytes, from);
    return answer ? [answer] : [];
  });
  const seen = await ask('udp', server.port, 3);
  t.equal(seen.outcome, 'answered');
  t.notHas(seen.facts, 'answerFrom');
  t.equal(seen.source.address, ownLoopback, 'the source is an address, also of a socket that is not connected');
  t.equal(fact(seen, 'mappedPort'), seen.source.port);
});

t.test('an unconnected dial tells peer and strangers apart', async (t) => {
  const world = systemWorld(new AbortController().signal);
  const server = await udpServer(t, (bytes) => [bytes]);
  const other = await elsewhere(t);
  const strangers: string[] = [];
  const target = { address: ownLoopback, port: server.port };
  const dialled = await dialUdp({ target, sourceAddress: ownLoopback, sourcePort: null }, world, (bytes, from) =>
    strangers.push(`${Buffer.from(bytes)} from ${from.address}:${from.port}`),
  );
  if (dialled.kind !== 'open') throw new Error(dialled.failure.message);
  t.teardown(() => dialled.channel.close());
  await new Promise((resolve) => other.send('stranger', dialled.source.port, ownLoopback, resolve));
  dialled.channel.send(Buffer.from('peer'));
  const received = await dialled.channel.receive(world.clock.monotonic() + 20);
  t.equal(received.kind === 'bytes' && Buffer.from(received.bytes).toString(), 'peer');
  t.strictSame(strangers, [`stranger from 127.0.0.2:${other.address().port}`]);
});

t.test('over IPv6, however the address is spelled', async (t) => {
  const world = systemWorld(new AbortController().signal);
  const server = createSocket('udp6');
  server.on('message', (bytes, from) => server.send(bytes, from.port, from.address));
  server.bind(0, '::1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const target = { address: '0:0:0:0:0:0:0:1', port: server.address().port };
  const dialled = await dialUdp({ target, sourceAddress: '::1', sourcePort: null }, world, () => t.fail('no stranger'));
  if (dialled.kind !== 'open') throw new Error(dialled.failure.message);
  t.teardown(() => dialled.channel.close());
  dialled.channel.send(Buffer.from('peer'));
  t.equal((await dialled.channel.receive(world.clock.monotonic() + 20)).kind, 'bytes');
});
