import { row, seen } from './fixtures.ts';
import { at, clients, type Provocations, provoke, shown, sip, tls, xmpp } from './provoke.ts';

const xmppIn = (streamFacts = {}, more = {}) =>
  seen('answered', { probe: 'xmpp', facts: { streamId: 's', ...streamFacts }, ...more });

/** The list that `crlFacts` gives, fetched on a row of its own. */
const list = seen('answered', {
  probe: 'http',
  facts: { status: 200, crlIssuer: 'CN=Contoso Issuing CA', crlSerials: ['0A', '4F1B'] },
});
const http = row('external-http-tcp-80-out', { from: 'access-edge', to: 'any' });
const siteWithCrl = `site: contoso
packs: [lync2013-edge-public]
servers:
  edge1: { access-edge: { address: 131.107.155.10, fqdn: sip.contoso.com } }
  fe1: { front-end: { address: 10.1.0.20, fqdn: fe1.contoso.internal } }
far:
  crl: { address: 198.51.100.81, as: [crl-server], url: "http://crl.contoso.com/a.crl" }
`;

export const provokedTls: Provocations = {
  'certificate-expired': [
    at(sip, shown({ notAfter: '2026-11-01T00:00:00.000Z' })),
    /^sip\.contoso\.com ended 2026-11-01, 19 days ago$/,
  ],
  'certificate-expiring': [
    at(sip, shown({ notAfter: '2026-12-19T00:00:00.000Z' })),
    /^sip\.contoso\.com ends 2026-12-19, in 28 days$/,
  ],
  'certificate-name-mismatch': [
    at(sip, shown({ sans: ['sip.fabrikam.com'] })),
    /^the certificate is for sip\.fabrikam\.com, and clients ask for sip\.contoso\.com$/,
  ],
  'certificate-chain-incomplete': [
    at(
      sip,
      tls({
        ...{ authorized: false, authorizationError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', chainLength: 1 },
        ...{ chainRooted: false, chainIssuer: 'CN=Contoso Issuing CA' },
      }),
    ),
    /^it sent 1 certificate; the last was issued by CN=Contoso Issuing CA, who is neither sent nor in tls\.ca$/,
  ],
  'certificate-self-signed': [at(sip, shown({ selfSigned: true })), /signed by its own key, by no CA/],
  'certificate-revoked': [
    provoke(
      [
        { rule: sip, at: { edge1: shown({ serialNumber: '4F1B' }) } },
        { rule: http, at: { crl: list } },
      ],
      { site: siteWithCrl },
    ),
    /^sip\.contoso\.com, serial number 4F1B, is on the list of its issuer$/,
  ],
  'weak-key': [at(sip, shown({ keyType: 'ec', keyBits: 224 })), /^its key has 224 bits$/],
  'legacy-tls': [
    at(sip, shown({ keyBits: 1024 }, { protocol: 'TLSv1', legacy: true })),
    /^the server speaks TLSv1 only and its key has 1024 bits$/,
  ],
  'tls-handshake-refused': [
    at(sip, seen('answered', { code: 'tls-handshake-refused', message: 'alert x' })),
    /^alert x$/,
  ],
  'mtls-unfinished': [at(sip, seen('answered', { code: 'mtls-unfinished', message: 'it asked' })), /^it asked$/],
  'client-certificate-required': [
    at(clients, seen('answered', { code: 'mtls-unfinished', message: 'the server insists' })),
    /^the row is for clients without one, and the server insists$/,
  ],
  'mtls-not-requested': [at(sip, tls({ clientCertificateRequested: false })), /without a request for our certificate/],
  'local-tls-policy': [
    at(sip, seen('unasked', { code: 'local-tls-policy', message: 'NO_PROTOCOLS_AVAILABLE' })),
    /NO_PROTOCOLS_AVAILABLE/,
  ],
  'large-packets-lost': [
    at(xmpp, xmppIn({ tls: {} }, { code: 'tls-silent' })),
    /^the stream before it is answered, and no TLS handshake there brings its certificates$/,
  ],
};
