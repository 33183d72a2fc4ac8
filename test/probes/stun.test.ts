import t from 'tap';
import { stun } from '../../probes/stun.ts';
import type { StunAnswer } from '../../probes/stun-exchange.ts';
import { makeRequest, readAnswer } from '../../probes/stun-exchange.ts';
import { answerFacts, type Heard } from '../../probes/stun-facts.ts';
import { systemWorld } from '../../probes/world.ts';
import { question } from './stun-scenes.ts';

const world = systemWorld(new AbortController().signal);

t.test('rows of STUN/MSTURN are asked, over both transports', async (t) => {
  const row = { protocol: 'STUN/MSTURN', security: 'none', transport: 'udp', range: false };
  t.ok(stun.asks(row));
  t.ok(stun.asks({ ...row, transport: 'tcp' }));
  t.notOk(stun.asks({ ...row, protocol: 'RTP' }));
  t.notOk(stun.asks({ ...row, range: true }));
});

t.test('what it costs over UDP: as many datagrams as the schedule of three dials sends', async (t) => {
  const cost = stun.cost(question('udp', 3478, 8), 0);
  t.equal(cost.least, 3);
  // 0, 0.5, 1.5, 3.5, 7.5 of 8 s; four of 5.33 s; three of 2.67 s; three dialects each.
  t.equal(cost.most, 3 * (5 + 4 + 3));
  t.equal(cost.states, 3);
  t.equal(cost.secondsMost, 8);
  const pinned = stun.cost(question('udp', 3478, 8, 50_000), 0);
  t.match(pinned, { most: 15, states: 1 });
});

t.test('what it costs over TCP', async (t) => {
  const cost = stun.cost(question('tcp', 443, 8), 0);
  t.equal(cost.least, 13);
  t.ok(cost.most >= cost.least);
  t.equal(cost.states, 3);
  t.equal(stun.cost(question('tcp', 443, 8, 50_000), 0).states, 1);
});

t.test('requests: what a real client sends, new every time', async (t) => {
  const allocate = makeRequest('msturn', 0, world);
  t.match(
    Buffer.from(allocate.bytes).toString('hex'),
    /^000300102112a442[0-9a-f]{24}000f000472c64bc68008000400000006$/,
    'the length, order and cookie that libnice sends, its id begun as real clients begin it',
  );
  t.strictSame(
    [0, 1, 2, 3].map((dial) => makeRequest('msturn', dial, world).clientVersion),
    [6, 1, 4, 6],
    'a server that is silent to one MS-Version gets another on the next dial',
  );
  const classic = makeRequest('rfc3489', 0, { ...world, random: (size) => new Uint8Array(size).fill(0x21) });
  t.match(Buffer.from(classic.bytes).toString('hex'), /^000100000021/, 'classic STUN never carries the cookie');
  const ids = ['msturn', 'rfc8489', 'rfc3489', 'msturn-pseudo-tls'].flatMap((dialect) =>
    [0, 1].map(() => Buffer.from(makeRequest(dialect as 'msturn', 0, world).bytes).toString('hex', 8, 20)),
  );
  t.equal(new Set(ids).size, ids.length);
});

t.test('the 401 of a real A/V Edge, as libnice accepts it', async (t) => {
  const transaction = '98ff77df700b2c4ba26420fdaeebdf9d';
  const request = { dialect: 'msturn' as const, clientVersion: 1, bytes: Buffer.from(`00030010${transaction}`, 'hex') };
  const challenge =
    `01130052${transaction}000f000472c64bc60009001000000401556e617574686f72697a6564` +
    '00140012223338393665383634383538383731613522001500087274636d65646961000e000800010d967f0000018008000400000004';
  const reading = readAnswer(Buffer.from(challenge, 'hex'), [request]);
  if (reading.kind !== 'answer') throw new Error(reading.message);
  const heard = [{ answer: reading.answer, dial: 0, roundTripSeconds: 0.0123456789, retransmissions: 0 }];
  t.strictSame(answerFacts(heard), {
    dialect: 'msturn',
    dialects: ['msturn'],
    errorCode: 401,
    realm: 'rtcmedia',
    alternateServer: '127.0.0.1:3478',
    serverVersion: 4,
    clientVersion: 1,
    roundTripSeconds: 0.012346,
  });
});

t.test('a TURN server that takes our Allocate for its own is no A/V Edge', async (t) => {
  const transaction = '2112a442700b2c4ba26420fdaeebdf9d';
  const request = { dialect: 'msturn' as const, clientVersion: 1, bytes: Buffer.from(`00030010${transaction}`, 'hex') };
  const coturn = `0113001c${transaction}000900100000040155 6e617574686f72697a656400140004 74657374`.replaceAll(' ', '');
  const reading = readAnswer(Buffer.from(coturn, 'hex'), [request]);
  t.match(reading, { kind: 'answer', answer: { dialect: 'turn', errorCode: 401, realm: 'test' } });
});

t.test('a mapped address that was rewritten on the way contradicts the disguised one', async (t) => {
  const plain = { address: '10.0.0.7', port: 1000 };
  const xor = { address: '198.51.100.7', port: 2000 };
  const silent = { software: null, errorCode: null, realm: null, alternateServer: null, serverVersion: null };
  const answer = (told: Partial<StunAnswer>): StunAnswer => ({
    ...{ dialect: 'rfc8489', mapped: null, xorMapped: null, clientVersion: null, flaws: [] },
    ...silent,
    ...told,
  });
  const heard = (told: Partial<StunAnswer>, dial = 0): Heard => ({
    ...{ answer: answer(told), dial, roundTripSeconds: 0.01, retransmissions: 0 },
  });
  const table: readonly [string, readonly Heard[], object][] = [
    ['one answer', [heard({ mapped: plain, xorMapped: xor })], { mappedAddress: '10.0.0.7', xorMappedPort: 2000 }],
    [
      'two dialects of one dial',
      [heard({ dialect: 'rfc3489', mapped: plain }), heard({ xorMapped: xor })],
      { dialect: 'rfc8489', mappedAddress: '10.0.0.7', xorMappedAddress: '198.51.100.7' },
    ],
  ];
  for (const [name, answers, facts] of table) t.match(answerFacts(answers), facts, name);
  const dials = answerFacts([heard({ xorMapped: xor }), heard({ dialect: 'rfc3489', mapped: plain }, 1)]);
  t.match(dials, { mappedAddress: '198.51.100.7', mappedPort: 2000 });
  t.notHas(dials, 'xorMappedAddress', 'another dial has another mapping: no contradiction');
  const agreeing = answerFacts([heard({ mapped: xor, xorMapped: xor })]);
  t.notHas(agreeing, 'xorMappedAddress');
});
