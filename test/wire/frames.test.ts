import t from 'tap';
import { ByteQueue } from '../../wire/byte-queue.ts';
import { createMsturnFrameReader, encodeMsturnFrame, type MsturnFrame } from '../../wire/msturn-frame.ts';
import { createStunFrameReader } from '../../wire/stun-frame.ts';
import { ascii, fromHex, seeded, survivesHostileBytes, toHex } from './hostile.ts';
import { allocate, unauthorized } from './msturn-vectors.ts';
import { classicResponse, rfc5769 } from './stun-vectors.ts';

const join = (...parts: Uint8Array[]): Uint8Array => fromHex(parts.map(toHex).join(''));

t.test('an MSTURN frame around a message', async (t) => {
  t.equal(toHex(encodeMsturnFrame(allocate)), `02000024${toHex(allocate)}`);
  t.throws(() => encodeMsturnFrame(new Uint8Array(16_385)), /too long/);
});

t.test('MSTURN frames, cut at every offset', async (t) => {
  const stream = join(
    encodeMsturnFrame(unauthorized),
    fromHex('03000002abcd'),
    fromHex('02000000'),
    encodeMsturnFrame(allocate),
  );
  for (let cut = 0; cut <= stream.length; cut++) {
    const reader = createMsturnFrameReader();
    const frames: MsturnFrame[] = [];
    for (const part of [stream.subarray(0, cut), stream.subarray(cut)]) {
      const { frames: whole, bad } = reader.push(part);
      if (bad !== null) return t.fail(bad);
      frames.push(...whole);
    }
    const got = frames.map(({ type, payload }) => `${type} ${toHex(payload)}`);
    const expected = [`2 ${toHex(unauthorized)}`, '3 abcd', '2 ', `2 ${toHex(allocate)}`];
    if (got.join('|') !== expected.join('|')) return t.fail(`cut at ${cut}: ${got.join('|')}`);
  }
  return t.pass(`${stream.length} cuts`);
});

t.test('what is no MSTURN frame is said at the first byte that shows it, and stays', async (t) => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['TLS', fromHex('15'), /type 0x15/],
    ['HTTP', ascii('H'), /type 0x48/],
    ['multiplexed', fromHex('ff10'), /type 0xff/],
    ['reserved', fromHex('0201'), /second byte/],
    ['too long', fromHex('02004001'), /16385 bytes/],
  ];
  for (const [what, bytes, reason] of cases) {
    const reader = createMsturnFrameReader();
    t.match(reader.push(bytes), { frames: [], bad: reason }, what);
    t.match(reader.push(encodeMsturnFrame(allocate)), { frames: [], bad: reason });
  }
  const reader = createMsturnFrameReader();
  t.equal(
    reader.push(join(encodeMsturnFrame(allocate), fromHex('160301'))).frames.length,
    1,
    'whole frames before it count',
  );
});

t.test('STUN over TCP, cut at every offset', async (t) => {
  const stream = join(rfc5769.request, rfc5769.responseIpv6, rfc5769.responseIpv4);
  for (let cut = 0; cut <= stream.length; cut++) {
    const reader = createStunFrameReader();
    const messages = [stream.subarray(0, cut), stream.subarray(cut)].flatMap((part) => reader.push(part).messages);
    const got = messages.map(toHex).join('|');
    const expected = [rfc5769.request, rfc5769.responseIpv6, rfc5769.responseIpv4].map(toHex).join('|');
    if (got !== expected) return t.fail(`cut at ${cut}: ${got}`);
  }
  return t.pass(`${stream.length} cuts`);
});

t.test('what is no STUN stream', async (t) => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['HTTP', ascii('H'), /does not start like/],
    ['odd length', fromHex('00010001'), /multiple of four/],
    ['too long', fromHex('00010800'), /2048 bytes is announced/],
    ['no cookie', classicResponse, /cookie is missing/],
  ];
  for (const [what, bytes, reason] of cases) {
    const reader = createStunFrameReader();
    t.match(reader.push(bytes), { messages: [], bad: reason }, what);
    t.match(reader.push(rfc5769.request), { messages: [], bad: reason });
  }
  const undecided = createStunFrameReader().push(fromHex('00010000211200'));
  t.same(undecided, { messages: [], bad: null }, 'seven bytes are not decided yet');
});

t.test('the queue keeps order however it is fed', async (t) => {
  const random = seeded(3);
  const queue = new ByteQueue();
  let next = 0;
  let expected = 0;
  for (let i = 0; i < 20_000; i++) {
    queue.append(Uint8Array.from({ length: Math.floor(random() * 40) }, () => next++ & 0xff));
    for (const byte of queue.take(Math.floor(random() * 41))) {
      if (byte !== (expected++ & 0xff)) return t.fail(`round ${i}`);
    }
  }
  t.equal(queue.length, next - expected);
  queue.clear();
  t.equal(queue.take(5).length, 0);
  queue.append(Uint8Array.of(9));
  return t.same(queue.take(5), Uint8Array.of(9));
});

t.test('survive hostile bytes', async (t) => {
  const framed = [encodeMsturnFrame(allocate), encodeMsturnFrame(unauthorized)];
  survivesHostileBytes(
    t,
    (bytes) => createMsturnFrameReader().push(bytes),
    ({ frames }) => frames.length > 0,
    framed,
  );
  const messages = [rfc5769.request, rfc5769.responseIpv6];
  survivesHostileBytes(
    t,
    (bytes) => createStunFrameReader().push(bytes),
    (read) => read.messages.length > 0,
    messages,
  );
});
