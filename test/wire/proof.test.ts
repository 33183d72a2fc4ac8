import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { certificateHasProof, isProofOfNonce, proofExtension, proofOfNonce } from '../../wire/proof.ts';

const secret = { username: 'edgeprobe', password: 'correct horse' };
const other = { username: 'edgeprobe', password: 'correct horsf' };
const now = new Date('2026-01-02T03:04:05Z');

const der = (pem: string): Uint8Array => new X509Certificate(pem).raw;

t.test('a nonce is proved for one protocol, one nonce, one credential', async (t) => {
  const nonce = '00112233445566778899aabbccddeeff';
  // printf 'edgeprobe dns\0%s' NONCE | openssl dgst -sha256 -hmac 'edgeprobe:correct horse'
  const right = '10d035c7f97401b538b14fa2c80f68c7f89e2b6d2751022ac0c03149b52857c0';
  t.equal(proofOfNonce(secret, 'dns', nonce), right);
  t.equal(isProofOfNonce(secret, 'dns', nonce, right), true);
  t.equal(isProofOfNonce(secret, 'http', nonce, right), false, 'another protocol');
  t.equal(isProofOfNonce(other, 'dns', nonce, right), false, 'another credential');
  t.equal(isProofOfNonce(secret, 'dns', nonce.replace('f', 'e'), right), false, 'another nonce');
  for (const wrong of [null, undefined, '', right.slice(1), `${right}0`, right.replace(/.$/, 'é')]) {
    t.equal(isProofOfNonce(secret, 'dns', nonce, wrong), false, String(wrong));
  }
});

t.test('a certificate proves its own key', async (t) => {
  const { cert } = await generateCertificate({ names: ['a.example'], days: 1, now, proof: secret });
  const raw = der(cert);
  t.equal(certificateHasProof(raw, secret), true);
  t.equal(certificateHasProof(raw, other), false, 'another credential');
  const plain = await generateCertificate({ names: ['a.example'], days: 1, now });
  t.equal(certificateHasProof(der(plain.cert), secret), false, 'no extension');
  const rsa = await generateCertificate({ names: ['a.example'], days: 1, now, key: 'rsa', proof: secret });
  t.equal(certificateHasProof(der(rsa.cert), secret), true, 'RSA');
  t.match(proofExtension, /^1\.2\.840\.113556\.1\.8000\.2554\.(\d+\.){6}\d+$/);
});

t.test('a proof taken from one certificate is worth nothing in another', async (t) => {
  const ours = der((await generateCertificate({ names: ['a.example'], days: 1, now, proof: secret })).cert);
  const theirs = der((await generateCertificate({ names: ['a.example'], days: 1, now, proof: other })).cert);
  // The value stands behind the extension's OID: SEQUENCE { OID (34 bytes), OCTET STRING (2 + 32) }.
  const valueAt = (bytes: Uint8Array): number =>
    Buffer.from(bytes).indexOf(Buffer.from('06202a864886f71401be40', 'hex')) + 34 + 2;
  const forged = Uint8Array.from(theirs);
  forged.set(ours.subarray(valueAt(ours), valueAt(ours) + 32), valueAt(theirs));
  t.equal(certificateHasProof(ours, secret), true);
  t.equal(certificateHasProof(forged, secret), false);
});

t.test('no bytes make it throw, and no truncated certificate proves anything', async (t) => {
  const raw = der((await generateCertificate({ names: ['a.example'], days: 1, now, proof: secret })).cert);
  for (let length = 0; length < raw.length; length++) {
    if (certificateHasProof(raw.subarray(0, length), secret)) t.fail(`cut off at ${length}`);
  }
  let proved = 0;
  for (let at = 0; at < raw.length; at++) {
    const changed = Uint8Array.from(raw);
    changed[at] = (changed[at] ?? 0) ^ 0xff;
    if (certificateHasProof(changed, secret)) proved++;
  }
  t.ok(proved < raw.length, 'what changes key or proof is noticed');
});
