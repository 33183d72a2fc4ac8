import t from 'tap';
import {
  BINDING,
  decodeStun,
  encodeBindingError,
  encodeBindingRequest,
  encodeBindingResponse,
  matchesTransaction,
  type StunMessage,
  stunAttributes,
} from '../../wire/stun.ts';
import { verifyFingerprint, verifyMessageIntegrity } from '../../wire/stun-integrity.ts';
import { fromHex, survivesHostileBytes, toHex } from './hostile.ts';
import { classicResponse, rfc5769 } from './stun-vectors.ts';

const tid12 = fromHex('b7e7a701bc34d686fa87dfae');
const tid16 = fromHex('000102030405060708090a0b0c0d0e0f');

const decoded = (bytes: Uint8Array): StunMessage => {
  const result = decodeStun(bytes);
  if (!result.ok) throw new Error(result.reason);
  return result.message;
};

t.test('reads the vectors of RFC 5769', async (t) => {
  const request = decoded(rfc5769.request);
  t.match(request, { dialect: 'rfc8489', method: BINDING, messageClass: 'request', software: 'STUN test client' });
  t.match(request, { username: 'evtj:h6vY', hasIntegrity: true, hasFingerprint: true, flaws: [] });
  t.same(request.transactionId, tid12);

  const ipv4 = decoded(rfc5769.responseIpv4);
  t.match(ipv4, { messageClass: 'success', software: 'test vector', mapped: null });
  t.same(ipv4.xorMapped, { address: '192.0.2.1', port: 32853 });
  t.same(decoded(rfc5769.responseIpv6).xorMapped, { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 });

  const longTerm = decoded(rfc5769.longTermRequest);
  t.match(longTerm, { username: '\u30de\u30c8\u30ea\u30c3\u30af\u30b9', realm: 'example.org' });
  t.equal(longTerm.nonce, 'f//499k954d6OL34oL9FSTvy64sA');
});

t.test('reads a server of RFC 3489, and matches all of its 16-byte transaction id', async (t) => {
  const message = decoded(classicResponse);
  t.match(message, { dialect: 'rfc3489', messageClass: 'success', xorMapped: null, flaws: [] });
  t.same(message.mapped, { address: '198.51.100.7', port: 50000 });
  t.ok(matchesTransaction(message, tid16));
  t.notOk(matchesTransaction(message, tid16.with(0, 1)), 'first byte');
  t.notOk(matchesTransaction(message, tid16.with(15, 1)), 'last byte');
  t.notOk(matchesTransaction(message, tid16.subarray(4)), 'the 12 bytes of the other dialect');
});

t.test('writes the requests byte for byte', async (t) => {
  const modern = encodeBindingRequest({ dialect: 'rfc8489', transactionId: tid12 });
  t.equal(toHex(modern), '000100102112a442b7e7a701bc34d686fa87dfae' + '802200096564676570726f6265000000');
  const bare = encodeBindingRequest({ dialect: 'rfc8489', transactionId: tid12, software: '' });
  t.equal(toHex(bare), '000100002112a442b7e7a701bc34d686fa87dfae');
  const classic = encodeBindingRequest({ dialect: 'rfc3489', transactionId: tid16 });
  t.equal(toHex(classic), '00010000000102030405060708090a0b0c0d0e0f');
});

t.test('signs what it sends', async (t) => {
  const credential = { username: 'edge', password: 'secret' };
  const request = encodeBindingRequest({ dialect: 'rfc8489', transactionId: tid12, credential, fingerprint: true });
  t.match(decoded(request), { username: 'edge', hasIntegrity: true, hasFingerprint: true, flaws: [] });
  t.same(verifyMessageIntegrity(request, 'secret'), { ok: true });
  t.same(verifyMessageIntegrity(request, 'Secret'), { ok: false, reason: 'MESSAGE-INTEGRITY does not match' });
  t.same(verifyFingerprint(request), { ok: true });

  const mapped = { address: '192.0.2.1', port: 32853 };
  const response = encodeBindingResponse({ dialect: 'rfc8489', transactionId: tid12, mapped, password: 'secret' });
  t.same(verifyMessageIntegrity(response, 'secret'), { ok: true });
  t.same(verifyFingerprint(response), { ok: false, reason: 'absent' });
});

t.test('answers round trip in both dialects and both families', async (t) => {
  for (const address of ['192.0.2.1', '255.255.255.255', '2001:db8::7', '::1', 'fe80::1:0:0:2', '::ffff:192.0.2.1']) {
    for (const dialect of ['rfc8489', 'rfc3489'] as const) {
      const mapped = { address, port: 0x2112 + 1 };
      const transactionId = dialect === 'rfc8489' ? tid12 : tid16;
      const message = decoded(encodeBindingResponse({ dialect, transactionId, mapped }));
      t.same(dialect === 'rfc8489' ? message.xorMapped : message.mapped, mapped, `${dialect} ${address}`);
      t.equal(dialect === 'rfc8489' ? message.mapped : message.xorMapped, null);
      t.equal(message.software, dialect === 'rfc8489' ? 'edgeprobe' : null);
      t.ok(matchesTransaction(message, transactionId));
    }
  }
});

t.test('reads error codes as they are written', async (t) => {
  for (const code of [300, 400, 401, 420, 438, 487, 500, 699]) {
    const bytes = encodeBindingError({ dialect: 'rfc8489', transactionId: tid12, code, reason: 'Because' });
    t.match(decoded(bytes), { messageClass: 'error', error: { code, reason: 'Because' } });
  }
  const long = fromHex(`011100a8 2112a442 ${toHex(tid12)} 000900a4 00000401 ${'61'.repeat(160)}`);
  t.same(decoded(long).error, { code: 401, reason: 'a'.repeat(160) }, 'a long reason is kept');
});

t.test('one unreadable attribute does not cost the message', async (t) => {
  const head = `2112a442 ${toHex(tid12)}`;
  const cases: [string, string, string][] = [
    [
      'OTHER-ADDRESS with port 0',
      `01010018 ${head} 00200008 0001a147 e112a643 802c0008 00010000 00000000`,
      'OTHER-ADDRESS',
    ],
    [
      'MAPPED-ADDRESS with port 0',
      `01010018 ${head} 00200008 0001a147 e112a643 00010008 00010000 c0000201`,
      'MAPPED-ADDRESS',
    ],
    ['an empty ERROR-CODE', `01010010 ${head} 00200008 0001a147 e112a643 00090000`, 'ERROR-CODE'],
    [
      'an over-long MAPPED-ADDRESS',
      `0101001c ${head} 00200008 0001a147 e112a643 0001000c 00010001 c0000201 00000000`,
      'MAPPED-ADDRESS',
    ],
    ['an unknown family', `01010018 ${head} 00200008 0001a147 e112a643 00010008 00070001 c0000201`, 'MAPPED-ADDRESS'],
  ];
  for (const [what, hex, flawed] of cases) {
    const message = decoded(fromHex(hex));
    t.same(message.xorMapped, { address: '192.0.2.1', port: 32853 }, what);
    t.equal(message.flaws.length, 1);
    t.match(message.flaws[0], new RegExp(`^${flawed}: .`));
  }
});

t.test('what stands behind MESSAGE-INTEGRITY is not read, and the first of two counts', async (t) => {
  const signed = encodeBindingRequest({
    dialect: 'rfc8489',
    transactionId: tid12,
    software: '',
    credential: { username: 'a', password: 'b' },
  });
  const forged = fromHex(`${toHex(signed)} 00010008 00010050 c0000263`);
  forged.set([(forged.length - 20) >> 8, (forged.length - 20) & 0xff], 2);
  t.match(decoded(forged), { username: 'a', mapped: null, hasIntegrity: true });
  const twice = fromHex(`01010018 2112a442 ${toHex(tid12)} 00200008 0001a147 e112a643 00200008 0001a146 e112a644`);
  t.same(decoded(twice).xorMapped, { address: '192.0.2.1', port: 32853 });
});

t.test('refuses broken frames with a reason', async (t) => {
  const good = rfc5769.responseIpv4;
  const cases: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /too short/],
    ['19 bytes', good.subarray(0, 19), /too short/],
    ['top bits', good.with(0, 0xc1), /top two bits/],
    ['trailing bytes', Uint8Array.from([...good, 0, 0, 0, 0]), /announces 60 bytes of attributes, 64 came/],
    ['length 0 with attributes', good.with(3, 0), /announces 0/],
    ['odd length', fromHex(`01010002 2112a442 ${toHex(tid12)} 0000`), /multiple of four/],
    ['attribute overrun', good.with(23, 0xff), /runs past the end/],
    ['too big', new Uint8Array(2052).with(2, 7).with(3, 0xf0), /more than a STUN message/],
  ];
  for (const [what, bytes, reason] of cases) t.match(decodeStun(bytes), { ok: false, reason }, what);
});

t.test('throws for our own mistakes', async (t) => {
  t.throws(() => encodeBindingRequest({ dialect: 'rfc8489', transactionId: tid16 }), /has 12 bytes/);
  t.throws(() => encodeBindingRequest({ dialect: 'rfc3489', transactionId: tid12 }), /has 16 bytes/);
  const mapped = { address: 'edge.contoso.com', port: 1 };
  t.throws(() => encodeBindingResponse({ dialect: 'rfc8489', transactionId: tid12, mapped }), /not an IP address/);
  const credential = { username: 'a', password: 'b' };
  t.throws(() => encodeBindingRequest({ dialect: 'rfc3489', transactionId: tid16, credential }), /need RFC 8489/);
});

t.test('the attribute numbers are those of the IANA registry', async (t) => {
  const registry = `0001 MAPPED-ADDRESS|0006 USERNAME|0008 MESSAGE-INTEGRITY|0009 ERROR-CODE|0014 REALM|0015 NONCE
    |0020 XOR-MAPPED-ADDRESS|8022 SOFTWARE|8023 ALTERNATE-SERVER|8028 FINGERPRINT|802b RESPONSE-ORIGIN|802c OTHER-ADDRESS`;
  const expected = registry.split('|').map((line) => line.trim().split(' '));
  t.same(
    stunAttributes,
    Object.fromEntries(expected.map(([number, name]) => [name, Number.parseInt(number ?? '', 16)])),
  );
});

t.test('survives hostile bytes', async (t) => {
  const vectors = [
    rfc5769.request,
    rfc5769.responseIpv4,
    rfc5769.responseIpv6,
    rfc5769.longTermRequest,
    classicResponse,
  ];
  survivesHostileBytes(t, decodeStun, (result) => result.ok, vectors);
});
