import { createHash } from 'node:crypto';
import t from 'tap';
import {
  appendFingerprint,
  appendMessageIntegrity,
  crc32,
  verifyFingerprint,
  verifyMessageIntegrity,
} from '../../wire/stun-integrity.ts';
import { ascii, fromHex, survivesHostileBytes, toHex } from './hostile.ts';
import { classicResponse, rfc5769 } from './stun-vectors.ts';

const longTermKey = createHash('md5').update(rfc5769.longTermKeyText).digest();
const shortTerm = [rfc5769.request, rfc5769.responseIpv4, rfc5769.responseIpv6];

t.test('the CRC is that of the check value', async (t) => t.equal(crc32(ascii('123456789')), 0xcbf43926));

t.test('agrees with RFC 5769, padding of spaces included', async (t) => {
  for (const vector of shortTerm) {
    t.same(verifyMessageIntegrity(vector, rfc5769.password), { ok: true });
    t.same(verifyFingerprint(vector), { ok: true });
  }
  t.same(verifyMessageIntegrity(rfc5769.longTermRequest, longTermKey), { ok: true });
  t.same(verifyFingerprint(rfc5769.longTermRequest), { ok: false, reason: 'absent' });
  t.same(verifyMessageIntegrity(classicResponse, 'x'), { ok: false, reason: 'absent' });
});

t.test('writes what RFC 5769 has', async (t) => {
  for (const vector of shortTerm) {
    const bare = vector.slice(0, -32);
    bare.set([0, bare.length - 20], 2);
    t.equal(toHex(appendFingerprint(appendMessageIntegrity(bare, rfc5769.password))), toHex(vector));
  }
  const bare = rfc5769.longTermRequest.slice(0, -24);
  bare.set([0, bare.length - 20], 2);
  t.equal(toHex(appendMessageIntegrity(bare, longTermKey)), toHex(rfc5769.longTermRequest));
});

t.test('every changed bit is noticed', async (t) => {
  const vector = rfc5769.responseIpv6;
  for (let index = 0; index < vector.length; index++) {
    for (const bit of [1, 0x80]) {
      const changed = vector.with(index, (vector[index] ?? 0) ^ bit);
      const { ok } = verifyFingerprint(changed);
      if (ok) t.fail(`byte ${index} changed, FINGERPRINT still matches`);
      const signed = index < vector.length - 8;
      if (signed && verifyMessageIntegrity(changed, rfc5769.password).ok) t.fail(`byte ${index} changed, still signed`);
    }
  }
  t.same(verifyMessageIntegrity(vector, 'wrong'), { ok: false, reason: 'MESSAGE-INTEGRITY does not match' });
});

t.test('odd attributes are refused with a reason', async (t) => {
  const head = '2112a442 b7e7a701bc34d686fa87dfae';
  const short = fromHex(`01010008 ${head} 00080004 00000000`);
  t.same(verifyMessageIntegrity(short, 'x'), { ok: false, reason: 'MESSAGE-INTEGRITY has 4 bytes, not 20' });
  const empty = fromHex(`01010004 ${head} 80280000`);
  t.same(verifyFingerprint(empty), { ok: false, reason: 'FINGERPRINT has 0 bytes, not 4' });
  const early = fromHex(`0101000c ${head} 80280004 00000000 80220000`);
  t.same(verifyFingerprint(early), { ok: false, reason: 'FINGERPRINT is not the last attribute' });
});

t.test('survives hostile bytes', async (t) => {
  survivesHostileBytes(
    t,
    (bytes) => verifyMessageIntegrity(bytes, rfc5769.password),
    ({ ok }) => ok,
    shortTerm,
  );
  survivesHostileBytes(t, verifyFingerprint, ({ ok }) => ok, shortTerm);
});
