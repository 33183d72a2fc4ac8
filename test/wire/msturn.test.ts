import t from 'tap';
import {
  decodeMsturn,
  encodeAllocate,
  encodeAllocateError,
  firstIsMagicCookie,
  type MsturnMessage,
  matchesMsturnTransaction,
  msVersionMeaning,
} from '../../wire/msturn.ts';
import { fromHex, survivesHostileBytes, toHex } from './hostile.ts';
import { allocate, allocated, authenticated, unauthorized } from './msturn-vectors.ts';
import { classicResponse, rfc5769 } from './stun-vectors.ts';

const tid = fromHex('98ff77df700b2c4ba26420fdaeebdf9d');
const rfcTid = fromHex('2112a442 000102030405060708090a0b');

const decoded = (bytes: Uint8Array): MsturnMessage => {
  const result = decodeMsturn(bytes);
  if (!result.ok) throw new Error(result.reason);
  return result.message;
};

/** A message of hex attributes, its length counted. */
const build = (type: string, transactionId: Uint8Array, attributes: string): Uint8Array => {
  const body = fromHex(attributes);
  return fromHex(`${type} ${body.length.toString(16).padStart(4, '0')} ${toHex(transactionId)} ${toHex(body)}`);
};

/** What coturn answers to an Allocate whose transaction id starts with the RFC 8489 cookie: 401 in RFC numbering, padded. */
const coturn = build(
  '0113',
  rfcTid,
  `
  00090010 00000401 556e617574686f72697a6564
  00150010 32326161316466373166643636326137
  0014000b 6578616d706c652e6f7267 00
  8022000a 436f7475726e2d342e36 0000`,
);

t.test('the Allocate request is, byte for byte, the one of libnice', async (t) => {
  t.equal(toHex(encodeAllocate({ transactionId: tid })), toHex(allocate));
  t.match(decoded(encodeAllocate({ transactionId: rfcTid, msVersion: 6 })), { msVersion: 6, name: 'Allocate request' });
  t.throws(() => encodeAllocate({ transactionId: tid.subarray(4) }), /16 bytes/);
});

t.test('reads the 401, and writes it', async (t) => {
  t.match(decoded(unauthorized), {
    dialect: 'msturn',
    type: 0x0113,
    name: 'Allocate error response',
    padded: false,
    msVersion: 4,
    error: { code: 401, reason: 'Unauthorized' },
    realm: 'rtcmedia',
    nonce: '"3896e864858871a5"',
    software: null,
    alternateServer: { address: '127.0.0.1', port: 3478 },
    xorMapped: null,
  });
  const alternateServer = { address: '127.0.0.1', port: 3478 };
  const options = { transactionId: tid, nonce: '"3896e864858871a5"', realm: 'rtcmedia', alternateServer, msVersion: 4 };
  t.equal(toHex(encodeAllocateError(options)), toHex(unauthorized));
  const bare = decoded(encodeAllocateError({ transactionId: tid, code: 438, reason: 'Stale', nonce: 'n', realm: '' }));
  t.match(bare, {
    error: { code: 438, reason: 'Stale' },
    nonce: 'n',
    realm: '',
    alternateServer: null,
    msVersion: null,
  });
});

t.test('reads what follows a logon', async (t) => {
  t.match(decoded(authenticated), { dialect: 'msturn', padded: false, realm: 'rtcmedia', error: null });
  t.match(decoded(allocated), {
    name: 'Allocate response',
    mapped: { address: '127.0.0.1', port: 50123 },
    xorMapped: { address: '127.0.0.1', port: 54395 },
    lifetime: 600,
    msVersion: 4,
  });
});

t.test('an IPv6 address is XORed with the whole transaction id', async (t) => {
  const address = fromHex('20010db8000000000000000000000007');
  const masked = toHex(address.map((byte, i) => byte ^ (tid[i] ?? 0)));
  const port = toHex(fromHex('1234').map((byte, i) => byte ^ (tid[i] ?? 0)));
  const bytes = build('0103', tid, `000f0004 72c64bc6 80200014 0002 ${port} ${masked}`);
  t.same(decoded(bytes).xorMapped, { address: '2001:db8::7', port: 0x1234 });
});

t.test('padded values are read too, and recorded', async (t) => {
  const padded = build(
    '0113',
    tid,
    '000f0004 72c64bc6 00090006 00000401 6e6f 0000 00140005 6e6f6e6365 000000 00150000',
  );
  t.match(decoded(padded), {
    dialect: 'msturn',
    padded: true,
    nonce: 'nonce',
    realm: '',
    error: { code: 401, reason: 'no' },
  });
});

t.test('a generic TURN server is told apart by the first attribute, and read in its own numbering', async (t) => {
  t.match(decoded(coturn), {
    dialect: 'turn',
    padded: true,
    type: 0x0113,
    error: { code: 401, reason: 'Unauthorized' },
    realm: 'example.org',
    nonce: '22aa1df71fd662a7',
    software: 'Coturn-4.6',
    msVersion: null,
  });
  t.notOk(firstIsMagicCookie(coturn));
  t.ok(firstIsMagicCookie(unauthorized));
  t.notOk(firstIsMagicCookie(unauthorized.subarray(0, 27)));
  const moved = fromHex(`00030010 ${toHex(tid)} 80080004 00000001 000f0004 72c64bc6`);
  t.match(decodeMsturn(moved), { ok: false, reason: 'the Magic Cookie is not the first attribute' });
  t.match(decodeMsturn(classicResponse), { ok: false, reason: 'the Magic Cookie is not the first attribute' });
});

t.test('a generic TURN message is read padded even where it would come out even without', async (t) => {
  const nonce = `${'6e'.repeat(19)} 00000001 41`;
  const bytes = build('0113', rfcTid, `0014 0002 6162 0000 0015 0018 ${nonce}`);
  t.match(decoded(bytes), { padded: true, realm: 'ab', nonce: `${'n'.repeat(19)}\u0000\u0000\u0000\u0001A` });
});

t.test('matches all 16 bytes of the transaction id', async (t) => {
  const message = decoded(unauthorized);
  t.ok(matchesMsturnTransaction(message, tid));
  for (let i = 0; i < 16; i++) t.notOk(matchesMsturnTransaction(message, tid.with(i, (tid[i] ?? 0) ^ 1)), `byte ${i}`);
});

t.test('refuses broken messages with a reason', async (t) => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /too short/],
    ['cut off', unauthorized.subarray(0, 101), /announces 82 bytes of attributes, 81 came/],
    ['top bits', allocate.with(0, 0x80), /top two bits/],
    ['another cookie', allocate.with(27, 0xc7), /not the first attribute/],
    ['attribute overrun', allocate.with(31, 5), /0x8008 runs past the end/],
    ['cut attribute header', fromHex(`0003000a ${toHex(tid)} 000f0004 72c64bc6 8008`), /cut off at byte 28/],
  ];
  for (const [what, bytes, reason] of cases) t.match(decodeMsturn(bytes), { ok: false, reason }, what);
});

t.test('values that do not fit read as null, other types by number', async (t) => {
  const bytes = build(
    '0001',
    tid,
    '000f0004 72c64bc6 80080003 000001 00090003 000004 000e0007 00010d967f0000 000d0000',
  );
  const message = decoded(bytes);
  t.match(message, { name: 'type 0x0001', msVersion: null, error: null, alternateServer: null, lifetime: null });
});

t.test('the class of an error is three bits', async (t) => {
  t.match(decoded(build('0113', tid, '000f0004 72c64bc6 00090004 ffff fc01')).error, { code: 401, reason: '' });
  t.equal(decoded(build('0113', tid, '000f0004 72c64bc6 00090004 0000 0464')).error, null, 'a number of 100');
});

t.test('an MS-Version is a generation of the protocol', async (t) => {
  t.equal(msVersionMeaning(4), 'MS-ICE2, HMAC-SHA256, IPv6');
  t.equal(msVersionMeaning(0), 'unknown version 0');
  t.equal(msVersionMeaning(7), 'unknown version 7');
});

t.test('survives hostile bytes', async (t) => {
  const vectors = [allocate, unauthorized, authenticated, allocated, coturn, rfc5769.responseIpv6];
  survivesHostileBytes(t, decodeMsturn, ({ ok }) => ok, vectors);
});
