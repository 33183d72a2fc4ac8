import t from 'tap';
import { stun } from '../../probes/stun.ts';
import { answerDatagram } from '../../probes/stun-answer.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { ask, asking, fact, question, type UdpServer, udpServer } from './stun-scenes.ts';

const type = (bytes: Uint8Array): number => (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
const hasCookie = (bytes: Uint8Array): boolean => Buffer.from(bytes).toString('hex', 4, 8) === '2112a442';

type Speaks = (bytes: Uint8Array) => boolean;
const speaks: Readonly<Record<'rfc8489' | 'rfc3489' | 'msturn', Speaks>> = {
  rfc8489: (bytes) => type(bytes) === 1 && hasCookie(bytes),
  rfc3489: (bytes) => type(bytes) === 1 && !hasCookie(bytes),
  msturn: (bytes) => type(bytes) === 3,
};

const answer = (bytes: Uint8Array, from: { address: string; port: number }): Uint8Array[] => {
  const reply = answerDatagram(bytes, from, { realm: 'rtcmedia', msVersion: 4 });
  return reply ? [reply] : [];
};

t.test('a server that speaks one dialect only is answered in that', async (t) => {
  for (const [dialect, speaksIt] of Object.entries(speaks)) {
    const server = await udpServer(t, (bytes, from) => (speaksIt(bytes) ? answer(bytes, from) : []));
    const seen = await ask('udp', server.port);
    t.equal(seen.outcome, 'answered', dialect);
    t.equal(seen.failure, null);
    t.equal(fact(seen, 'dialect'), dialect);
    t.strictSame(fact(seen, 'dialects'), [dialect]);
    t.equal(fact(seen, 'requests'), server.received.length, 'every datagram is counted');
    t.type(fact(seen, 'roundTripSeconds'), 'number');
    t.equal(seen.attempts.length, 1, 'no dial more than was needed');
    t.equal(seen.source.port, server.received[0]?.port, 'the source is the one the server saw');
    t.match(seen.steps, [{ step: 'stun' }]);
    if (dialect === 'msturn') {
      t.match(seen.facts, { realm: 'rtcmedia', serverVersion: 4, clientVersion: 6, errorCode: 401 });
      t.notHas(seen.facts, 'mappedAddress', 'a challenge tells no mapping');
    } else {
      t.match(seen.facts, { mappedAddress: ownLoopback, mappedPort: seen.source.port });
    }
  }
});

t.test('a server that speaks all dialects: all are told, MSTURN is the one that counts', async (t) => {
  const server = await udpServer(t, answer);
  const seen = await ask('udp', server.port);
  t.equal(fact(seen, 'dialect'), 'msturn');
  t.strictSame(fact(seen, 'dialects'), ['msturn', 'rfc8489', 'rfc3489']);
  t.match(seen.facts, { mappedAddress: ownLoopback, mappedPort: seen.source.port });
  t.notHas(seen.facts, 'xorMappedAddress');
});

t.test('lost requests are repeated byte by byte', async (t) => {
  for (const lostRounds of [1, 2]) {
    const server = await udpServer(t, (bytes, from, index) => (index < 3 * lostRounds ? [] : answer(bytes, from)));
    const seen = await ask('udp', server.port);
    t.equal(seen.outcome, 'answered');
    // A machine under load may repeat once more than was lost; stun-datagrams.test.ts has the exact schedule.
    t.ok(Number(fact(seen, 'retransmissions')) >= lostRounds);
    t.ok(Number(fact(seen, 'requests')) >= 3 * (lostRounds + 1));
    t.equal(seen.attempts.length, 1);
    const first = server.received.slice(0, 3).map(({ bytes }) => bytes.toString('hex'));
    const repeated = server.received.slice(3, 6).map(({ bytes }) => bytes.toString('hex'));
    t.strictSame(repeated, first);
  }
});

t.test('three dials, each with a source port and transaction ids of its own', async (t) => {
  const server = await udpServer(t, () => []);
  const seen = await ask('udp', server.port, 1.5);
  t.equal(seen.outcome, 'filtered');
  t.match(seen.failure, { step: 'stun', code: 'timeout' });
  t.equal(seen.attempts.length, 3);
  const heardFrom = new Set(server.received.map(({ port }) => port));
  t.strictSame(
    [...heardFrom],
    seen.attempts.map(({ sourcePort }) => sourcePort),
  );
  t.equal(heardFrom.size, 3);
  const ids = [...heardFrom].map(
    (port) =>
      new Set(server.received.filter((one) => one.port === port).map(({ bytes }) => bytes.toString('hex', 4, 20))),
  );
  t.strictSame(
    ids.map(({ size }) => size),
    [3, 3, 3],
  );
  t.equal(new Set(ids.flatMap((dial) => [...dial])).size, 9, 'no id is used on two dials');
  t.equal(fact(seen, 'requests'), server.received.length, 'every datagram is counted');
  t.ok(seen.durationSeconds >= 1.4, 'silence is accepted at the deadline, not before');
});

t.test('a late answer to the first dial counts while the second is under way', async (t) => {
  const server: UdpServer = await udpServer(t, (_, from) => {
    const [first] = server.received;
    if (!first || first.port === from.port) return [];
    for (const late of answer(first.bytes, { address: ownLoopback, port: first.port })) server.send(late, first.port);
    return [];
  });
  const seen = await ask('udp', server.port, 3);
  t.equal(seen.outcome, 'answered');
  t.equal(seen.source.port, server.received[0]?.port, 'the source is that of the answered dial');
  t.strictSame(
    seen.attempts.map(({ outcome }) => outcome),
    ['filtered', 'answered'],
    'the answered dial ended last',
  );
});

t.test('what matches nothing shows that somebody is there, and a better answer is waited for', async (t) => {
  const garbage = Buffer.from('ffeeddccbbaa', 'hex');
  const otherId = (bytes: Uint8Array): Uint8Array => {
    const changed = Buffer.from(bytes);
    changed[0] = 0x01;
    changed.fill(0x55, 8, 20);
    return changed;
  };
  const truncated = (bytes: Uint8Array, from: { address: string; port: number }): Uint8Array[] =>
    answer(bytes, from).map((reply) => reply.subarray(0, 22));
  const strays: Readonly<Record<string, (bytes: Uint8Array, from: { address: string; port: number }) => Uint8Array[]>> =
    {
      'not-stun': () => [garbage],
      'wrong-transaction': (bytes) => [otherId(bytes)],
      'malformed-answer': truncated,
      echo: (bytes) => [bytes],
    };
  for (const [code, stray] of Object.entries(strays)) {
    const server = await udpServer(t, stray);
    const seen = await ask('udp', server.port, 0.6);
    t.equal(seen.outcome, 'open', code);
    t.equal(seen.failure?.code, code);
    t.ok(Number(fact(seen, 'strayDatagrams')) >= 3);

    const late = await udpServer(t, (bytes, from) => [...stray(bytes, from), ...answer(bytes, from)]);
    t.equal((await ask('udp', late.port)).outcome, 'answered', `${code}, then an answer`);
  }
});

t.test('an empty datagram is no answer', async (t) => {
  const server = await udpServer(t, () => [new Uint8Array(0)]);
  t.equal((await ask('udp', server.port, 0.6)).outcome, 'open');
});

t.test('a flood of 10,000 datagrams neither ends nor hides anything', async (t) => {
  const noise = Buffer.alloc(100, 0x7e);
  const server = await udpServer(t, (_, __, index) => (index === 0 ? Array(10_000).fill(noise) : []));
  const seen = await ask('udp', server.port, 1.5);
  t.equal(seen.outcome, 'open');
  t.ok(Number(fact(seen, 'strayDatagrams')) <= 10_000);
  // The answer is behind the noise: what the kernel dropped is asked for again.
  const kind = await udpServer(t, (bytes, from, index) =>
    index === 0 ? Array(10_000).fill(noise) : answer(bytes, from),
  );
  t.equal((await ask('udp', kind.port)).outcome, 'answered');
});

t.test('a refusal is asked about again, and is the answer if it stays', async (t) => {
  const port = await freePort('udp');
  const seen = await ask('udp', port, 30);
  t.equal(seen.outcome, 'closed');
  t.match(seen.failure, { step: 'stun', code: 'port-unreachable' });
  t.strictSame(
    seen.attempts.map(({ outcome }) => outcome),
    ['closed', 'closed', 'closed'],
  );
  t.ok(seen.durationSeconds < 30, 'three refusals end the matter before the deadline');
});

t.test('a fixed source port is dialled once', async (t) => {
  const server = await udpServer(t, () => []);
  const sourcePort = await freePort('udp');
  const seen = await stun.run(question('udp', server.port, 0.6, sourcePort), asking());
  t.equal(seen.outcome, 'filtered');
  t.strictSame(
    seen.attempts.map((attempt) => attempt.sourcePort),
    [sourcePort],
  );
  t.strictSame(seen.source, { address: ownLoopback, port: sourcePort });
});

t.test('a source address that is not ours is no fault of the peer', async (t) => {
  const elsewhere = { ...question('udp', 9), source: { address: '203.0.113.99', port: null } };
  const seen = await stun.run(elsewhere, asking());
  t.equal(seen.outcome, 'unasked');
  t.match(seen.failure, { code: 'source-not-available' });
  t.equal(fact(seen, 'requests'), 0);
});

t.test('an abort ends it at once, before and while it runs', async (t) => {
  const server = await udpServer(t, () => []);
  const before = await ask('udp', server.port, 60, AbortSignal.abort());
  t.equal(before.outcome, 'unasked');
  t.match(before.failure, { code: 'aborted' });
  t.equal(server.received.length, 0, 'nothing was sent');
  const control = new AbortController();
  const running = ask('udp', server.port, 60, control.signal);
  while (server.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  control.abort();
  const seen = await running;
  t.equal(seen.outcome, 'unasked');
  t.match(seen.failure, { code: 'aborted' });
  t.ok(seen.durationSeconds < 60);
});

t.test('every dial takes a slot of the rate limit', async (t) => {
  const server = await udpServer(t, () => []);
  let slots = 0;
  const paced = {
    ...asking(),
    pace: () => {
      slots++;
      return 0;
    },
  };
  await stun.run(question('udp', server.port, 0.6), paced);
  t.equal(slots, 3);
});
