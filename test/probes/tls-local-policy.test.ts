import t from 'tap';
import { betterHello, type Hello } from '../../probes/tls-hellos.ts';
import { type Ending, localPolicy, readHandshake } from '../../probes/tls-reading.ts';
import { createTlsTap } from '../../wire/tls-record.ts';

const refused: Ending = { kind: 'refused-here', code: 'ERR_SSL_NO_PROTOCOLS_AVAILABLE' };

t.test('a hello that our own library would not say was never asked', async (t) => {
  const silent = createTlsTap();
  const seen = readHandshake({ tap: silent.summary(), ending: refused, clientCertificateRequested: null });
  t.match(seen, { outcome: 'unasked', failure: { code: 'local-tls-policy', message: /NO_PROTOCOLS_AVAILABLE/ } });
  const spoken = createTlsTap();
  spoken.push(Uint8Array.of(22, 3, 3));
  const answered = readHandshake({ tap: spoken.summary(), ending: refused, clientCertificateRequested: null });
  t.match(answered, { outcome: 'open', failure: { code: 'not-tls' } }, 'once bytes came, it was they that it refused');
});

const hello = (kind: Hello['kind'], outcome: Hello['outcome'], code: string): Hello => ({
  ...{ kind, outcome, channel: null, facts: {}, end: () => undefined },
  failure: code === 'local-tls-policy' ? localPolicy('X') : { step: 'tls', code, message: code },
});

t.test('a server that is mute to a modern hello is not judged where the old one cannot be said', async (t) => {
  const legacy = hello('legacy', 'unasked', 'local-tls-policy');
  for (const code of ['tls-silent', 'tls-closed', 'tls-reset', 'tls-stalled']) {
    t.equal(betterHello(hello('modern', 'open', code), legacy), legacy, code);
  }
  for (const [outcome, code] of [
    ['answered', 'tls-handshake-refused'],
    ['open', 'pseudo-tls'],
    ['open', 'not-tls'],
  ] as const) {
    const modern = hello('modern', outcome, code);
    t.equal(betterHello(modern, legacy), modern, `${code}: what was said counts`);
  }
  const mute = hello('modern', 'open', 'tls-silent');
  t.equal(betterHello(mute, hello('legacy', 'open', 'tls-silent')), mute, 'both said, both unheard');
});
