import t from 'tap';
import { answerDatagram } from '../../probes/stun-answer.ts';
import { encodeAllocateError } from '../../wire/msturn.ts';
import { decodeMsturnLogOn } from '../../wire/turn-allocated.ts';
import { client, credential, letsIn, logOnTo, relayed } from './turn-scenes.ts';

const answer = (bytes: Uint8Array): Uint8Array[] => {
  const found = answerDatagram(bytes, client, letsIn);
  return found ? [found] : [];
};

const error = (bytes: Uint8Array, code: number, nonce: string): Uint8Array =>
  encodeAllocateError({ transactionId: bytes.slice(4, 20), code, reason: '', nonce, realm: 'rtcmedia' });

const lifetimes = (heard: readonly Uint8Array[]): (number | null | undefined)[] =>
  heard.map((bytes) => decodeMsturnLogOn(bytes)?.lifetime);

t.test('MSTURN: asking and answering halves meet, and nothing stays allocated', async (t) => {
  const { session, heard } = await logOnTo('msturn', answer);
  t.match(session, { authenticated: true, failure: null, released: true });
  t.match(session.response, { relayed, mapped: client, lifetime: 600 });
  t.strictSame(lifetimes(heard), [undefined, null, 0], 'Allocate, with credentials, refresh to zero');
  const last = Buffer.from(heard[2] ?? []).toString('hex');
  t.match(last, /80500018[0-9a-f]{40}00000001/, 'with the next sequence number');
});

t.test('a wrong password and an unknown user are refused, and there is nothing to give back', async (t) => {
  for (const [wrong, code] of [
    [{ ...credential, password: 'Secret' }, 431],
    [{ ...credential, username: 'edge_probe' }, 436],
  ] as const) {
    const { session, heard } = await logOnTo('msturn', answer, { credential: wrong });
    t.match(session, {
      authenticated: false,
      failure: { code: 'refused' },
      response: { errorCode: code },
      released: null,
    });
    t.equal(heard.length, 2, 'asked once');
  }
});

t.test('a credential in base64 is taken for what it encodes first, as it stands afterwards', async (t) => {
  const coded = {
    username: Buffer.from('edge-probe').toString('base64'),
    password: Buffer.from('secret').toString('base64'),
  };
  const first = await logOnTo('msturn', answer, { credential: coded });
  t.match(first.session, { authenticated: true });
  t.equal(first.heard.length, 3);
  // "edgeprob" and "password" are text that only looks like base64.
  const looks = { username: 'edgeprob', password: 'password' };
  const lets = { ...letsIn, turn: { credential: looks, relayed } };
  const respond = (bytes: Uint8Array): Uint8Array[] => [answerDatagram(bytes, client, lets) ?? new Uint8Array(0)];
  const second = await logOnTo('msturn', respond, { credential: looks });
  t.match(second.session, { authenticated: true, released: true });
  t.equal(second.heard.length, 4, 'one refusal between');
});

t.test('a stale nonce is followed by the fresh one', async (t) => {
  for (const code of [438, 430]) {
    const { session, heard } = await logOnTo('msturn', (bytes, index) =>
      index === 1 ? [error(bytes, code, 'fresh')] : answer(bytes),
    );
    t.match(session, { authenticated: true, released: true });
    t.strictSame(
      Buffer.from(decodeMsturnLogOn(heard[2] ?? heard[0] ?? new Uint8Array(0))?.nonce ?? []).toString(),
      'fresh',
    );
  }
});

t.test('a nonce that is stale for ever ends the logon', async (t) => {
  const { session, heard } = await logOnTo('msturn', (bytes, index) =>
    index === 0 ? answer(bytes) : [error(bytes, 438, `nonce ${index}`)],
  );
  t.match(session, { authenticated: null, failure: { code: 'refused' }, response: { errorCode: 438 } });
  t.equal(heard.length, 4, 'the challenge, and three times the credential');
});

t.test('a nonce that goes stale before the release is followed once', async (t) => {
  const { session, heard } = await logOnTo('msturn', (bytes, index) =>
    index === 2 ? [error(bytes, 438, 'fresh')] : answer(bytes),
  );
  t.match(session, { authenticated: true, released: true });
  t.strictSame(lifetimes(heard), [undefined, null, 0, 0]);
  const stuck = await logOnTo('msturn', (bytes, index) => (index >= 2 ? [error(bytes, 438, 'again')] : answer(bytes)));
  t.match(stuck.session, { authenticated: true, released: false });
  t.equal(stuck.heard.length, 4, 'and not for ever');
});

t.test('an alternate server is told and not dialled', async (t) => {
  const alternateServer = { address: '198.51.100.99', port: 3478 };
  const { session, heard } = await logOnTo('msturn', (bytes) => [
    encodeAllocateError({
      transactionId: bytes.slice(4, 20),
      code: 300,
      reason: 'Try Alternate',
      nonce: 'n',
      realm: 'r',
      alternateServer,
    }),
  ]);
  t.match(session, {
    authenticated: null,
    failure: { code: 'refused' },
    response: { errorCode: 300, alternateServer },
  });
  t.equal(heard.length, 1);
});

t.test('a lost request is repeated', async (t) => {
  const { session, heard } = await logOnTo('msturn', (bytes, index) =>
    index === 0 || index === 2 ? [] : answer(bytes),
  );
  t.match(session, { authenticated: true, released: true });
  t.equal(Buffer.compare(heard[0] ?? new Uint8Array(0), heard[1] ?? new Uint8Array(1)), 0, 'byte for byte');
  t.equal(heard.length, 5);
});
