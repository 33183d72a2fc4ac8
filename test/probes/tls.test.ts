import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import type { Facts } from '../../probes/observation.ts';
import { tls } from '../../probes/tls.ts';
import { askingWith, questionTo, tlsPeer } from './tls-peers.ts';

const now = new Date();
const modern = await generateCertificate({ names: ['sip.contoso.com', '192.0.2.1'], days: 30, now });
const legacy = await generateCertificate({ names: ['lync.contoso.internal'], days: 30, now, key: 'rsa-legacy' });
const anyAge = { ciphers: 'DEFAULT@SECLEVEL=0' };

t.test('every version of TLS answers, the old ones to the legacy hello', async (t) => {
  for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
    const old = version === 'TLSv1' || version === 'TLSv1.1';
    const peer = await tlsPeer(t, { ...(old ? legacy : modern), ...anyAge, minVersion: version, maxVersion: version });
    const seen = await tls.run(questionTo('tls', peer.port), askingWith());
    t.equal(seen.outcome, 'answered', version);
    t.equal(seen.failure, null);
    t.equal(seen.facts['protocol'], version);
    t.equal(seen.facts['legacy'], old);
    t.equal(peer.taken(), old ? 2 : 1, 'one connection a hello');
    t.equal(seen.attempts.length, old ? 2 : 1);
    t.match(
      seen.facts['hellos'],
      old ? [{ kind: 'modern', alert: 'protocol_version' }, { kind: 'legacy' }] : [{ result: 'handshake' }],
    );
    t.equal(seen.facts['clientCertificateRequested'], false);
    await peer.allClosed();
  }
});

t.test('the certificate is told, not judged', async (t) => {
  const peer = await tlsPeer(t, { ...modern });
  const seen = await tls.run(questionTo('tls', peer.port, { servername: 'sip.contoso.com' }), askingWith());
  t.match(seen.facts, {
    cipher: /^TLS_/,
    alpn: null,
    chainLength: 1,
    authorized: null,
    authorizationError: null,
    nameMatches: true,
    certificate: {
      subject: 'CN=sip.contoso.com',
      issuer: 'CN=sip.contoso.com',
      sans: ['sip.contoso.com', 'IP Address:192.0.2.1'],
      notBefore: new Date(Math.floor((now.getTime() - 86_400_000) / 1000) * 1000).toISOString(),
      fingerprint256: /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/,
      keyBits: 256,
      signature: 'ecdsa-with-SHA256',
    },
  });
  const old = await tlsPeer(t, { ...legacy, ...anyAge, minVersion: 'TLSv1', maxVersion: 'TLSv1' });
  const seenOld = await tls.run(questionTo('tls', old.port), askingWith());
  t.match(seenOld.facts['certificate'], { keyBits: 1024, signature: 'sha1WithRSAEncryption' });
});

t.test('names that try to be several, or too long, or too many', async (t) => {
  const names = ['a.example', 'x, DNS:evil.example', 'y", DNS:"evil.example', 'new\nline\u001b[2J', 'z'.repeat(9000)];
  const hostile = await generateCertificate({ names, days: 1, now });
  const peer = await tlsPeer(t, hostile);
  const seen = await tls.run(questionTo('tls', peer.port), askingWith());
  const { sans } = seen.facts['certificate'] as { sans: string[] };
  t.equal(sans.length, names.length);
  t.notOk(sans.includes('evil.example'), 'a comma in a name makes no second name');
  t.ok(sans.every((san) => san.length <= 512));
  const many = await generateCertificate({
    names: Array.from({ length: 300 }, (_, i) => `n${i}.example`),
    days: 1,
    now,
  });
  const crowd = await tlsPeer(t, many);
  const crowded = await tls.run(questionTo('tls', crowd.port), askingWith());
  t.equal((crowded.facts['certificate'] as { sans: string[] }).sans.length, 64);
});

t.test('trust and names are judged where a CA was given', async (t) => {
  const past = new Date(now.getTime() - 100 * 86_400_000);
  const expired = await generateCertificate({ names: ['sip.contoso.com'], days: 10, now: past });
  const cases: readonly [typeof modern, string | undefined, boolean, string | null, boolean | null][] = [
    [modern, 'sip.contoso.com', true, null, true],
    [modern, '192.0.2.1', true, null, true],
    [modern, undefined, true, null, null],
    [modern, 'other.contoso.com', false, 'ERR_TLS_CERT_ALTNAME_INVALID', false],
    [expired, 'sip.contoso.com', false, 'CERT_HAS_EXPIRED', true],
  ];
  for (const [certificate, servername, authorized, authorizationError, nameMatches] of cases) {
    const peer = await tlsPeer(t, certificate);
    const options = servername === undefined ? {} : { servername };
    const seen = await tls.run(questionTo('tls', peer.port, options), askingWith({ tls: { ca: certificate.cert } }));
    t.equal(seen.outcome, 'answered');
    t.match(seen.facts, { authorized, authorizationError, nameMatches }, `${servername} ${authorizationError}`);
  }
  const unknown = await generateCertificate({ names: ['sip.contoso.com'], days: 10, now });
  const stranger = await tlsPeer(t, unknown);
  const seen = await tls.run(questionTo('tls', stranger.port), askingWith({ tls: { ca: modern.cert } }));
  t.match(seen.facts, { authorized: false, authorizationError: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
});

t.test('client certificates: asked for or not, insisted on or not', async (t) => {
  // In TLS 1.3 this rests on getSharedSigalgs(), which OpenSSL fills only for a request: pinned here.
  for (const version of ['TLSv1', 'TLSv1.2', 'TLSv1.3'] as const) {
    const certificate = version === 'TLSv1' ? legacy : modern;
    const only = { ...certificate, ...anyAge, minVersion: version, maxVersion: version };
    for (const [requestCert, rejectUnauthorized] of [
      [false, false],
      [true, false],
      [true, true],
    ] as const) {
      const peer = await tlsPeer(t, { ...only, requestCert, rejectUnauthorized });
      const seen = await tls.run(questionTo('tls', peer.port), askingWith());
      const what = `${version} ${requestCert} ${rejectUnauthorized}`;
      t.equal(seen.outcome, 'answered', what);
      t.equal(seen.facts['clientCertificateRequested'], requestCert, what);
      t.equal(seen.failure?.code ?? null, rejectUnauthorized ? 'mtls-unfinished' : null, what);
      t.equal(seen.facts['protocol'], version);
      t.match((seen.facts['certificate'] as Facts)['subject'], /^CN=/, 'the certificate is known all the same');
      await peer.allClosed();
    }
  }
});

t.test('a client certificate that is given is shown', async (t) => {
  const peer = await tlsPeer(t, { ...modern, ca: modern.cert, requestCert: true, rejectUnauthorized: true });
  const seen = await tls.run(questionTo('tls', peer.port), askingWith({ tls: modern }));
  t.equal(seen.outcome, 'answered');
  t.equal(seen.failure, null);
  t.equal(seen.facts['clientCertificateRequested'], true);
});

t.test('a closed port is told as such, and material that is none is our own fault', async (t) => {
  const peer = await tlsPeer(t, modern);
  const bad = await tls.run(
    questionTo('tls', peer.port),
    askingWith({ tls: { cert: 'no certificate', key: 'no key' } }),
  );
  t.match(bad, { outcome: 'unasked', failure: { code: 'tls-material' } });
  const closed = await tls.run(questionTo('tls', 1), askingWith());
  t.match(closed, { outcome: 'closed', facts: {}, failure: { code: 'connection-refused' } });
});

t.test('the registry line: rows and cost', async (t) => {
  const row = { protocol: 'PSOM', security: 'tls', transport: 'tcp', range: false };
  for (const protocol of ['PSOM', 'MTLS']) t.ok(tls.asks({ ...row, protocol }), protocol);
  for (const protocol of ['XMPP', 'SIP', 'HTTPS']) t.notOk(tls.asks({ ...row, protocol }), protocol);
  t.notOk(tls.asks({ ...row, transport: 'udp' }));
  t.notOk(tls.asks({ ...row, range: true }));
  const cost = tls.cost(questionTo('tls', 443, {}, 8), 0);
  t.ok(cost.least < cost.most && cost.secondsMost === 8 && cost.states === 3);
});
