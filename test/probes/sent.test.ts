import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { probeNamed } from '../../probes/index.ts';
import type { Attempt } from '../../probes/observation.ts';
import type { ProbeOptions, Question } from '../../probes/probe.ts';
import { watched } from '../../probes/sent.ts';
import { identify, identifyDatagram } from '../../probes/transaction.ts';
import { ownLoopback } from '../loopback.ts';
import { until } from '../until.ts';
import { channelPair } from './pair.ts';
import { asking as sweeping, tcpQuestion } from './sweep-asking.ts';
import { askingWith, questionTo, rawPeer } from './tls-peers.ts';
import { udpQuestion } from './udp-asking.ts';

const secret = { username: 'edgeprobe', password: 'secret' };
const asking = askingWith({ credentials: () => secret });

const sentIn = (attempts: readonly Attempt[]): string[] => attempts.flatMap(({ sent = [] }) => sent);

/** What arrives over TCP at a peer that never says anything, read as the far end reads it. */
const overTcp = async (t: Test, probe: string, options: ProbeOptions): Promise<{ told: string[]; came: unknown[] }> => {
  const heads: Buffer[] = [];
  const peer = await rawPeer(t, (socket: Socket, nth) => {
    socket.on('data', (chunk) => {
      heads[nth] = Buffer.concat([heads[nth] ?? Buffer.alloc(0), chunk]);
    });
  });
  const { outcome, attempts } = await probeNamed(probe).run(questionTo(probe, peer.port, options, 0.6), asking);
  t.equal(outcome, 'open', `${probe}: nothing was answered`);
  await peer.allClosed();
  return { told: sentIn(attempts), came: heads.map((head) => identify(head)?.transaction) };
};

const overUdp = async (t: Test, probe: string, options: ProbeOptions): Promise<{ told: string[]; came: unknown[] }> => {
  const came = new Set<unknown>();
  const socket = createSocket('udp4');
  socket.on('message', (datagram) => came.add(identifyDatagram(datagram).transaction));
  await new Promise<void>((resolve) => socket.bind(0, ownLoopback, resolve));
  t.teardown(() => socket.close());
  const question: Question = { ...udpQuestion(socket.address().port, undefined, options), probe, deadlineSeconds: 0.6 };
  const { outcome, attempts } = await probeNamed(probe).run(question, asking);
  t.equal(outcome, 'filtered', `${probe}: nothing was answered`);
  const told = sentIn(attempts);
  if (told.length > 0) await until(t, 'all came', () => came.size >= told.length);
  return { told, came: [...came] };
};

t.test('what leaves is known by what the far end reads of it, also where nothing is answered', async (t) => {
  const proof = { proof: 'secret.txt' };
  const stream: readonly (readonly [string, ProbeOptions, number])[] = [
    ['tls', { servername: 'sip.contoso.com' }, 32],
    ['sip', { servername: 'sip.contoso.com', security: 'tls' }, 32],
    ['http', { ...proof, url: 'http://crl.contoso.com/lab.crl' }, 16],
    ['dns', { ...proof, query: 'contoso.com' }, 16],
    ['xmpp', { ...proof, from: 'a.example', to: 'b.example' }, 16],
    ['tcp', proof, 12],
  ];
  for (const [probe, options, size] of stream) {
    const { told, came } = await overTcp(t, probe, options);
    t.ok(told.length > 0, probe);
    t.same(told.toSorted(), came.toSorted(), `${probe}: the same at both ends`);
    t.equal(told[0]?.length, 2 * size, `${probe}: ${size} bytes`);
    t.equal(new Set(told).size, told.length, `${probe}: every request another`);
  }
  for (const [probe, options, most] of [
    ['stun', proof, 12],
    ['msturn', {}, 3],
    ['udp', {}, 3],
    ['dns', { ...proof, query: 'contoso.com' }, 3],
  ] as const) {
    const { told, came } = await overUdp(t, probe, options);
    t.same(told.toSorted(), came.toSorted(), `${probe} over UDP: the same at both ends`);
    t.ok(told.length >= 3 && told.length <= most, `${probe}: ${told.length} requests of three dials`);
  }
});

t.test('three dialects over TCP are three conversations, each with its id', async (t) => {
  const { told, came } = await overTcp(t, 'stun', {});
  t.equal(told.length, 3);
  t.same(told.toSorted(), came.toSorted());
});

t.test('what has no id of its own is not told', async (t) => {
  const { told } = await overUdp(t, 'dns', { query: 'contoso.com' });
  t.same(told, [], 'two bytes of a DNS id are nobody in particular');
  const [a] = channelPair('tcp', askingWith());
  const stream = watched(a);
  stream.channel.send(new TextEncoder().encode('+OK\r\n'));
  t.same(stream.sent(), []);
});

t.test('no conversation fills a report', async (t) => {
  const [a] = channelPair('udp', askingWith());
  const { channel, sent } = watched({ ...a, transport: 'udp', send: () => undefined });
  for (let n = 0; n < 100; n++) channel.send(Uint8Array.from([0, 1, 0, 0, ...new Uint8Array(16).fill(n)]));
  t.equal(sent().length, 8);
  const [b] = channelPair('tcp', askingWith());
  const split = watched({ ...b, send: () => undefined });
  split.channel.send(Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4));
  t.same(split.sent(), [], 'half a message');
  split.channel.send(Uint8Array.of(5, 6, 7, 8, 9, 10, 11, 12, 13));
  t.same(split.sent(), ['0102030405060708090a0b0c']);
  split.channel.send(Uint8Array.from([0, 1, 0, 0, ...new Uint8Array(16).fill(9)]));
  t.equal(split.sent().length, 1, 'only what is said first');
});

t.test('a sweep is known by what all its transaction ids begin with', async (t) => {
  const came: (string | null)[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (datagram) => came.push(identifyDatagram(datagram).transaction));
  await new Promise<void>((resolve) => socket.bind(0, ownLoopback, resolve));
  t.teardown(() => socket.close());
  const { port } = socket.address();
  const observe = () => probeNamed('udp').run(udpQuestion(port - 1, port), sweeping());
  const { facts } = await observe();
  const token = facts['transactionPrefix'];
  t.match(token, /^[0-9a-f]{12}$/);
  t.ok(came.length >= 2, 'dialled more than once');
  t.equal(new Set(came).size, came.length, 'every dial has an id of its own');
  t.ok(
    came.every((id) => id?.startsWith(String(token))),
    'and all begin alike',
  );
  t.not((await observe()).facts['transactionPrefix'], token, 'no two sweeps alike');
  const heads: Buffer[] = [];
  const peer = await rawPeer(t, (client) => client.on('data', (chunk) => heads.push(chunk)));
  const question = tcpQuestion(peer.port - 1, peer.port, { proof: 'secret.txt' });
  const proved = await probeNamed('tcp').run(
    { ...question, target: { ...question.target, address: ownLoopback } },
    { ...sweeping(), credentials: () => secret },
  );
  const prefix = String(proved.facts['transactionPrefix']);
  t.ok(heads.length > 0, 'the port that opened was asked for the proof');
  for (const head of heads) t.ok(identify(head)?.transaction?.startsWith(prefix), 'in the same way');
});
