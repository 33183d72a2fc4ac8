import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { tls } from '../../probes/tls.ts';
import { askingWith, questionTo } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';
import { serve } from './openssl-server.ts';

/** Keys and certificates as OpenSSL makes them, in a directory of the test. */
const authority = (t: Test): { path: (name: string) => string; make: (name: string, ...how: string[]) => void } => {
  const directory = t.testdir({});
  const path = (name: string): string => join(directory, name);
  const make = (name: string, ...how: string[]): void => {
    const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.pem`)];
    execFileSync('openssl', ['req', '-x509', '-nodes', '-subj', `/O=Contoso, Ltd/CN=${name}`, ...files, ...how], {
      stdio: 'ignore',
    });
  };
  return { path, make };
};

/** A server with the key and the certificate of that name. */
const server = (t: Test, path: (name: string) => string, name: string, ...how: string[]): Promise<number> =>
  serve(t, '-key', path(`${name}.key`), '-cert', path(`${name}.pem`), ...how);

t.test('openssl s_server, a server that we did not write', needing('openssl'), async (t) => {
  const { path, make } = authority(t);
  make(
    'modern',
    '-newkey',
    'rsa:2048',
    '-days',
    '9',
    '-addext',
    'subjectAltName=DNS:sip.contoso.com,IP:192.0.2.1,URI:sip:contoso.com',
  );
  make('lync', '-newkey', 'rsa:1024', '-sha1', '-days', '9');
  make('curve', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1', '-sha384', '-days', '9');
  make('edwards', '-newkey', 'ed25519', '-days', '9');
  make('pss', '-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss', '-days', '9');

  await t.test('as of Lync: TLS 1.0, 1024 bits, SHA-1', async (t) => {
    const port = await server(t, path, 'lync', '-tls1', '-cipher', 'DEFAULT@SECLEVEL=0');
    const seen = await tls.run(questionTo('tls', port), askingWith());
    t.match(seen, {
      outcome: 'answered',
      failure: null,
      facts: {
        protocol: 'TLSv1',
        legacy: true,
        clientCertificateRequested: false,
        certificate: { subject: 'O=Contoso\\, Ltd, CN=lync', keyBits: 1024, signature: 'sha1WithRSAEncryption' },
      },
    });
  });

  await t.test('keys and signatures of other kinds', async (t) => {
    for (const [name, keyBits, signature] of [
      ['modern', 2048, 'sha256WithRSAEncryption'],
      ['curve', 384, 'ecdsa-with-SHA384'],
      ['edwards', 256, 'ED25519'],
      ['pss', 2048, 'rsassaPss'],
    ] as const) {
      const port = await server(t, path, name);
      const seen = await tls.run(questionTo('tls', port), askingWith());
      t.match(seen, { outcome: 'answered', facts: { protocol: 'TLSv1.3', certificate: { keyBits, signature } } }, name);
    }
  });

  await t.test('client certificates, asked for (-verify) and insisted on (-Verify)', async (t) => {
    for (const version of ['-tls1_2', '-tls1_3']) {
      for (const [flag, code] of [
        ['-verify', null],
        ['-Verify', 'mtls-unfinished'],
      ] as const) {
        const port = await server(t, path, 'modern', version, flag, '1', '-verify_return_error');
        const seen = await tls.run(questionTo('tls', port), askingWith());
        t.match(seen, { outcome: 'answered', facts: { clientCertificateRequested: true } }, `${version} ${flag}`);
        t.equal(seen.failure?.code ?? null, code);
      }
    }
  });

  await t.test('trust, names and a chain', async (t) => {
    execFileSync(
      'openssl',
      [
        'req',
        '-nodes',
        '-newkey',
        'rsa:2048',
        '-subj',
        '/CN=leaf.contoso.com',
        '-keyout',
        path('leaf.key'),
        '-out',
        path('leaf.csr'),
      ],
      { stdio: 'ignore' },
    );
    // Valid for no time at all: it ends with the second in which it began.
    const sign = [
      'x509',
      '-req',
      '-in',
      path('leaf.csr'),
      '-CA',
      path('modern.pem'),
      '-CAkey',
      path('modern.key'),
      '-CAcreateserial',
    ];
    execFileSync('openssl', [...sign, '-days', '-1', '-out', path('leaf.pem')], { stdio: 'ignore' });
    const port = await server(t, path, 'leaf', '-cert_chain', path('modern.pem'));
    const ca = readFileSync(path('modern.pem'), 'utf8');
    const seen = await tls.run(
      questionTo('tls', port, { servername: 'leaf.contoso.com' }),
      askingWith({ tls: { ca } }),
    );
    t.match(seen.facts, {
      chainLength: 2,
      authorized: false,
      authorizationError: 'CERT_HAS_EXPIRED',
      nameMatches: true,
    });

    const good = await server(t, path, 'modern', '-www');
    const wrong = await tls.run(
      questionTo('tls', good, { servername: 'sip.fabrikam.com' }),
      askingWith({ tls: { ca } }),
    );
    t.match(wrong.facts, { authorized: false, authorizationError: 'ERR_TLS_CERT_ALTNAME_INVALID', nameMatches: false });
    const right = await tls.run(
      questionTo('tls', good, { servername: 'sip.contoso.com' }),
      askingWith({ tls: { ca } }),
    );
    t.match(right.facts, { authorized: true, authorizationError: null, nameMatches: true });
    t.match(right.facts['certificate'], { sans: ['sip.contoso.com', 'IP Address:192.0.2.1', 'URI:sip:contoso.com'] });
  });

  await t.test('ciphers that we do not offer: refused by alert, and that is an answer', async (t) => {
    const port = await server(t, path, 'modern', '-tls1_2', '-cipher', 'PSK');
    const seen = await tls.run(questionTo('tls', port), askingWith());
    t.match(seen, {
      outcome: 'answered',
      failure: { code: 'tls-handshake-refused' },
      facts: { alert: 'handshake_failure', legacy: false },
    });
  });

  await t.test('TLS 1.1', async (t) => {
    const port = await server(t, path, 'modern', '-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0');
    const seen = await tls.run(questionTo('tls', port), askingWith());
    t.match(seen, { outcome: 'answered', failure: null, facts: { protocol: 'TLSv1.1', legacy: true } });
  });

  await t.test('a server that asks for our hello once more (HelloRetryRequest)', async (t) => {
    const port = await server(t, path, 'modern', '-tls1_3', '-groups', 'P-384', '-Verify', '1');
    const seen = await tls.run(questionTo('tls', port), askingWith());
    t.match(seen, {
      outcome: 'answered',
      failure: { code: 'mtls-unfinished' },
      facts: { protocol: 'TLSv1.3', legacy: false, clientCertificateRequested: true, alert: 'certificate_required' },
    });
  });
});
