import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { createTlsTap, type TlsTapSummary } from '../../wire/tls-record.ts';
import { ascii, fromHex, seeded, survivesHostileBytes, toHex } from './hostile.ts';
import { pseudoServerHello } from './msturn-vectors.ts';
import {
  tls10Server,
  tls12Client,
  tls12Server,
  tls13Client,
  tls13RetryServer,
  tls13Server,
  versionAlert,
} from './tls-flights.ts';

const tap = (...parts: Uint8Array[]): TlsTapSummary => {
  const tap = createTlsTap();
  for (const part of parts) tap.push(part);
  return tap.summary();
};

t.test('TLS 1.2: everything up to ChangeCipherSpec is seen', async (t) => {
  const summary = tap(tls12Server);
  t.match(summary, {
    bytes: tls12Server.length,
    first: 'handshake',
    firstBytesHex: toHex(tls12Server.subarray(0, 16)),
    serverHello: {
      legacyVersion: 0x0303,
      version: 0x0303,
      versionName: 'TLSv1.2',
      cipher: 0xc02b,
      cipherName: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    },
    helloRetryRequest: false,
    clientHelloSeen: false,
    certificateSeen: true,
    certificateCount: 1,
    certificateRequest: { nameCount: 1, names: ['DC=com, DC=contoso, CN=Contoso CA'] },
    serverHelloDone: true,
    changeCipherSpec: true,
    alerts: [],
    stopped: 'encrypted',
    reason: null,
  });
  const { leafCertificate } = summary;
  t.equal(leafCertificate && new X509Certificate(leafCertificate).subject, 'CN=sip.contoso.com');
});

t.test('TLS 1.0: a CertificateRequest without signature algorithms', async (t) => {
  t.match(tap(tls10Server), {
    serverHello: { versionName: 'TLSv1', cipher: 0xc00a },
    certificateCount: 1,
    certificateRequest: { nameCount: 1, names: ['DC=com, DC=contoso, CN=Contoso CA'] },
    serverHelloDone: true,
    stopped: 'encrypted',
  });
});

t.test('TLS 1.3: the version is in an extension, the rest is encrypted', async (t) => {
  const encrypted = { certificateSeen: false, certificateRequest: null, changeCipherSpec: true, stopped: 'encrypted' };
  const serverHello = { legacyVersion: 0x0303, version: 0x0304, versionName: 'TLSv1.3', sessionIdLength: 32 };
  t.match(tap(tls13Server), { ...encrypted, serverHello, helloRetryRequest: false });
  t.match(tap(tls13RetryServer), { ...encrypted, serverHello, helloRetryRequest: true });
});

t.test('the client direction', async (t) => {
  t.match(tap(tls12Client), {
    clientHelloSeen: true,
    serverHello: null,
    certificateSeen: true,
    certificateCount: 0,
    leafCertificate: null,
    changeCipherSpec: true,
    stopped: 'encrypted',
  });
  t.match(tap(tls13Client), { clientHelloSeen: true, first: 'handshake', stopped: null });
});

t.test('alerts', async (t) => {
  const alert = { level: 2, description: 70, name: 'protocol_version' };
  t.match(tap(versionAlert), { first: 'alert', alerts: [alert], stopped: null });
  t.match(tap(fromHex('15030100020170'), versionAlert), { alerts: [{ level: 1, name: 'unrecognized_name' }, alert] });
  t.match(tap(fromHex('150301000202c8')), { alerts: [{ name: 'alert_200' }] });
  t.equal(tap(...Array.from({ length: 50 }, () => versionAlert)).alerts.length, 8, 'at most 8 are kept');
  const hello = tls12Server.subarray(0, 5 + 0x41);
  t.match(tap(hello, fromHex('15030300020228')), {
    serverHello: { cipher: 0xc02b },
    alerts: [{ name: 'handshake_failure' }],
  });
});

t.test('what is no TLS', async (t) => {
  for (const bytes of [
    ascii('SIP/2.0 400 Bad'),
    ascii('<'),
    fromHex('1602'),
    fromHex('1603 01 ffff'),
    fromHex('1703030001'),
    fromHex('00'),
  ]) {
    t.match(tap(bytes), { first: 'not-tls', stopped: 'not-tls', firstBytesHex: toHex(bytes) });
  }
  t.match(tap(fromHex('16')), { first: null, stopped: null });
  t.match(tap(), { bytes: 0, first: null, firstBytesHex: '' });
});

t.test('sound at first, then not', async (t) => {
  const hello = tls12Server.subarray(0, 5 + 0x41);
  t.match(tap(hello, ascii('HTTP/')), { first: 'handshake', stopped: 'malformed', serverHello: { cipher: 0xc02b } });
  t.match(tap(fromHex('16030300080200000400000000')), {
    stopped: 'malformed',
    reason: /type 2 is not well-formed/,
    serverHello: null,
  });
  t.match(tap(fromHex('160303000b0b000007 000006 000003 aa')), {
    certificateSeen: true,
    certificateCount: 0,
    stopped: 'malformed',
  });
  t.match(tap(fromHex('160303000e0d00000a 0101 0000 0004 0009 abcd')), {
    certificateRequest: { nameCount: 0 },
    stopped: 'malformed',
  });
});

t.test('a handshake message may span records', async (t) => {
  const record = tls12Server.subarray(5, 5 + 0x41);
  const pieces = Array.from(record, (byte) => fromHex(`1603030001${byte.toString(16).padStart(2, '0')}`));
  t.match(tap(...pieces), { serverHello: { cipher: 0xc02b }, stopped: null });
});

t.test('the pseudo-TLS hello is seen for what it is', async (t) => {
  t.match(tap(pseudoServerHello), { serverHello: { cipher: 0x0018 }, certificateSeen: false, serverHelloDone: true });
});

t.test('memory is bounded: a message that is too long ends it, a record may not be', async (t) => {
  t.match(tap(fromHex('1603030004 0b020001')), { stopped: 'truncated', reason: /131073 bytes/ });
  const growing = createTlsTap();
  growing.push(fromHex('1603030004 0b01ffff'));
  const filler = fromHex(`16030340 00 ${'00'.repeat(0x4000)}`);
  for (let i = 0; i < 20; i++) growing.push(filler);
  t.match(growing.summary(), { stopped: 'malformed', certificateCount: 0, bytes: 9 + 20 * filler.length });
});

t.test('cut at every offset, the summary is the same', async (t) => {
  for (const flight of [tls12Server, tls10Server, tls12Client, tls13RetryServer, versionAlert]) {
    const whole = JSON.stringify(tap(flight));
    for (let cut = 0; cut <= flight.length; cut++) {
      if (JSON.stringify(tap(flight.subarray(0, cut), flight.subarray(cut))) !== whole) return t.fail(`cut at ${cut}`);
    }
    t.equal(JSON.stringify(tap(...Array.from(flight, (byte) => Uint8Array.of(byte)))), whole, 'byte by byte');
  }
  return undefined;
});

t.test('survives hostile bytes, in pieces', async (t) => {
  const random = seeded(5);
  const decode = (bytes: Uint8Array): TlsTapSummary => {
    const cut = Math.floor(random() * bytes.length);
    return tap(bytes.subarray(0, cut), bytes.subarray(cut));
  };
  const accepted = ({ serverHello, stopped }: TlsTapSummary): boolean =>
    serverHello !== null && stopped === 'encrypted';
  survivesHostileBytes(t, decode, accepted, [tls12Server, tls10Server, tls13RetryServer, versionAlert]);
});
