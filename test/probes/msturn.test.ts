import t from 'tap';
import { probeNamed } from '../../probes/index.ts';
import { listen } from '../../probes/listen.ts';
import { msturn } from '../../probes/msturn.ts';
import { answerDatagram, answerStun } from '../../probes/stun-answer.ts';
import { systemWorld } from '../../probes/world.ts';
import { ownLoopback } from '../loopback.ts';
import { asking, fact, question, tcpServer, udpServer } from './stun-scenes.ts';

const world = systemWorld(new AbortController().signal);

const ask = (transport: 'tcp' | 'udp', port: number, seconds?: number) =>
  msturn.run({ ...question(transport, port, seconds), probe: 'msturn' }, asking());

t.test('it has a name, and no rows', async (t) => {
  t.equal(probeNamed('msturn'), msturn);
  const rows = [
    { protocol: 'STUN/MSTURN', security: 'none', transport: 'udp', range: false },
    { protocol: 'STUN/MSTURN', security: 'none', transport: 'tcp', range: false },
  ];
  for (const row of rows) t.equal(msturn.asks(row), false);
});

t.test('UDP: nothing but an Allocate is sent, and the challenge is read', async (t) => {
  const options = { realm: 'rtcmedia', msVersion: 4, alternateServer: { address: '203.0.113.30', port: 3478 } };
  const server = await udpServer(t, (bytes, from) => [answerDatagram(bytes, from, options) ?? Buffer.alloc(0)]);
  const seen = await ask('udp', server.port);
  t.match(seen, { probe: 'msturn', outcome: 'answered' });
  t.match(seen.facts, {
    dialect: 'msturn',
    dialects: ['msturn'],
    errorCode: 401,
    realm: 'rtcmedia',
    serverVersion: 4,
    clientVersion: 6,
    alternateServer: '203.0.113.30:3478',
    requests: 1,
  });
  t.match(server.received[0]?.bytes.toString('hex'), /^000300102112a442[0-9a-f]{24}000f000472c64bc68008000400000006$/);
  t.equal(server.received.length, 1);
});

t.test('UDP: a plain STUN server is silent to it', async (t) => {
  const server = await udpServer(t, (bytes, from) => {
    const answer = bytes[1] === 1 ? answerDatagram(bytes, from) : null;
    return answer ? [answer] : [];
  });
  const seen = await ask('udp', server.port, 0.6);
  t.equal(seen.outcome, 'filtered');
});

t.test('TCP: behind the hello that looks like TLS, and without it on a second connection', async (t) => {
  const firsts: number[] = [];
  const listening = await listen({
    transport: 'tcp',
    address: ownLoopback,
    port: 0,
    allow: () => true,
    world,
    serve: (channel) => {
      const receive = async (until: number) => {
        const received = await channel.receive(until);
        if (received.kind === 'bytes') firsts.push(received.bytes[0] ?? 0);
        return received;
      };
      return answerStun({ ...channel, receive }, {}, world);
    },
  });
  if (!listening.ok) throw new Error(listening.message);
  t.teardown(() => listening.close());
  const seen = await ask('tcp', listening.port);
  t.equal(fact(seen, 'dialect'), 'msturn-pseudo-tls');
  t.strictSame(fact(seen, 'dialects'), ['msturn-pseudo-tls', 'msturn']);
  t.strictSame([...new Set(firsts)].sort(), [2, 22], 'a control frame and a TLS record');
});

t.test('TCP: a real TLS server is named as such', async (t) => {
  const port = await tcpServer(t, (socket) => socket.end(Buffer.from('15030100020228', 'hex')));
  const seen = await ask('tcp', port, 1);
  t.match(seen, { outcome: 'open', failure: { code: 'tls-server' }, facts: { tlsServer: true } });
});

t.test('it costs less than asking every dialect', async (t) => {
  const stun = probeNamed('stun');
  for (const transport of ['udp', 'tcp'] as const) {
    const mine = msturn.cost(question(transport, 3478), 0);
    const all = stun.cost(question(transport, 3478), 0);
    t.ok(mine.least < all.least && mine.least > 0, `${mine.least} of ${all.least} packets`);
  }
});

t.test('its other half', async (t) => {
  const answer = await msturn.datagrams?.({});
  t.type(answer, 'function');
  t.equal(answer?.(Buffer.from('nonsense'), { address: ownLoopback, port: 1 }), null);
});
