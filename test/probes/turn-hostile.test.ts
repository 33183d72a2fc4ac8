import t from 'tap';
import { answerDatagram } from '../../probes/stun-answer.ts';
import { encodeAllocateError } from '../../wire/msturn.ts';
import { decodeMsturnLogOn } from '../../wire/turn-allocated.ts';
import { client, credential, letsIn, logOnTo } from './turn-scenes.ts';

const answer = (bytes: Uint8Array): Uint8Array => answerDatagram(bytes, client, letsIn) ?? new Uint8Array(0);

const challenge = (bytes: Uint8Array, nonce: string, realm = 'rtcmedia'): Uint8Array =>
  encodeAllocateError({ transactionId: bytes.slice(4, 20), nonce, realm });

/** Answers the challenge as it should be, and the rest with what `bend` makes of the right answer. */
const bent =
  (bend: (right: Uint8Array) => readonly Uint8Array[]) =>
  (bytes: Uint8Array, index: number): readonly Uint8Array[] =>
    index === 0 ? [answer(bytes)] : bend(answer(bytes));

const releases = (heard: readonly Uint8Array[]): number =>
  heard.filter((bytes) => decodeMsturnLogOn(bytes)?.lifetime === 0).length;

t.test('a success that is not signed by our credential is not believed, and given back all the same', async (t) => {
  const flip = (right: Uint8Array): Uint8Array[] => {
    const wrong = Uint8Array.from(right);
    wrong[wrong.length - 1] = (wrong[wrong.length - 1] ?? 0) ^ 1;
    return [wrong];
  };
  const { session, heard } = await logOnTo('msturn', bent(flip), { seconds: 4 });
  t.match(session, { authenticated: null, failure: { code: 'wrong-integrity' }, response: null, released: false });
  t.ok(releases(heard) >= 1, 'the refresh to zero was sent');
});

t.test('the right answer after a forged one counts', async (t) => {
  const { session } = await logOnTo('msturn', (bytes, index) => {
    const right = answer(bytes);
    const forged = Uint8Array.from(right);
    forged[30] = (forged[30] ?? 0) ^ 0xff;
    return index === 0 ? [right] : [forged, right];
  });
  t.match(session, { authenticated: true, released: true });
});

t.test('truncated, bit-flipped, and of another transaction: none is an answer', async (t) => {
  for (const [name, bend, code] of [
    ['truncated', (right: Uint8Array) => [right.subarray(0, right.length - 9)], 'malformed-answer'],
    ['cut to the header', (right: Uint8Array) => [right.subarray(0, 20)], 'malformed-answer'],
    [
      'of another transaction',
      (right: Uint8Array) => [right.map((byte, at) => (at === 19 ? byte ^ 1 : byte))],
      'timeout',
    ],
    ['bit-flipped', (right: Uint8Array) => [right.map((byte, at) => (at === 33 ? byte ^ 4 : byte))], 'wrong-integrity'],
    ['empty', () => [new Uint8Array(0)], 'timeout'],
  ] as const) {
    const { session } = await logOnTo('msturn', bent(bend), { seconds: 4 });
    t.match(session, { authenticated: null, failure: { code }, response: null, released: false }, name);
  }
});

t.test('a challenge of unusable size', async (t) => {
  const long = await logOnTo('msturn', (bytes) => [challenge(bytes, 'n'.repeat(1500))]);
  t.match(long.session, { authenticated: null, failure: { code: 'challenge-unusable' }, released: null });
  t.equal(long.heard.length, 1, 'nothing more is sent');
  const realm = await logOnTo('msturn', (bytes) => [challenge(bytes, 'n', 'r'.repeat(764))]);
  t.match(realm.session, { failure: { code: 'challenge-unusable' } });
  const huge = await logOnTo('msturn', (bytes) => [challenge(bytes, 'n'.repeat(10_240))], { seconds: 4 });
  t.match(huge.session, {
    authenticated: null,
    failure: { code: 'malformed-answer', message: /more than a STUN message/ },
  });
  const most = await logOnTo('msturn', (bytes, index) =>
    index === 0 ? [challenge(bytes, 'n'.repeat(763))] : [answer(bytes)],
  );
  t.match(most.session, { authenticated: true, released: true }, 'the longest that is allowed');
});

t.test('an answer of the other dialect is none of ours', async (t) => {
  const turn = (bytes: Uint8Array): Uint8Array[] => {
    const right = challenge(bytes, 'n');
    return [
      Uint8Array.from([...right.subarray(0, 2), 0, right.length - 28, ...right.subarray(4, 20), ...right.subarray(28)]),
    ];
  };
  const { session } = await logOnTo('msturn', turn, { seconds: 4 });
  t.match(session, { failure: { code: 'wrong-dialect' }, response: null });
});

t.test('an endless flood ends with the deadline', async (t) => {
  const noise = (right: Uint8Array): Uint8Array[] =>
    Array.from({ length: 500 }, () => right.map((byte, at) => (at > 3 ? 7 : byte)));
  const { session } = await logOnTo('msturn', bent(noise), { seconds: 4 });
  t.match(session, { failure: { code: 'timeout' } });
});

t.test('an abort between request and answer: the refresh to zero is sent, and nobody waits', async (t) => {
  const control = new AbortController();
  const { session, heard } = await logOnTo(
    'msturn',
    (bytes, index) => {
      if (index === 0) return [answer(bytes)];
      control.abort();
      return [];
    },
    { signal: control.signal },
  );
  t.match(session, { authenticated: null, released: false });
  t.equal(releases(heard), 1);
});

t.test('an abort after the allocation', async (t) => {
  const control = new AbortController();
  const { session, heard } = await logOnTo(
    'msturn',
    (bytes, index) => {
      if (index === 2) control.abort();
      return index === 2 ? [] : [answer(bytes)];
    },
    { signal: control.signal },
  );
  t.match(session, { authenticated: true, released: false });
  t.ok(releases(heard) >= 1);
});

t.test('a relay for everybody is given back, too', async (t) => {
  const open = Buffer.from('010300082112a442', 'hex');
  const lifetime = Buffer.from('000d000400000258', 'hex');
  const { session, heard } = await logOnTo(
    'turn',
    (bytes) => [
      bytes[1] === 3
        ? Buffer.concat([open, bytes.subarray(8, 20), lifetime])
        : Buffer.concat([Buffer.from('01040000', 'hex'), bytes.subarray(4, 20)]),
    ],
    { credential },
  );
  t.match(session, { authenticated: null, failure: { code: 'open-relay' }, released: true });
  t.match(Buffer.from(heard[1] ?? []).toString('hex'), /^0004.*000d000400000000/);
});
