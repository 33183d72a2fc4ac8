import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { generateRevocationList } from '../../probes/revocation-list.ts';
import { loadX509 } from '../../probes/x509.ts';
import { readCrl } from '../../wire/crl.ts';
import { needing } from '../require.ts';

const now = new Date('2026-11-20T09:00:00.000Z');

t.test('a list that our own reader reads, and its issuer has signed', async (t) => {
  const x509 = await loadX509();
  for (const kind of ['ec', 'rsa'] as const) {
    const made = await generateCertificate({ names: ['edge.contoso.com'], days: 90, now, key: kind });
    const list = await generateRevocationList({ ...made, now, days: 90 });
    t.match(readCrl(list), {
      ok: true,
      crl: {
        issuer: 'CN=edge.contoso.com',
        thisUpdate: '2026-11-19T09:00:00.000Z',
        nextUpdate: '2027-02-18T09:00:00.000Z',
        entries: 0,
      },
    });
    const { publicKey } = new x509.X509Certificate(made.cert);
    t.equal(await new x509.X509Crl(list).verify({ publicKey }, webcrypto), true, `${kind}: the signature holds`);
    const forged = Uint8Array.from(list, (byte, index) => (index === 40 ? byte ^ 1 : byte));
    t.equal(await new x509.X509Crl(forged).verify({ publicKey }, webcrypto).catch(() => false), false);
  }
});

t.test('a key that signs no lists is our own mistake', async (t) => {
  const { cert } = await generateCertificate({ names: ['a.example'], days: 1, now });
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await t.rejects(generateRevocationList({ cert, key, now, days: 1 }));
});

t.test('OpenSSL reads it and finds the signature good', needing('openssl'), async (t) => {
  const made = await generateCertificate({ names: ['edge.contoso.com'], days: 90, now: new Date() });
  const folder = t.testdir({ 'ca.pem': made.cert });
  const file = path.join(folder, 'lab.crl');
  writeFileSync(file, await generateRevocationList({ ...made, now: new Date(), days: 90 }));
  const words = ['crl', '-inform', 'DER', '-in', file, '-noout', '-issuer', '-CAfile', path.join(folder, 'ca.pem')];
  t.match(
    execFileSync('openssl', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    /edge\.contoso\.com/,
  );
});
