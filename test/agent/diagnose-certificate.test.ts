import t from 'tap';
import { diagnoseCertificate, nameCovers, revokedBy } from '../../agent/diagnose-certificate.ts';
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
  const { first, plan } = judged([{ rule: row(id), at: { edge1: seen('answered', { facts }) }, target }]);
  return diagnoseCertificate(first, plan.site, startedAt, () => false).map(({ code }) => code);
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

t.test('a certificate of another role betrays swapped addresses', async (t) => {
  const internal = ['edge1.contoso.internal'];
  t.same(codes(withCertificate({ sans: internal })), ['certificate-name-mismatch', 'wrong-service']);
  t.same(codes(withCertificate({ sans: [...internal, 'sip.contoso.com'] })), [], 'one for both is right for both');
  t.same(codes(withCertificate({ sans: ['sip.fabrikam.com'] })), ['certificate-name-mismatch'], "nobody's here");
  t.same(codes(withCertificate({ sans: internal }), { ours: false }), ['certificate-name-mismatch'], 'a far host');
});

t.test('lists revoke by issuer and serial number', async (t) => {
  const revoked = revokedBy([
    { crlIssuer: 'CN=A', crlSerials: ['0A', '1B'] },
    { crlIssuer: 'CN=B', crlSerials: 'x' },
    {},
  ]);
  t.ok(revoked({ issuer: 'CN=A', serialNumber: '1B' }));
  t.ok(revoked({ issuer: 'CN=A', serialNumber: '0A' }));
  t.ok(revoked({ issuer: 'CN=A', serialNumber: 'A' }), 'a number is the same with and without a zero before it');
  t.ok(revokedBy([{ crlIssuer: 'CN=A', crlSerials: ['A'] }])({ issuer: 'CN=A', serialNumber: '0A' }));
  t.notOk(revoked({ issuer: 'CN=A', serialNumber: 'A0' }));
  t.notOk(revoked({ issuer: 'CN=B', serialNumber: '1B' }), 'the same number of another CA');
  t.notOk(revoked({ issuer: 'CN=A', serialNumber: '2C' }));
  t.notOk(revoked({}), 'a certificate without either');
});
