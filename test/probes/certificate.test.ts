import { createPrivateKey, X509Certificate } from 'node:crypto';
import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { throwsMatching } from '../require.ts';

const now = new Date('2026-11-20T09:00:00Z');

t.test('a certificate for names and addresses, of every kind of key', async (t) => {
  for (const [kind, type, bits] of [
    ['ec', 'ec', undefined],
    ['rsa', 'rsa', 2048],
    ['rsa-legacy', 'rsa', 1024],
  ] as const) {
    const made = await generateCertificate({
      names: ['sip.contoso.com', '192.0.2.1', '2001:db8::1'],
      days: 2,
      now,
      key: kind,
    });
    const read = new X509Certificate(made.cert);
    t.equal(read.subject, 'CN=sip.contoso.com');
    t.equal(read.subjectAltName, 'DNS:sip.contoso.com, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1');
    t.equal(new Date(read.validFrom).toISOString(), '2026-11-19T09:00:00.000Z');
    t.equal(new Date(read.validTo).toISOString(), '2026-11-22T09:00:00.000Z');
    t.equal(read.publicKey.asymmetricKeyType, type);
    t.equal(read.publicKey.asymmetricKeyDetails?.modulusLength, bits);
    t.ok(read.verify(read.publicKey), 'signed by itself');
    t.ok(read.checkPrivateKey(createPrivateKey(made.key)), 'the key belongs to it');
    t.notOk(read.ca);
  }
});

t.test('the serial number is positive, from the randomness that was given', async (t) => {
  const made = await generateCertificate({
    names: ['a'],
    days: 1,
    now,
    random: (size) => new Uint8Array(size).fill(0xff),
  });
  t.equal(new X509Certificate(made.cert).serialNumber, `7F${'FF'.repeat(15)}`);
  const zero = await generateCertificate({ names: ['a'], days: 1, now, random: (size) => new Uint8Array(size) });
  t.equal(new X509Certificate(zero.cert).serialNumber, `40${'00'.repeat(15)}`);
});

t.test('a certificate for nobody is a mistake of ours', async (t) => {
  await throwsMatching(t, () => generateCertificate({ names: [], days: 1, now }), /at least one name/);
});
