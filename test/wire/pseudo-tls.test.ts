import t from 'tap';
import {
  encodePseudoClientHello,
  encodePseudoServerHello,
  readPseudoClientHello,
  readPseudoServerHello,
} from '../../wire/pseudo-tls.ts';
import { ascii, fromHex, survivesHostileBytes, toHex } from './hostile.ts';
import { allocate, pseudoClientHello, pseudoServerHello } from './msturn-vectors.ts';
import { tls10Server, tls12Client, tls12Server, tls13Client, tls13Server, versionAlert } from './tls-flights.ts';

const random = pseudoServerHello.subarray(15, 43);

t.test('the ClientHello is, byte for byte, the one of libnice', async (t) => {
  const hello = encodePseudoClientHello({ time: 0xc1fcd5a3, random: pseudoClientHello.subarray(15, 43) });
  t.equal(toHex(hello), toHex(pseudoClientHello));
  t.equal(hello.length, 50);
  t.throws(() => encodePseudoClientHello({ time: 0, random: new Uint8Array(32) }), /28 bytes/);
});

t.test('the ServerHello is the one that libnice takes', async (t) => {
  const sessionId = pseudoServerHello.subarray(44, 76);
  const hello = encodePseudoServerHello({ time: 0x6b00113f, random, sessionId });
  t.equal(toHex(hello), toHex(pseudoServerHello));
  const read = { kind: 'pseudo-tls', consumed: 83, time: 0x6b00113f, sessionIdLength: 32 };
  t.same(readPseudoServerHello(hello), read);
  t.same(readPseudoServerHello(fromHex(`${toHex(hello)}020000241603`)), read, 'with MSTURN behind it');
  t.throws(() => encodePseudoServerHello({ time: 0, random, sessionId: new Uint8Array(33) }), /at most 32/);
});

t.test('other session id lengths are taken', async (t) => {
  for (const length of [0, 1, 16, 31]) {
    const hello = encodePseudoServerHello({ time: 7, random, sessionId: new Uint8Array(length).fill(1) });
    t.same(readPseudoServerHello(hello), {
      kind: 'pseudo-tls',
      consumed: 51 + length,
      time: 7,
      sessionIdLength: length,
    });
  }
});

t.test('every prefix of either hello is incomplete', async (t) => {
  for (let length = 0; length < 83; length++) {
    const { kind } = readPseudoServerHello(pseudoServerHello.subarray(0, length));
    if (kind !== 'incomplete') t.fail(`server, ${length} bytes: ${kind}`);
  }
  for (let length = 0; length < 50; length++) {
    const { kind } = readPseudoClientHello(pseudoClientHello.subarray(0, length));
    if (kind !== 'incomplete') t.fail(`client, ${length} bytes: ${kind}`);
  }
  t.pass();
});

t.test('servers that are something else', async (t) => {
  const anonymousInEarnest = pseudoServerHello.with(79, 0x0c);
  const certificate = '0b00000c 000009 000006 aabbccddeeff';
  const certificateBehind = fromHex(`1603010056 ${toHex(pseudoServerHello.subarray(5, 79))} ${certificate}`);
  const doneApart = fromHex(`160301004a ${toHex(pseudoServerHello.subarray(5, 79))} 16030100040e000000`);
  const cases: [string, Uint8Array, object][] = [
    ['TLS 1.2', tls12Server, { kind: 'tls-server', message: 'server-hello', cipher: 0xc02b }],
    ['TLS 1.0', tls10Server, { kind: 'tls-server', message: 'server-hello', cipher: 0xc00a }],
    ['TLS 1.3', tls13Server, { kind: 'tls-server', message: 'server-hello', cipher: 0x1302 }],
    [
      'handshake_failure',
      fromHex('15030100020228'),
      { kind: 'tls-alert', level: 2, description: 40, name: 'handshake_failure' },
    ],
    ['protocol_version', versionAlert, { kind: 'tls-alert', level: 2, description: 70, name: 'protocol_version' }],
    ['a certificate', certificateBehind, { kind: 'tls-server', message: 'certificate', cipher: 0x18 }],
    [
      'another message in the place of ServerHelloDone',
      anonymousInEarnest,
      { kind: 'tls-server', message: 'server-hello', cipher: 0x18 },
    ],
    [
      'ServerHelloDone in a record of its own',
      doneApart,
      { kind: 'tls-server', message: 'server-hello', cipher: 0x18 },
    ],
    [
      'only a certificate',
      fromHex('160301 0004 0b000000'),
      { kind: 'tls-server', message: 'certificate', cipher: null },
    ],
    ['an echo', pseudoClientHello, { kind: 'not-tls', reason: 'a ClientHello came back' }],
    ['HTTP', ascii('HTTP/1.1 400 Bad Request\r\n'), { kind: 'not-tls', reason: 'the first byte is 0x48' }],
    ['plain MSTURN', fromHex(`02000024${toHex(allocate)}`), { kind: 'not-tls', reason: 'the first byte is 0x02' }],
    ['an empty record', fromHex('1603010000'), { kind: 'not-tls', reason: 'a record of 0 bytes' }],
    ['a huge record', fromHex('160301ffff'), { kind: 'not-tls', reason: 'a record of 65535 bytes' }],
    ['no TLS version', fromHex('1602'), { kind: 'not-tls', reason: 'a record of version 0x02' }],
    ['a long alert', fromHex('1503010003020000'), { kind: 'not-tls', reason: 'an alert of 3 bytes' }],
    ['a Finished', fromHex('160301000414000000'), { kind: 'not-tls', reason: 'a handshake message of type 20' }],
    ['a session id too long', pseudoServerHello.with(43, 33), { kind: 'not-tls', reason: 'a session id of 33 bytes' }],
  ];
  for (const [what, bytes, expected] of cases) t.same(readPseudoServerHello(bytes), expected, what);
});

t.test('clients', async (t) => {
  t.same(readPseudoClientHello(pseudoClientHello), { kind: 'pseudo-tls', consumed: 50 });
  const other = encodePseudoClientHello({ time: 1_795_000_000, random: new Uint8Array(28).fill(0xee) });
  t.same(readPseudoClientHello(fromHex(`${toHex(other)}0200`)), { kind: 'pseudo-tls', consumed: 50 });
  t.same(readPseudoClientHello(tls12Client), { kind: 'tls-client' });
  t.same(readPseudoClientHello(tls13Client), { kind: 'tls-client' });
  t.same(readPseudoClientHello(pseudoClientHello.with(47, 0x2f)), { kind: 'tls-client' }, 'another cipher');
  t.match(readPseudoClientHello(ascii('GET / HTTP/1.1')), { kind: 'not-tls' });
  t.match(readPseudoClientHello(versionAlert), { kind: 'not-tls' });
});

t.test('survives hostile bytes', async (t) => {
  const servers = [pseudoServerHello, versionAlert, tls12Server];
  survivesHostileBytes(t, readPseudoServerHello, ({ kind }) => kind === 'pseudo-tls', servers);
  survivesHostileBytes(t, readPseudoClientHello, ({ kind }) => kind === 'pseudo-tls', [pseudoClientHello, tls12Client]);
});
