import type { TLSSocket } from 'node:tls';
import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import type { ProbeOptions } from '../../probes/probe.ts';
import { sip } from '../../probes/sip.ts';
import { answerTo, sipPeer } from './sip-peers.ts';
import { askingWith, questionTo, rawPeer, tlsPeer } from './tls-peers.ts';

const options: ProbeOptions = { from: 'litware.com', to: 'contoso.com' };
const certificate = await generateCertificate({ names: ['sip.contoso.com'], days: 1, now: new Date() });

type Serve = (socket: TLSSocket, request: string) => void;

const say =
  (make: (request: string) => string | Uint8Array): Serve =>
  (socket, request) => {
    socket.write(make(request));
  };

const flood =
  (text: string): Serve =>
  (socket) => {
    const pour = (): void => {
      while (!socket.destroyed && socket.write(text));
    };
    socket.on('drain', pour);
    pour();
  };

const ok = (request: string): string => answerTo(request, 'SIP/2.0 200 OK');
const http = 'HTTP/1.1 400 Bad Request\r\n\r\n';

const cases: readonly [string, Serve, string | null, object][] = [
  ['says nothing', () => undefined, 'sip-silent', { sipAnswered: false, status: null }],
  ['closes', (s) => s.end(), 'sip-closed', { sipAnswered: false }],
  ['cuts the connection', (s) => s.destroy(), 'sip-closed', { sipAnswered: false }],
  ['speaks HTTP', say(() => http), 'not-sip', { spoken: 'http', firstBytes: { text: http } }],
  ['speaks XML', say(() => '<stream:stream'), 'not-sip', { spoken: 'xml' }],
  ['speaks TLS inside TLS', say(() => Buffer.from('15030300020246', 'hex')), 'not-sip', { spoken: 'tls' }],
  ['speaks something else', say(() => '220 mail ESMTP\r\n'), 'not-sip', { spoken: 'other' }],
  ['echoes', say((request) => request), 'not-sip', { spoken: 'echo', sipAnswered: false }],
  ['sends fields without end', flood('SIP/2.0 200 OK\r\nA: b\r\n'.repeat(1)), 'not-sip', { spoken: 'sip' }],
  ['sends a field without end', flood('a'.repeat(9999)), 'not-sip', { spoken: 'other' }],
  ['sends keep-alives without end', flood('\r\n\r\n'.repeat(999)), 'not-sip', { spoken: 'sip' }],
  ['answers somebody else', say((r) => ok(r.replace(/branch=z9hG4bK/, 'branch=z9hG4bKx'))), 'sip-silent', {}],
  ['answers another call', say((r) => ok(r.replace(/Call-ID: /, 'Call-ID: x'))), 'sip-silent', {}],
  ['answers another method', say((r) => ok(r.replace('1 OPTIONS', '1 INVITE'))), 'sip-silent', { sipAnswered: false }],
  ['answers by halves', say((r) => ok(r).slice(0, -3)), 'sip-silent', { firstBytes: { text: /^SIP\/2\.0 200 OK/ } }],
  [
    'says 100 and no more',
    say((r) => answerTo(r, 'SIP/2.0 100 Trying')),
    'sip-unfinished',
    { sipAnswered: true, status: 100, reason: 'Trying' },
  ],
  [
    "says 100, somebody else's answer, a request of its own, keep-alives, then ours",
    say((r) => {
      const others = ok(r.replace('Call-ID: ', 'Call-ID: x')) + answerTo('', 'NOTIFY sip:a SIP/2.0');
      return `${answerTo(r, 'SIP/2.0 100 Trying')}${others}\r\n\r\n${answerTo(r, 'SIP/2.0 504 Server time-out')}`;
    }),
    null,
    { sipAnswered: true, status: 504, reason: 'Server time-out' },
  ],
  [
    'answers as an Edge does',
    say((r) =>
      answerTo(
        r.replace(/;branch=/, ';received=203.0.113.9;ms-received-port=4711;branch='),
        'SIP/2.0 404 Not Found\u001b[2J',
        'Server: RTC/5.0',
        `ms-diagnostics-public: 1003;reason="User does not exist${'x'.repeat(999)}"`,
        'm: <sip:edge.contoso.com:5061;transport=tls>',
      ),
    ),
    null,
    {
      status: 404,
      reason: 'Not Found\u001b[2J',
      server: 'RTC/5.0',
      msDiagnostics: /^1003;reason="User does not exist[x]{200,240}$/,
      viaReceived: '203.0.113.9',
      contact: '<sip:edge.contoso.com:5061;transport=tls>',
    },
  ],
];

for (const [what, serve, code, facts] of cases) {
  t.test(`a peer that ${what}`, async (t) => {
    const peer = await sipPeer(t, certificate, serve);
    const seen = await sip.run(questionTo('sip', peer.port, options, 1), askingWith());
    t.equal(seen.outcome, 'answered', 'the handshake decides');
    t.equal(seen.failure?.code ?? null, code);
    t.match(seen.facts, { ...facts, tls: { protocol: 'TLSv1.3', certificate: { keyBits: 256 } } });
    t.equal(seen.attempts.length, 1);
    t.ok(seen.durationSeconds < 3, `within the deadline: ${seen.durationSeconds}`);
    await peer.allClosed();
  });
}

t.test('one byte at a time, and a hang-up after any byte', async (t) => {
  const slow = await sipPeer(t, certificate, (socket, request) => {
    for (const byte of Buffer.from(ok(request))) socket.write(Uint8Array.of(byte));
  });
  const seen = await sip.run(questionTo('sip', slow.port, options, 3), askingWith());
  t.match(seen, { outcome: 'answered', failure: null, facts: { status: 200 } });
  await slow.allClosed();

  let at = 0;
  let whole = 1;
  const hasty = await sipPeer(t, certificate, (socket, request) => {
    whole = ok(request).length;
    socket.end(ok(request).slice(0, at));
  });
  for (; at <= whole; at += at < whole - 9 ? 37 : 1) {
    const { failure, facts } = await sip.run(questionTo('sip', hasty.port, options, 3), askingWith());
    const complete = at === whole;
    t.equal(failure?.code ?? null, complete ? null : 'sip-closed', `${at} of ${whole} bytes`);
    t.equal(facts['sipAnswered'], complete);
  }
  await hasty.allClosed();
});

t.test('a silent server costs three seconds, not the deadline', async (t) => {
  const peer = await sipPeer(t, certificate, () => undefined);
  const seen = await sip.run(questionTo('sip', peer.port, options, 60), askingWith());
  t.match(seen, { outcome: 'answered', failure: { code: 'sip-silent', message: /within 3\.\d s/ } });
  t.ok(seen.durationSeconds < 20, `${seen.durationSeconds}`);
});

t.test('insisting on a client certificate, in the handshake and after it', async (t) => {
  const strict = await tlsPeer(t, { ...certificate, requestCert: true, rejectUnauthorized: true });
  const refused = await sip.run(questionTo('sip', strict.port, options, 3), askingWith());
  t.match(refused, {
    outcome: 'answered',
    failure: { step: 'tls', code: 'mtls-unfinished' },
    facts: { sipAnswered: null, tls: { clientCertificateRequested: true, hellos: [{ kind: 'modern' }] } },
  });
  await strict.allClosed();

  const later = await sipPeer(t, certificate, (socket) => socket.destroy(), { requestCert: true });
  const hungUp = await sip.run(questionTo('sip', later.port, options, 3), askingWith());
  t.match(hungUp, {
    outcome: 'answered',
    failure: { step: 'sip', code: 'mtls-unfinished', message: /hung up before SIP/ },
    facts: { sipAnswered: false },
  });
  const wordy = await sipPeer(t, certificate, (socket) => socket.end('SIP/2.0 4'), { requestCert: true });
  t.match(await sip.run(questionTo('sip', wordy.port, options, 3), askingWith()), { failure: { code: 'sip-closed' } });
});

t.test('another age: the legacy hello carries SIP', async (t) => {
  const old = await generateCertificate({ names: ['sip.contoso.com'], days: 1, now: new Date(), key: 'rsa-legacy' });
  const aged = { ciphers: 'DEFAULT@SECLEVEL=0', minVersion: 'TLSv1', maxVersion: 'TLSv1' } as const;
  const peer = await sipPeer(t, { ...old, ...aged }, say(ok));
  const seen = await sip.run(questionTo('sip', peer.port, options, 3), askingWith());
  t.match(seen, {
    outcome: 'answered',
    failure: null,
    facts: { status: 200, tls: { legacy: true, protocol: 'TLSv1', hellos: [{}, { kind: 'legacy' }] } },
    attempts: [{ requests: 1 }, { requests: 2 }],
  });
});

t.test('no TLS, no SIP: what stands in for it decides', async (t) => {
  const plain = await rawPeer(t, (socket) => socket.once('data', () => socket.end('SIP/2.0 400 Bad\r\n\r\n')));
  const seen = await sip.run(questionTo('sip', plain.port, options, 3), askingWith());
  t.match(seen, { outcome: 'open', failure: { step: 'tls', code: 'not-tls' } });
  t.notOk('sipAnswered' in seen.facts);
  t.match(await sip.run(questionTo('sip', 1, options), askingWith()), {
    outcome: 'closed',
    facts: {},
    failure: { code: 'connection-refused' },
  });
  const mute = await rawPeer(t, () => undefined);
  t.match(await sip.run(questionTo('sip', mute.port, options, 1), askingWith()), {
    outcome: 'open',
    failure: { code: 'tls-silent' },
  });
});

t.test('a run that is ended while SIP is awaited', async (t) => {
  const controller = new AbortController();
  const peer = await sipPeer(t, certificate, () => controller.abort());
  const seen = await sip.run(questionTo('sip', peer.port, options, 30), askingWith({ signal: controller.signal }));
  t.match(seen, { outcome: 'answered', failure: { code: 'aborted' } });
  await peer.allClosed();
});
