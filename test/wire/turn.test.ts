import t from 'tap';
import { verifyMessageIntegrity } from '../../wire/stun-integrity.ts';
import { decodeMsturnLogOn, encodeMsturnAllocated } from '../../wire/turn-allocated.ts';
import { longTermKey } from '../../wire/turn-key.ts';
import {
  encodeFirstAllocate,
  encodeMsturnLogOn,
  encodeTurnAllocate,
  encodeTurnRefresh,
} from '../../wire/turn-request.ts';
import { decodeTurnResponse, verifyTurnIntegrity } from '../../wire/turn-response.ts';
import { ascii, fromHex, survivesHostileBytes, toHex } from './hostile.ts';
import { allocate, allocated, authenticated, unauthorized } from './msturn-vectors.ts';

const realm = ascii('rtcmedia');
const nonce = ascii('"3896e864858871a5"');
const username = ascii('edgeprobe');
const key = longTermKey(username, realm, ascii('secret'));
const logOn = { realm, nonce, username, key };
const transactionId = fromHex('25499e93ee2968278462134e3c83d4c2');
const connectionId = fromHex('52b1cf25ae90f5e4d6c9f117a90515f748a4d9f1');

/** coturn 4.6.1 to user u, realm lab.test, password p: relays at 127.0.0.1:50039, sees us as 127.0.0.1:54529. */
const coturnKey = longTermKey(ascii('u'), ascii('lab.test'), ascii('p'));
const coturnSuccess = fromHex(`
  010300502112a442626262626262626262626262001600080001e2655e12a443002000080001f4135e12a443000d000400000258802200144
  36f7475726e2d342e362e312027476f727374270008001452daf85392d1b4063a5db1d155ac23d05e665a9a
`);
/** Its answer to Refresh with lifetime 0. */
const coturnReleased = fromHex(`
  010400382112a442636363636363636363636363000d00040000000080220014436f7475726e2d342e362e312027476f72737427000800143
  4c35c89270cbbdb2ff0a9f692312b14f3665962
`);

t.test('MSTURN: the authenticated Allocate is that of libnice, byte for byte', async (t) => {
  t.equal(toHex(encodeMsturnLogOn({ transactionId, logOn })), toHex(authenticated));
  t.equal(toHex(encodeFirstAllocate('msturn', allocate.slice(4, 20))), toHex(allocate));
  t.match(decodeMsturnLogOn(authenticated), { transactionId, username, realm, nonce, lifetime: null });
});

t.test('MSTURN: a refresh to zero is an Allocate with Lifetime 0 and the sequence number', async (t) => {
  const bytes = encodeMsturnLogOn({ transactionId, logOn, lifetime: 0, sequence: { connectionId, number: 1 } });
  t.match(toHex(bytes), /^0003/);
  t.match(toHex(bytes), /000f000472c64bc68008000400000001000d0004000000008050001852b1cf25[0-9a-f]{32}00000001/);
  t.match(decodeMsturnLogOn(bytes), { lifetime: 0 });
  t.strictSame(verifyTurnIntegrity(bytes, key), { ok: true });
});

t.test('MSTURN: a success that libnice took', async (t) => {
  t.strictSame(decodeTurnResponse(allocated), {
    ok: true,
    response: {
      dialect: 'msturn',
      success: true,
      errorCode: null,
      realm: null,
      nonce: null,
      alternateServer: null,
      relayed: { address: '127.0.0.1', port: 50123 },
      mapped: { address: '127.0.0.1', port: 54395 },
      lifetime: 600,
      sequence: { connectionId, number: 0 },
    },
  });
  t.strictSame(verifyTurnIntegrity(allocated, key), { ok: true });
  const again = encodeMsturnAllocated({
    transactionId,
    relayed: { address: '127.0.0.1', port: 50123 },
    mapped: { address: '127.0.0.1', port: 54395 },
    lifetime: 600,
    msVersion: 4,
    sequence: { connectionId, number: 0 },
    key,
  });
  t.equal(toHex(again), toHex(allocated), 'and ours is the same');
});

t.test('IPv6: the whole transaction id masks the address', async (t) => {
  const mapped = { address: '2001:db8::7', port: 0x1234 };
  const relayed = { address: '2001:db8::30', port: 50_123 };
  const sequence = { connectionId, number: 0 };
  const bytes = encodeMsturnAllocated({ transactionId, relayed, mapped, lifetime: 600, msVersion: 4, sequence, key });
  // 1234 ^ 2549, then 2001:0db8:0:0:0:0:0:7 ^ the transaction id.
  t.match(toHex(bytes), /802000140002377d0548932bee2968278462134e3c83d4c5/);
  t.match(decodeTurnResponse(bytes), { ok: true, response: { relayed, mapped } });
});

t.test('MSTURN: the challenge, as bytes to be sent back', async (t) => {
  const alternateServer = { address: '127.0.0.1', port: 3478 };
  const decoded = decodeTurnResponse(unauthorized);
  t.match(decoded, { ok: true, response: { success: false, errorCode: 401, alternateServer, relayed: null } });
  if (decoded.ok) t.strictSame([decoded.response.realm, decoded.response.nonce], [realm, nonce]);
});

t.test('RFC 8656: Allocate and Refresh', async (t) => {
  const id = fromHex('2112a442000102030405060708090a0b');
  const first = encodeFirstAllocate('turn', id);
  t.equal(
    toHex(first),
    toHex(
      fromHex('0003 0018 2112a442 000102030405060708090a0b 8022 0009 6564676570726f6265 000000 0019 0004 11000000'),
    ),
  );
  const second = encodeTurnAllocate({ transactionId: id, logOn });
  t.strictSame(verifyMessageIntegrity(second, key), { ok: true });
  t.match(toHex(second), /0006000965646765[0-9a-f]{10}000000/, 'USERNAME, padded');
  t.match(toHex(second), /0014000872746[0-9a-f]{11}00150012/, 'REALM and NONCE in the numbers of the RFC');
  const refresh = encodeTurnRefresh({ transactionId: id, logOn, lifetime: 0 });
  t.match(toHex(refresh), /^0004.*000d000400000000/);
  t.strictSame(verifyMessageIntegrity(refresh, key), { ok: true });
  t.throws(() => encodeTurnAllocate({ transactionId: id.slice(4), logOn }), /16 bytes/);
});

t.test('RFC 8656: a success of coturn 4.6.1', async (t) => {
  const decoded = decodeTurnResponse(coturnSuccess);
  t.match(decoded, {
    ok: true,
    response: {
      dialect: 'turn',
      success: true,
      relayed: { address: '127.0.0.1', port: 50039 },
      mapped: { address: '127.0.0.1', port: 54529 },
      lifetime: 600,
      sequence: null,
    },
  });
  t.match(decodeTurnResponse(coturnReleased), { ok: true, response: { success: true, lifetime: 0, relayed: null } });
  for (const bytes of [coturnSuccess, coturnReleased])
    t.strictSame(verifyTurnIntegrity(bytes, coturnKey), { ok: true });
  t.match(verifyTurnIntegrity(coturnSuccess, key), { ok: false }, 'not with another key');
});

t.test('what is no answer is none', async (t) => {
  for (const bytes of [allocate, authenticated, fromHex('010100002112a442000102030405060708090a0b')]) {
    t.match(decodeTurnResponse(bytes), { ok: false });
  }
  t.equal(decodeMsturnLogOn(allocate), null, 'without credentials');
  t.equal(decodeMsturnLogOn(allocated), null, 'a response');
  t.equal(decodeMsturnLogOn(encodeTurnAllocate({ transactionId, logOn })), null, 'of RFC 8656');
});

t.test('what stands behind the integrity is not read', async (t) => {
  const lifetime = fromHex('000d000400000001');
  const grown = Uint8Array.from([...allocated, ...lifetime]);
  grown.set([0, allocated.length - 20 + 8], 2);
  t.match(decodeTurnResponse(grown), { ok: true, response: { lifetime: 600 } });
});

t.test('hostile bytes', async (t) => {
  const vectors = [allocated, unauthorized, authenticated, coturnSuccess];
  survivesHostileBytes(t, decodeTurnResponse, ({ ok }) => ok, vectors);
  survivesHostileBytes(t, decodeMsturnLogOn, (read) => read !== null, [authenticated, allocate]);
});
