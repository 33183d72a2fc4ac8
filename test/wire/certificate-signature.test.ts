import t from 'tap';
import { certificateSignature } from '../../wire/certificate-signature.ts';

/** The skeleton of a certificate: an empty tbsCertificate, an algorithm, an empty signature. */
const skeleton = (oid: string): Uint8Array => {
  const identifier = Buffer.from(oid, 'hex');
  const algorithm = Buffer.concat([Buffer.from([0x06, identifier.length]), identifier, Buffer.from([0x05, 0x00])]);
  const parts = [
    Buffer.from([0x30, 0x00]),
    Buffer.from([0x30, algorithm.length]),
    algorithm,
    Buffer.from([0x03, 0x01, 0x00]),
  ];
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x30, 0x81, body.length]), body]);
};

t.test('object identifiers become names', async (t) => {
  for (const [oid, name] of [
    ['2a864886f70d010105', 'sha1WithRSAEncryption'],
    ['2a864886f70d01010b', 'sha256WithRSAEncryption'],
    ['2a864886f70d010104', 'md5WithRSAEncryption'],
    ['2a8648ce3d040302', 'ecdsa-with-SHA256'],
    ['2b6570', 'ED25519'],
    ['2b0e03021d', 'sha1WithRSA'],
    ['608648016503040302', '2.16.840.1.101.3.4.3.2'], // no name: dsa_with_sha256
    ['8837', '2.999'],
  ] as const) {
    t.equal(certificateSignature(skeleton(oid)), name, oid);
  }
});

t.test('what is no certificate has no signature, wherever it was cut or changed', async (t) => {
  const whole = skeleton('2a864886f70d010105');
  for (let at = 0; at < whole.length; at++) t.equal(certificateSignature(whole.subarray(0, at)), null, `${at} bytes`);
  for (const bad of ['', '2a86', `2a${'ff'.repeat(8)}7f`, `2a${'01'.repeat(40)}`]) {
    t.equal(certificateSignature(skeleton(bad)), null, bad);
  }
  for (let at = 0; at < whole.length; at++) {
    const changed = Uint8Array.from(whole);
    changed[at] = 0x80;
    t.doesNotThrow(() => certificateSignature(changed));
  }
});
