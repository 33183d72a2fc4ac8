import t from 'tap';
import { looksLikeClientHello, readClientHello } from '../../wire/client-hello.ts';
import { ascii, fromHex, survivesHostileBytes, toHex } from './hostile.ts';
import { pseudoClientHello } from './msturn-vectors.ts';
import { tls12Client, tls12Server, tls13Client, versionAlert } from './tls-flights.ts';

const record = (length: number): Uint8Array => tls12Client.subarray(0, length);
const helloEnd = 5 + 0x12e;

t.test('recognises a ClientHello by its first six bytes', async (t) => {
  for (let length = 0; length < 6; length++)
    t.equal(looksLikeClientHello(record(length)), 'incomplete', `${length} bytes`);
  t.equal(looksLikeClientHello(record(6)), 'yes');
  t.equal(looksLikeClientHello(pseudoClientHello), 'yes');
  for (const bytes of [
    tls12Server,
    versionAlert,
    ascii('GET / HTTP/1.1'),
    ascii('<'),
    fromHex('1602'),
    fromHex('160305'),
  ]) {
    t.equal(looksLikeClientHello(bytes), 'no', toHex(bytes.subarray(0, 6)));
  }
});

t.test('reads name, versions, ciphers and protocols', async (t) => {
  const read = readClientHello(tls12Client);
  t.match(read, {
    ok: true,
    hello: { legacyVersion: 0x0303, serverName: 'sip.contoso.com', alpn: ['http/1.1', 'xmpp-server'] },
  });
  t.ok(read.ok && read.hello.ciphers.includes(0xc02b));
  t.ok(read.ok && read.hello.versions.includes(0x0303));
  const newest = readClientHello(tls13Client);
  t.ok(newest.ok && newest.hello.versions.includes(0x0304), 'supported_versions');
  t.same(readClientHello(pseudoClientHello), {
    ok: true,
    hello: { legacyVersion: 0x0301, versions: [0x0301], ciphers: [0x0018], serverName: null, alpn: [] },
  });
});

t.test('every prefix is incomplete, and records may split it', async (t) => {
  for (let length = 0; length < helloEnd; length++) {
    const read = readClientHello(record(length));
    if (read.ok || read.reason !== 'incomplete') t.fail(`${length} bytes`);
  }
  t.ok(readClientHello(record(helloEnd)).ok);
  const body = tls12Client.subarray(5, helloEnd);
  const half = Math.floor(body.length / 2);
  const header = (length: number): string => `160301${length.toString(16).padStart(4, '0')}`;
  const split = `${header(half)}${toHex(body.subarray(0, half))}${header(body.length - half)}${toHex(body.subarray(half))}`;
  t.same(readClientHello(fromHex(split)), readClientHello(tls12Client));
});

t.test('refuses with a reason', async (t) => {
  const interrupted = `160301000401000004${toHex(versionAlert)}`;
  const cases: [string, Uint8Array, RegExp][] = [
    ['a server', tls12Server, /not a TLS ClientHello/],
    ['an alert inside', fromHex(interrupted), /another record interrupts/],
    ['too long', fromHex('160301000401004001'), /16385 bytes/],
    ['cut inside', fromHex('16030100080100000403010000'), /cut off inside/],
    ['cut extensions', pseudoClientHello.with(4, 0x31).with(8, 0x2d), /incomplete/],
  ];
  for (const [what, bytes, reason] of cases) t.match(readClientHello(bytes), { ok: false, reason }, what);
  const extended = fromHex(`1603010031 0100002d ${toHex(pseudoClientHello.subarray(9))} 0005abcd`);
  t.match(readClientHello(extended), { ok: false, reason: /extensions are cut off|cut off inside/ });
});

t.test('survives hostile bytes', async (t) => {
  survivesHostileBytes(t, readClientHello, ({ ok }) => ok, [tls12Client, tls13Client, pseudoClientHello]);
});
