import t from 'tap';
import { diagnoseTls, nameCovers } from '../../agent/diagnose-certificate.ts';
import type { Facts } from '../../probes/observation.ts';
import { certificate, judged, row, seen, startedAt, tlsFacts } from './fixtures.ts';

t.test('names are compared as RFC 6125 has it', async (t) => {
  for (const [pattern, host, covers] of [
    ['sip.contoso.com', 'sip.contoso.com', true],
    ['SIP.Contoso.COM', 'sip.contoso.com.', true],
    ['*.contoso.com', 'sip.contoso.com', true],
    ['*.contoso.com', 'a.sip.contoso.com', false],
    ['*.contoso.com', 'contoso.com', false],
    ['s*.contoso.com', 'sip.contoso.com', false],
    ['sip.*.com', 'sip.contoso.com', false],
    ['*.com', 'contoso.com', false],
    ['*', 'localhost', false],
    ['sip.contoso.com.evil.example', 'sip.contoso.com', false],
    ['', 'sip.contoso.com', false],
  ] as const) {
    t.equal(nameCovers(pattern, host), covers, `${pattern} ${covers ? 'covers' : 'does not cover'} ${host}`);
  }
});

const codes = (facts: Facts, target = {}, id = 'external-sip-tcp-5061-in'): string[] => {
  const { first } = judged([{ rule: row(id), at: { edge1: seen('answered', { facts }) }, target }]);
  return diagnoseTls(first, startedAt).map(({ code }) => code);
};
const withCertificate = (more: Facts): Facts => tlsFacts({ certificate: certificate(more) });

t.test('which name is expected', async (t) => {
  const wrong = withCertificate({ sans: ['sip.fabrikam.com'] });
  t.same(codes(wrong), ['certificate-name-mismatch'], 'fqdn');
  t.same(codes(withCertificate({ sans: ['sip.contoso.com'] }), { fqdn: null }), [], 'else sip.<sipDomain>');
  t.same(codes(wrong, { fqdn: null }), ['certificate-name-mismatch']);
  t.same(codes(wrong, { fqdn: null, sipDomain: null, xmppDomain: null }), [], 'no name is known, none is wrong');
  const domain = { ...withCertificate({ sans: ['contoso.com'] }) };
  const xmpp = { streamId: 'a', tls: domain };
  t.same(codes(xmpp, {}, 'external-xmpp-tcp-5269-in'), [], 'XMPP is checked against the domain');
  t.same(codes({ streamId: 'a', tls: wrong }, {}, 'external-xmpp-tcp-5269-in'), ['certificate-name-mismatch']);
  t.same(codes(withCertificate({ sans: ['othername:<unsupported>', 'x.example'] })), [], 'names that cannot be read');
  t.same(codes(withCertificate({ sans: [] })), [], 'without alternative names the common name counts');
  t.same(codes(withCertificate({ sans: ['IP Address:192.0.2.1'], subject: 'CN=other.example' })), [
    'certificate-name-mismatch',
  ]);
  t.same(codes(tlsFacts({ certificate: null })), [], 'no certificate was seen');
});

t.test('ends', async (t) => {
  const ends = (notAfter: string | null): string[] => codes(withCertificate({ notAfter }));
  t.same(ends('2026-12-20T20:04:11.207Z'), ['certificate-expiring'], 'in exactly 30 days');
  t.same(ends('2026-12-20T20:04:11.208Z'), []);
  t.same(ends('2026-11-20T20:04:11.206Z'), ['certificate-expired']);
  t.same(ends(null), [], 'a date that cannot be read');
  t.same(ends('tomorrow'), []);
});

t.test('old TLS', async (t) => {
  const old = (more: Facts, certificateMore: Facts = {}): string[] =>
    codes(tlsFacts({ ...more, certificate: certificate(certificateMore) }));
  t.same(old({ protocol: 'TLSv1.1' }), ['legacy-tls']);
  t.same(old({ protocol: 'TLSv1.2', legacy: true }), ['legacy-tls']);
  t.same(old({ protocol: 'TLSv1.3' }), []);
  t.same(old({}, { signature: 'sha1WithRSAEncryption' }), ['legacy-tls']);
  t.same(old({}, { signature: 'ecdsa-with-SHA1' }), ['legacy-tls']);
  t.same(old({}, { signature: 'RSA-SHA1' }), ['legacy-tls']);
  t.same(old({}, { keyBits: 1024 }), ['legacy-tls']);
  t.same(old({}, { keyBits: 256 }), [], 'a curve is not small');
  t.same(old({}, { keyBits: 521, signature: 'ecdsa-with-SHA512' }), []);
});
