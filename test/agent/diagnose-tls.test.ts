import t from 'tap';
import { diagnoseTls } from '../../agent/diagnose-tls.ts';
import type { Facts } from '../../probes/observation.ts';
import { certificate, judged, type RowSeen, row, seen, tlsFacts } from './fixtures.ts';

const diagnosed = (facts: Facts, more: Partial<RowSeen> & { code?: string } = {}, id = 'external-sip-tcp-5061-in') => {
  const { code, ...rest } = more;
  const observation = seen('answered', { facts, ...(code === undefined ? {} : { code }) });
  return diagnoseTls(judged([{ rule: row(id), at: { edge1: observation }, ...rest }]).first);
};
const asked = { clientCertificateRequested: true };
const codes = (tls: Facts, shown: Facts = {}, more: Parameters<typeof diagnosed>[1] = {}): string[] =>
  diagnosed(tlsFacts({ ...asked, ...tls, certificate: certificate(shown) }), more).map(({ code }) => code);

t.test('old TLS', async (t) => {
  t.same(codes({ protocol: 'TLSv1.1' }), ['legacy-tls']);
  t.same(codes({ protocol: 'TLSv1.2', legacy: true }), ['legacy-tls']);
  t.same(codes({ protocol: 'TLSv1.3' }), []);
  const refusedBy = (modern: Facts): string | undefined =>
    diagnosed(tlsFacts({ ...asked, legacy: true, hellos: [modern, {}] }))[0]?.message;
  t.match(refusedBy({ localRefusal: null }), /^the server refused a modern hello$/);
  t.match(
    refusedBy({ localRefusal: 'EE_KEY_TOO_SMALL' }),
    /^the TLS library of this host refused it .*EE_KEY_TOO_SMALL/,
  );
});

t.test('weak keys and signatures', async (t) => {
  const both = ['legacy-tls', 'weak-key'];
  for (const [shown, expected] of [
    [{ signature: 'sha1WithRSAEncryption' }, both],
    [{ signature: 'ecdsa-with-SHA1' }, both],
    [{ signature: 'RSA-SHA1' }, both],
    [{ signature: 'md5WithRSAEncryption' }, both],
    [{ keyBits: 1024 }, both],
    [{ keyBits: 512, keyType: 'rsa' }, both],
    [{ keyBits: 1024, keyType: 'rsa-pss' }, both],
    [{ keyBits: 2048, keyType: 'rsa' }, []],
    [{ keyBits: 192, keyType: 'ec' }, both],
    [{ keyBits: 512, keyType: 'ec', signature: 'ecdsa-with-SHA512' }, []],
    [{ keyBits: 256 }, []],
    [{ keyBits: 521, signature: 'ecdsa-with-SHA512' }, []],
    [{ keyBits: null, keyType: null }, []],
  ] as const) {
    t.same(codes({}, shown), expected, JSON.stringify(shown));
  }
});

t.test('a chain is incomplete only where trust is judged and nobody known issued its end', async (t) => {
  const lost = { authorized: false, authorizationError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', chainRooted: false };
  t.same(codes(lost), ['certificate-chain-incomplete']);
  t.same(codes({ ...lost, chainRooted: true }), [], 'the root is there, but not ours');
  t.same(codes({ ...lost, authorized: null, authorizationError: null }), [], 'trust is not judged');
  t.same(codes({ ...lost, authorizationError: 'CERT_HAS_EXPIRED' }), [], 'another reason');
});

t.test('self-signed certificates', async (t) => {
  t.same(codes({}, { selfSigned: true }), ['certificate-self-signed']);
  t.same(codes({}, { selfSigned: null }), []);
  t.same(codes({ authorized: true }, { selfSigned: true }), [], 'tls.ca holds it');
  t.same(codes({}, { selfSigned: true }, { target: { responder: true } }), [], 'a responder');
});

t.test('a responder where the site file has the service', async (t) => {
  const made = { selfSigned: true, sans: ['sip.contoso.com', 'edgeprobe.invalid'] };
  t.same(codes({}, made), ['responder-answers'], 'which says more than that nobody signed it');
  t.same(codes({ authorized: true }, made), ['responder-answers']);
  t.same(codes({}, made, { target: { responder: true } }), [], 'where it belongs');
});

t.test('client certificates: what the row says against what the server does', async (t) => {
  const said = (id: string, facts: Facts, code?: string): string[] =>
    diagnosed(tlsFacts(facts), code === undefined ? {} : { code }, id).map((one) => one.code);
  const [mutual, plain] = ['external-sip-tcp-5061-in', 'external-sip-tcp-443-in'];
  t.same(said(mutual, { clientCertificateRequested: false }), ['mtls-not-requested']);
  t.same(said(mutual, { clientCertificateRequested: null }), [], 'not known is not no');
  t.same(said(plain, { clientCertificateRequested: false }), []);
  t.same(said(plain, { clientCertificateRequested: true }), [], 'asking is not insisting');
  t.same(said(plain, { clientCertificateRequested: true }, 'mtls-unfinished'), ['client-certificate-required']);
  t.same(said(mutual, { clientCertificateRequested: true }, 'mtls-unfinished'), []);
  t.same(said('external-xmpp-tcp-5269-in', {}, 'mtls-unfinished'), [], 'servers among themselves may ask');
});
