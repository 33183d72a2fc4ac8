import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { Channel } from '../../probes/channel.ts';
import { type Listening, type ListenTcp, type ListenUdp, listen } from '../../probes/listen.ts';
import { systemWorld } from '../../probes/world.ts';
import { until } from '../until.ts';

const world = systemWorld(new AbortController().signal);
const anybody = (): boolean => true;
const at = { address: '127.0.0.1', port: 0, allow: anybody, world };

const running = async (t: Test, wanted: ListenTcp | ListenUdp): Promise<Extract<Listening, { ok: true }>> => {
  const listening = await listen(wanted);
  if (!listening.ok) throw new Error(listening.message);
  t.teardown(listening.close);
  return listening;
};

/** Sends back what it gets, until the client leaves. */
const echo = async (channel: Channel): Promise<void> => {
  for (;;) {
    const received = await channel.receive(world.clock.monotonic() + 10);
    if (received.kind !== 'bytes') return channel.close();
    channel.send(received.bytes);
  }
};

/** What came of a connection on which something was said: the bytes, and how it ended. */
const talk = (port: number, say: string): Promise<{ text: string; how: string; socket: Socket }> =>
  new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(say));
    const done = (how: string) => (): void => resolve({ text, how, socket });
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      done('data')();
    });
    socket.on('error', done('error')).on('end', done('end'));
  });

t.test('tcp: one conversation per connection, with its ends', async (t) => {
  const seen: Channel[] = [];
  const { port, address, close } = await running(t, {
    ...at,
    transport: 'tcp',
    serve: (channel) => {
      seen.push(channel);
      return echo(channel);
    },
  });
  t.equal(address, '127.0.0.1');
  const { text, socket } = await talk(port, 'hello');
  t.equal(text, 'hello');
  t.match(seen[0], {
    transport: 'tcp',
    local: { address: '127.0.0.1', port },
    remote: { address: '127.0.0.1', port: socket.localPort },
  });
  const gone = new Promise((resolve) => socket.once('close', resolve));
  await close();
  await gone;
  t.match(await talk(port, ''), { how: 'error' }, 'nothing listens any more');
});

t.test('tcp: to those who are not allowed, not a byte', async (t) => {
  const asked: string[] = [];
  const { port } = await running(t, {
    ...at,
    transport: 'tcp',
    allow: (address) => {
      asked.push(address);
      return false;
    },
    serve: () => Promise.reject(new Error('nobody may be served')),
  });
  const { text, how } = await talk(port, 'hello');
  t.equal(text, '');
  t.not(how, 'data');
  t.same(asked, ['127.0.0.1']);
});

t.test('tcp: a limit of connections, an idle limit, and an answering half that fails', async (t) => {
  const limited = await running(t, { ...at, transport: 'tcp', connections: 1, serve: echo });
  const first = await talk(limited.port, 'first');
  t.equal(first.text, 'first');
  t.not((await talk(limited.port, 'second')).how, 'data', 'the second is turned away');
  first.socket.destroy();

  const idle = await running(t, {
    ...at,
    transport: 'tcp',
    idleSeconds: 0.05,
    serve: () => new Promise(() => undefined),
  });
  t.not((await talk(idle.port, 'hello')).how, 'data');

  const failing = await running(t, { ...at, transport: 'tcp', serve: () => Promise.reject(new Error('a bug')) });
  t.not((await talk(failing.port, 'hello')).how, 'data');
  t.not((await talk(failing.port, 'hello')).how, 'data', 'and it listens on');
});

/** Sends datagrams and collects what comes back: so many, and what else comes within a moment. */
const datagrams = async (t: Test, port: number, said: readonly string[], expected: number): Promise<string[]> => {
  const socket = createSocket('udp4');
  const heard: string[] = [];
  socket.on('message', (datagram) => heard.push(datagram.toString('latin1')));
  for (const say of said) await new Promise((resolve) => socket.send(say, port, '127.0.0.1', resolve));
  await until(t, `${expected} answers`, () => heard.length >= expected);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return heard;
};

t.test(
  'udp: at most one answer a datagram, none to strangers, none beyond the limit, and it survives a bug',
  async (t) => {
    const serve = (datagram: Uint8Array): Uint8Array | null => {
      const text = Buffer.from(datagram).toString('latin1');
      if (text === 'bug') throw new Error('a bug');
      return text === 'quiet' ? null : datagram;
    };
    const open = await running(t, { ...at, transport: 'udp', serve });
    t.same(await datagrams(t, open.port, ['a', 'bug', 'quiet', 'b'], 2), ['a', 'b']);
    const closed = await running(t, { ...at, transport: 'udp', allow: () => false, serve });
    t.same(await datagrams(t, closed.port, ['a'], 0), []);
    // A clock that stands still: the limit of one second is never lifted.
    const still = { ...world, clock: { ...world.clock, monotonic: () => 7.5 } };
    const limited = await running(t, { ...at, world: still, transport: 'udp', answersPerSecond: 3, serve });
    t.same(await datagrams(t, limited.port, ['1', '2', '3', '4', '5'], 3), ['1', '2', '3']);
  },
);

t.test('what cannot be listened at is told, not thrown', async (t) => {
  for (const transport of ['tcp', 'udp'] as const) {
    const serve = transport === 'tcp' ? echo : () => null;
    const wanted = { ...at, transport, serve } as ListenTcp | ListenUdp;
    const { port } = await running(t, wanted);
    const busy = await listen({ ...wanted, port });
    t.match(busy, { ok: false, code: 'EADDRINUSE', message: `cannot listen at ${transport}/${port} on 127.0.0.1` });
    const foreign = await listen({ ...wanted, address: '192.0.2.1' });
    t.match(foreign, { ok: false, code: 'EADDRNOTAVAIL', message: /does not own/ });
  }
});
