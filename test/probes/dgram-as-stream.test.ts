import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t from 'tap';
import type { Channel } from '../../probes/channel.ts';
import { dialUdp } from '../../probes/dgram-as-stream.ts';
import { systemWorld } from '../../probes/world.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { until } from '../until.ts';
import { settled } from './hand-clock.ts';
import { udpServer } from './stun-scenes.ts';

const world = systemWorld(new AbortController().signal);
const soon = (): number => world.clock.monotonic() + 20;

/** Dials a port of loopback that is expected to open. */
const open = async (port: number, inWorld = world): Promise<Channel> => {
  const dialled = await dialUdp(
    { target: { address: ownLoopback, port }, sourceAddress: ownLoopback, sourcePort: null },
    inWorld,
  );
  if (dialled.kind === 'failed') throw new Error(dialled.failure.message);
  return dialled.channel;
};

t.test('one receive gives one datagram, in the order of arrival', async (t) => {
  const server = await udpServer(t, (bytes) => [bytes, Buffer.from('second')]);
  const channel = await open(server.port);
  channel.send(Buffer.from('first'));
  t.match(await channel.receive(soon()), { kind: 'bytes', bytes: Buffer.from('first') });
  t.match(await channel.receive(soon()), { kind: 'bytes', bytes: Buffer.from('second') });
  t.equal(channel.local.port, server.received[0]?.port, 'its own port is known before anything is sent');
  t.equal(channel.remote.port, server.port);
  t.throws(() => channel.takeStream(), /no stream/);
  channel.close();
  channel.close();
  channel.send(Buffer.from('after the close'));
});

t.test('a datagram from anybody but the peer is not delivered', async (t) => {
  const server = await udpServer(t, (bytes) => [bytes]);
  const channel = await open(server.port);
  const stranger = createSocket('udp4');
  t.teardown(() => stranger.close());
  stranger.send('from elsewhere', channel.local.port, ownLoopback);
  await once(stranger, 'listening');
  await new Promise((resolve) => setTimeout(resolve, 50));
  channel.send(Buffer.from('from the peer'));
  t.match(await channel.receive(soon()), { kind: 'bytes', bytes: Buffer.from('from the peer') });
  channel.close();
});

t.test('a refusal is heard, and does not end the channel', async (t) => {
  const port = await freePort('udp');
  const channel = await open(port);
  channel.send(Buffer.from('anybody?'));
  t.match(await channel.receive(soon()), {
    kind: 'failed',
    outcome: 'closed',
    failure: { code: 'connection-refused' },
  });
  const late = createSocket('udp4').bind(port, ownLoopback);
  await once(late, 'listening');
  t.teardown(() => late.close());
  late.on('message', (bytes, from) => late.send(bytes, from.port, from.address));
  channel.send(Buffer.from('now?'));
  let received = await channel.receive(soon());
  while (received.kind === 'failed') received = await channel.receive(soon());
  t.match(received, { kind: 'bytes', bytes: Buffer.from('now?') });
  channel.close();
});

t.test('silence ends at its instant; an abort at once', async (t) => {
  const server = await udpServer(t, () => []);
  const channel = await open(server.port);
  t.strictSame(await channel.receive(world.clock.monotonic() + 0.05), { kind: 'silence' });
  channel.close();
  const control = new AbortController();
  const abortable = await open(server.port, systemWorld(control.signal));
  const waiting = abortable.receive(soon());
  control.abort();
  t.match(await waiting, { kind: 'failed', outcome: 'unasked', failure: { code: 'aborted' } });
  t.match(await abortable.receive(soon()), { failure: { code: 'aborted' } });
  abortable.close();
});

t.test('what this host cannot do is its own fault', async (t) => {
  const target = { address: ownLoopback, port: 9 };
  const foreign = await dialUdp({ target, sourceAddress: '203.0.113.99', sourcePort: null }, world);
  t.match(foreign, { kind: 'failed', outcome: 'unasked', failure: { code: 'source-not-available' }, source: null });
  const held = createSocket('udp4').bind(0, ownLoopback);
  await once(held, 'listening');
  t.teardown(() => held.close());
  const busy = await dialUdp({ target, sourceAddress: ownLoopback, sourcePort: held.address().port }, world);
  t.match(busy, { kind: 'failed', outcome: 'unasked', failure: { code: 'source-port-busy' } });
  const sixth = { target: { address: '::1', port: 9 }, sourceAddress: ownLoopback, sourcePort: null };
  t.match(await dialUdp(sixth, world), { kind: 'failed', outcome: 'unasked' });
});

t.test('a flood that nobody reads fills a bounded number of places', async (t) => {
  const server = await udpServer(t, () => Array(500).fill(Buffer.from('noise')));
  const channel = await open(server.port);
  channel.send(Buffer.from('go'));
  await until(t, 'it was asked', () => server.received.length > 0);
  // The network has many turns to deliver what was sent.
  for (let turns = 0; turns < 500; turns++) await settled();
  let kept = 0;
  while ((await channel.receive(world.clock.monotonic())).kind === 'bytes') kept++;
  t.ok(kept > 0 && kept <= 64, `${kept} datagrams were kept`);
  channel.close();
});

t.test('a datagram that cannot be sent is told by the next receive', async (t) => {
  const server = await udpServer(t, () => []);
  const channel = await open(server.port);
  channel.send(new Uint8Array(70_000));
  t.match(await channel.receive(soon()), { kind: 'failed' });
  channel.close();
});
