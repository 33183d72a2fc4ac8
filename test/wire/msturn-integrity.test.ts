import t from 'tap';
import { appendMsturnIntegrity, verifyMsturnIntegrity } from '../../wire/msturn-integrity.ts';
import { longTermKey } from '../../wire/turn-key.ts';
import { ascii, fromHex, survivesHostileBytes, toHex } from './hostile.ts';
import { allocate, allocated, authenticated, unauthorized } from './msturn-vectors.ts';

const key = longTermKey(ascii('edgeprobe'), ascii('rtcmedia'), ascii('secret'));

t.test('the long-term key of RFC 8489 section 9.2.2', async (t) => {
  const known = longTermKey(ascii('user'), ascii('realm'), ascii('pass'));
  t.equal(toHex(known), '8493fbc53ba582fb4c044c456bdc40eb', 'the example of the RFC');
});

t.test('integrity that we did not write: a request of libnice, and an answer that libnice took', async (t) => {
  t.strictSame(verifyMsturnIntegrity(authenticated, key), { ok: true });
  t.strictSame(verifyMsturnIntegrity(allocated, key), { ok: true });
  for (const whole of [authenticated, allocated]) {
    const unsigned = Uint8Array.from(whole.subarray(0, whole.length - 24));
    unsigned.set([((whole.length - 44) >> 8) & 0xff, (whole.length - 44) & 0xff], 2);
    t.equal(toHex(appendMsturnIntegrity(unsigned, key)), toHex(whole), 'and ours is the same, byte for byte');
  }
});

t.test('it signs every bit before it, and knows the wrong key', async (t) => {
  const other = longTermKey(ascii('edgeprobe'), ascii('rtcmedia'), ascii('Secret'));
  t.match(verifyMsturnIntegrity(authenticated, other), { ok: false, reason: /does not match/ });
  const unprotected = Array.from({ length: authenticated.length * 8 }, (_, bit) => bit).filter((bit) => {
    const bent = Uint8Array.from(authenticated);
    bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return verifyMsturnIntegrity(bent, key).ok;
  });
  t.strictSame(unprotected, []);
});

t.test('a message of exactly one block is not filled any further', async (t) => {
  const message = Uint8Array.from([...allocate, 0x80, 0x37, 0, 24, ...new Uint8Array(24)]);
  message.set([0, 44], 2);
  t.equal(message.length, 64);
  const signed = appendMsturnIntegrity(message, fromHex('00'.repeat(16)));
  // Computed with Python's hmac.
  t.equal(toHex(signed.subarray(64)), '00080014bf162e55bb812be0b8bdb2e736c0d1a465cfd94a');
  t.strictSame(verifyMsturnIntegrity(signed, fromHex('00'.repeat(16))), { ok: true });
});

t.test('where there is none, or none of that size', async (t) => {
  t.match(verifyMsturnIntegrity(allocate, key), { ok: false, reason: 'absent' });
  const short = Uint8Array.from([...allocate, 0, 8, 0, 4, 1, 2, 3, 4]);
  short.set([0, 24], 2);
  t.match(verifyMsturnIntegrity(short, key), { ok: false, reason: /has 4 bytes/ });
});

t.test('hostile bytes', async (t) => {
  const verify = (bytes: Uint8Array) => verifyMsturnIntegrity(bytes, key);
  survivesHostileBytes(t, verify, ({ ok }) => ok, [authenticated, allocated, unauthorized]);
});
