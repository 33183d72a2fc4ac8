import { createSocket } from 'node:dgram';
import t from 'tap';
import { ask, dns } from '../../probes/dns.ts';
import type { ProbeOptions, Question } from '../../probes/probe.ts';
import { answerQuery } from '../../wire/dns.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { channelPair } from './pair.ts';
import { udpServer } from './stun-scenes.ts';
import { askingWith, questionTo, rawPeer } from './tls-peers.ts';

const options: ProbeOptions = { query: 'sip.contoso.com' };
const records = [{ name: 'sip.contoso.com', type: 'A', data: '192.0.2.7' }] as const;
const facts = { rcode: 'NOERROR', answers: ['A 192.0.2.7'], recursionAvailable: false, truncated: false };

const udpQuestion = (port: number, seconds = 5, sourcePort: number | null = null): Question => ({
  ...questionTo('dns', port, options, seconds),
  transport: 'udp',
  source: { address: ownLoopback, port: sourcePort },
});

t.test('ask and answer meet', async (t) => {
  const asking = askingWith();
  const until = asking.clock.monotonic() + 5;
  const [client, server] = channelPair('tcp', asking);
  const served = dns.answer?.(server, { records }, asking);
  const reply = await ask(client, options, until, asking);
  t.match(reply, { outcome: 'answered', failure: null, facts, steps: [{ step: 'dns' }] });
  await served;

  const [one, other] = channelPair('udp', asking);
  const answerDatagram = await dns.datagrams?.({ records });
  const answering = other.receive(until).then((received) => {
    const response = received.kind === 'bytes' ? answerDatagram?.(received.bytes, other.remote) : null;
    if (response) other.send(response);
  });
  t.match(await ask(one, options, until, asking), { outcome: 'answered', failure: null, facts });
  await answering;

  const over = askingWith({ signal: AbortSignal.abort() });
  const [nobody] = channelPair('udp', over);
  t.match(await ask(nobody, options, until, over), { outcome: 'unasked', failure: { code: 'aborted' } });
});

t.test('without a name the root is asked for, and service records where the name begins like theirs', async (t) => {
  const cases: readonly [ProbeOptions, RegExp][] = [
    [{}, /^....010000010000000000000000020001$/],
    [{ query: '_sip._tls.contoso.com' }, /045f736970.*00210001$/],
    [options, /00010001$/],
  ];
  for (const [given, pattern] of cases) {
    const server = await udpServer(t, (bytes) => [answerQuery(bytes) ?? bytes]);
    t.match(await dns.run({ ...udpQuestion(server.port), options: given }, askingWith()), { outcome: 'answered' });
    t.match(server.received[0]?.bytes.toString('hex'), pattern);
  }
});

t.test('over UDP', async (t) => {
  const server = await udpServer(t, (bytes) => [answerQuery(bytes, records) ?? bytes]);
  const seen = await dns.run(udpQuestion(server.port), askingWith());
  t.match(seen, { outcome: 'answered', failure: null, facts: { ...facts, requests: 1, retransmissions: 0 } });
  t.type(seen.facts['roundTripSeconds'], 'number');
  t.notOk('strayDatagrams' in seen.facts);
  t.strictSame(
    seen.attempts.map(({ sourcePort, outcome, requests }) => ({ sourcePort, outcome, requests })),
    [{ sourcePort: seen.source.port, outcome: 'answered', requests: 1 }],
  );
  t.match(seen.steps, [{ step: 'dns' }]);
});

t.test('over UDP a lost query is sent again, byte by byte the same', async (t) => {
  const server = await udpServer(t, (bytes, _, index) => (index === 1 ? [answerQuery(bytes, records) ?? bytes] : []));
  const seen = await dns.run(udpQuestion(server.port, 6), askingWith());
  t.match(seen, { outcome: 'answered', facts: { requests: 2, retransmissions: 1 } });
  t.equal(seen.attempts.length, 1);
  t.same(server.received[0]?.bytes, server.received[1]?.bytes);
});

t.test('over UDP silence is asked from three ports, each with an id of its own', async (t) => {
  const server = await udpServer(t, () => []);
  let slots = 0;
  const pace = (): number => {
    slots++;
    return 0;
  };
  const seen = await dns.run(udpQuestion(server.port, 0.6), askingWith({ pace }));
  t.match(seen, { outcome: 'filtered', failure: { code: 'timeout' }, facts: { requests: 3, retransmissions: 0 } });
  t.equal(new Set(seen.attempts.map(({ sourcePort }) => sourcePort)).size, 3);
  t.equal(new Set(server.received.map(({ bytes }) => bytes.readUInt16BE(0))).size, 3);
  t.equal(slots, 3, 'every dial takes a slot of the rate limit');
});

t.test('over UDP an answer to the first dial is heard while later ones ask', async (t) => {
  let answered = false;
  const server = await udpServer(t, (bytes) => {
    const [first] = server.received;
    // The third dial shows itself by its source port: the first may have repeated its query before.
    const dials = new Set(server.received.map(({ port }) => port)).size;
    if (dials === 3 && first && !answered) {
      answered = true;
      server.send(answerQuery(first.bytes, records) ?? bytes, first.port);
    }
    return [];
  });
  const seen = await dns.run(udpQuestion(server.port, 3), askingWith());
  t.equal(seen.outcome, 'answered');
  t.equal(seen.source.port, server.received[0]?.port, 'the report shows the source that was answered');
  t.equal(seen.attempts.length, 3);
});

t.test('over UDP, what is no answer is noted, and does not hide one', async (t) => {
  const strays: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
    'not-dns': () => Buffer.from('what?'),
    'wrong-id': (bytes) => {
      const response = Buffer.from(answerQuery(bytes) ?? bytes);
      response.writeUInt16BE(response.readUInt16BE(0) ^ 1, 0);
      return response;
    },
    'wrong-question': (bytes) => {
      const response = Buffer.from(answerQuery(bytes) ?? bytes);
      response[13] = 0x7a;
      return response;
    },
    echo: (bytes) => bytes,
  };
  for (const [code, stray] of Object.entries(strays)) {
    const server = await udpServer(t, (bytes) => [stray(bytes)]);
    const seen = await dns.run(udpQuestion(server.port, 0.6), askingWith());
    t.match(seen, { outcome: 'open', failure: { step: 'dns', code }, facts: { strayDatagrams: 3 } }, code);
    const late = await udpServer(t, (bytes) => [stray(bytes), answerQuery(bytes, records) ?? bytes]);
    t.match(
      await dns.run(udpQuestion(late.port), askingWith()),
      { outcome: 'answered', facts },
      `${code}, then an answer`,
    );
  }
  const flood = await udpServer(t, (bytes, _, index) =>
    index === 0 ? Array(10_000).fill(Buffer.alloc(100, 0x7e)) : [answerQuery(bytes, records) ?? bytes],
  );
  t.equal((await dns.run(udpQuestion(flood.port, 9), askingWith())).outcome, 'answered', 'asked again after a flood');
});

t.test('over UDP a refusal is asked about again, and is the answer if it stays', async (t) => {
  const port = await freePort('udp');
  const seen = await dns.run(udpQuestion(port, 30), askingWith());
  t.match(seen, { outcome: 'closed', failure: { step: 'dns', code: 'port-unreachable' } });
  t.strictSame(
    seen.attempts.map(({ outcome }) => outcome),
    ['closed', 'closed', 'closed'],
  );
  t.ok(seen.durationSeconds < 30, 'three refusals end the matter before the deadline');

  const fixed = await freePort('udp');
  const single = await dns.run(udpQuestion(port, 5, fixed), askingWith());
  t.strictSame(
    single.attempts.map(({ sourcePort, outcome }) => [sourcePort, outcome]),
    [[fixed, 'closed']],
    'a fixed source port is dialled once',
  );
});

t.test('over UDP an answer is taken after a refusal', async (t) => {
  const port = await freePort('udp');
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => socket.send(answerQuery(bytes) ?? bytes, from.port, from.address));
  // Every dial takes a slot; the server is there from the second on.
  let slots = 0;
  const pace = (): number => {
    slots++;
    if (slots === 2) socket.bind(port, ownLoopback);
    return 0;
  };
  const seen = await dns.run(udpQuestion(port, 30), askingWith({ pace }));
  socket.close();
  t.equal(seen.outcome, 'answered');
  t.equal(seen.attempts[0]?.outcome, 'closed');
});

t.test('what is our fault is not asked', async (t) => {
  const elsewhere = { ...udpQuestion(53), source: { address: '203.0.113.99', port: null } };
  const seen = await dns.run(elsewhere, askingWith());
  t.match(seen, { outcome: 'unasked', failure: { code: 'source-not-available' }, facts: { requests: 0 } });
  const server = await udpServer(t, () => []);
  const over = await dns.run(udpQuestion(server.port, 60), askingWith({ signal: AbortSignal.abort() }));
  t.match(over, { outcome: 'unasked', failure: { code: 'aborted' } });
  t.equal(server.received.length, 0, 'nothing was sent');
  const control = new AbortController();
  const running = dns.run(udpQuestion(server.port, 60), askingWith({ signal: control.signal }));
  while (server.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  control.abort();
  t.match(await running, { outcome: 'unasked', failure: { code: 'aborted' } });
});

t.test('what it costs', async (t) => {
  const cost = dns.cost(udpQuestion(53, 6), 0);
  t.strictSame(cost, { least: 1, most: 6 + 4 + 2, states: 3, secondsLeast: 0, secondsMost: 6 });
  t.equal(dns.cost(udpQuestion(53, 6, 5353), 0).most, 6);
  t.equal(dns.cost(questionTo('dns', 53, options, 6), 0).least, 5);
});

t.test('over TCP, in pieces, behind what is no answer', async (t) => {
  const peer = await rawPeer(t, (socket) => {
    socket.once('data', (query) => {
      const response = answerQuery(query.subarray(2), records) ?? query;
      const other = Buffer.from(response);
      other.writeUInt16BE(other.readUInt16BE(0) ^ 1, 0);
      const framed = [other, response].map((one) => Buffer.concat([Uint8Array.of(0, one.length), one]));
      const bytes = Buffer.concat(framed);
      let at = 0;
      const timer = setInterval(
        () => (at < bytes.length ? socket.write(bytes.subarray(at, ++at)) : clearInterval(timer)),
        1,
      );
      socket.once('close', () => clearInterval(timer));
    });
  });
  const seen = await dns.run(questionTo('dns', peer.port, options), askingWith());
  t.match(seen, { outcome: 'answered', failure: null, facts, attempts: [{ outcome: 'answered', requests: 1 }] });
  await peer.allClosed();
});
