import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type Responder, shareSize, startResponder } from '../../agent/respond.ts';
import { createRespondLog, type RespondLog } from '../../agent/respond-log.ts';
import type { RespondService } from '../../agent/respond-services.ts';
import { summaryText } from '../../agent/respond-text.ts';
import { generateCertificate } from '../../probes/certificate.ts';
import { networksOf } from '../../probes/networks.ts';
import { encodeQuery } from '../../wire/dns.ts';
import { encodeAllocate } from '../../wire/msturn.ts';
import { encodeBindingRequest } from '../../wire/stun.ts';
import { otherLoopback, ownLoopback } from '../loopback.ts';
import { askingWith } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';
import { tls12Client } from '../wire/tls-flights.ts';

/** Other addresses of loopback: only Linux has them without being told. */
const strangers = needing('linux');

const friend = ownLoopback;
const stranger = otherLoopback;
const secret = { username: 'edgeprobe', password: 'secret' };
const world = askingWith();
const material = await generateCertificate({ names: ['x.example'], days: 1, now: new Date(), proof: secret });

const service = (probe: string, transport: 'tcp' | 'udp', port: number, to = port): RespondService => ({
  ...{ rules: [`p/${probe}-${port}`], probe, transport, who: 'x', address: friend, options: {} },
  ports: { from: port, to },
});

const start = async (
  t: Test,
  services: readonly RespondService[],
  share = { from: 0, to: 99 },
  more: Partial<Parameters<typeof startResponder>[1]> = {},
): Promise<{ responder: Responder; log: RespondLog }> => {
  const log = createRespondLog();
  const shared = { secret, tls: () => material, log, world, connections: 50 };
  const serving = { allowed: networksOf([friend]), ...shared, ...more };
  const unresolved = { kind: 'unresolved', code: 'no-such-name' } as const;
  const resolver = async (host: string) => ({ ...unresolved, message: `${host} has no address` });
  const responder = await startResponder(services, serving, resolver, () => share);
  t.teardown(() => responder.close());
  return { responder, log };
};

/** What comes back over TCP for these bytes, from that source. */
const sayTcp = (port: number, bytes: Uint8Array, from: string): Promise<Buffer> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: friend, port, localAddress: from });
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });

/** The same over UDP. Who expects an answer waits for it; silence has to be taken for granted after a while. */
const sayUdp = async (
  port: number,
  bytes: Uint8Array,
  from: string,
  expected: 'answer' | 'silence',
): Promise<Buffer> => {
  const socket = createSocket('udp4');
  const chunks: Buffer[] = [];
  const answered = new Promise<void>((resolve) => {
    socket.on('message', (chunk) => {
      chunks.push(chunk);
      resolve();
    });
  });
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  socket.send(bytes, port, friend);
  await Promise.race([answered, sleep(expected === 'answer' ? 20_000 : 400, undefined, { ref: false })]);
  socket.close();
  return Buffer.concat(chunks);
};

/** The hello alone, without what the client said later. */
const clientHello = tls12Client.subarray(0, 5 + 0x12e);
const transactionId = Uint8Array.from({ length: 12 }, (_, index) => index);
const plain = encodeBindingRequest({ dialect: 'rfc8489', transactionId });
const signedWith = (password: string): Uint8Array =>
  encodeBindingRequest({ dialect: 'rfc8489', transactionId, credential: { ...secret, password } });
const classic = encodeBindingRequest({ dialect: 'rfc3489', transactionId: new Uint8Array(16).fill(7) });
const allocate = encodeAllocate({
  transactionId: Uint8Array.of(0x21, 0x12, 0xa4, 0x42, ...transactionId),
  msVersion: 1,
});
const query = encodeQuery(1, { name: 'contoso.com', type: 'A' });
const framed = (bytes: Uint8Array): Uint8Array => Uint8Array.of(0, bytes.length, ...bytes);
const text = (written: string): Uint8Array => new TextEncoder().encode(written);

t.test('not one byte to strangers, over any protocol', strangers, async (t) => {
  const services = [
    ...[service('stun', 'udp', 31478), service('dns', 'udp', 31053), service('udp', 'udp', 31500, 31501)],
    ...[service('stun', 'tcp', 31443), service('sip', 'tcp', 31061), service('dns', 'tcp', 31053)],
    ...[service('http', 'tcp', 31080), service('xmpp', 'tcp', 31269), service('tcp', 'tcp', 31500, 31501)],
  ];
  const { responder, log } = await start(t, services);
  t.strictSame(responder.notBound, []);
  const udp: readonly (readonly [number, Uint8Array])[] = [
    ...[plain, classic, allocate, signedWith('wrong')].map((bytes) => [31478, bytes] as const),
    ...([
      [31053, query],
      [31500, plain],
      [31501, signedWith('wrong')],
    ] as const),
  ];
  const tcp: readonly (readonly [number, Uint8Array])[] = [
    ...[plain, signedWith('wrong'), clientHello].map((bytes) => [31443, bytes] as const),
    ...([
      [31061, clientHello],
      [31053, framed(query)],
      [31080, text('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ] as const),
    ...([
      [31269, text("<?xml version='1.0'?><stream:stream to='x.example'>")],
      [31500, plain],
    ] as const),
  ];
  const silent = await Promise.all([
    ...udp.map(([port, bytes]) => sayUdp(port, bytes, stranger, 'silence')),
    ...tcp.map(([port, bytes]) => sayTcp(port, bytes, stranger)),
  ]);
  t.strictSame(
    silent.map((answer) => answer.length),
    silent.map(() => 0),
  );
  // The same bytes from a friend are answered, so the silence above is a refusal and no accident.
  const heard = await Promise.all([
    ...udp.map(([port, bytes]) => sayUdp(port, bytes, friend, 'answer')),
    ...tcp.map(([port, bytes]) => sayTcp(port, bytes, friend)),
  ]);
  const mute = heard.filter((answer) => answer.length === 0).length;
  t.equal(mute, 1, 'all but a real TLS client at an A/V Edge');
  t.match(
    summaryText(responder, log),
    new RegExp(`Refused, without a byte:\n {2}${stranger} \\d+ times: .*--allow ${stranger}/32`),
  );
});

t.test('a stranger who holds the credential is served, in STUN', strangers, async (t) => {
  const { log } = await start(t, [service('stun', 'udp', 31478), service('tcp', 'tcp', 31443)]);
  const right = signedWith(secret.password);
  t.ok((await sayUdp(31478, right, stranger, 'answer')).length > 0, 'udp');
  t.ok((await sayTcp(31443, right, stranger)).length > 0, 'tcp');
  t.match(log.heard(), [
    { transport: 'udp', signed: true, served: true, transaction: '000102030405060708090a0b' },
    { transport: 'tcp', signed: true, served: true },
  ]);
});

t.test('the credential opens the door in STUN alone, and what looks forged gets nothing', strangers, async (t) => {
  const { log } = await start(t, [
    ...[service('stun', 'udp', 31478), service('dns', 'udp', 31053)],
    ...[service('http', 'tcp', 31080), service('xmpp', 'tcp', 31269), service('sip', 'tcp', 31061)],
  ]);
  const nonce = '00112233445566778899aabbccddeeff';
  const right = signedWith(secret.password);
  // An answer and an indication, also when they are signed: whoever answered those would play ping-pong with himself.
  const answer = Uint8Array.from(right, (byte, index) => (index === 0 ? 0x01 : byte));
  const indication = Uint8Array.from(right, (byte, index) => (index === 1 ? 0x11 : byte));
  const udp: readonly (readonly [number, Uint8Array])[] = [
    [31053, encodeQuery(1, { name: `edgeprobe-${nonce}.contoso.com`, type: 'TXT' })],
    ...[answer, indication, right.subarray(0, 30), new Uint8Array(0), new Uint8Array(1200).fill(0xff)].map(
      (bytes) => [31478, bytes] as const,
    ),
  ];
  const tcp: readonly (readonly [number, Uint8Array])[] = [
    [31080, text(`GET / HTTP/1.1\r\nHost: a\r\nedgeprobe-nonce: ${nonce}\r\n\r\n`)],
    [31269, text(`<?xml version='1.0'?><stream:stream from='a.example/edgeprobe-${nonce}' to='x.example'>`)],
    [31061, clientHello],
  ];
  const silent = await Promise.all([
    ...udp.map(([port, bytes]) => sayUdp(port, bytes, stranger, 'silence')),
    ...tcp.map(([port, bytes]) => sayTcp(port, bytes, stranger)),
  ]);
  t.equal(Buffer.concat(silent).length, 0, 'not one byte');
  t.ok(
    log.heard().every(({ served, transport }) => !served || transport === 'udp'),
    'nobody was served but in STUN',
  );
  // To friends, answers and indications are no requests either.
  t.equal(
    (await sayUdp(31478, answer, friend, 'silence')).length +
      (await sayUdp(31478, indication, friend, 'silence')).length,
    0,
  );
  t.ok((await sayUdp(31478, right, stranger, 'answer')).length > 0, 'the same bytes as a request are served');
});

t.test('a source that asks too often gets no more in that second, and the record says so', async (t) => {
  // A clock that stands still: the second never ends.
  const still = { ...world, clock: { ...world.clock, monotonic: () => 7.5 } };
  const limited = { world: still, perSecond: 3 };
  const { log } = await start(t, [service('stun', 'udp', 31478)], undefined, limited);
  let answered = 0;
  for (let n = 0; n < 5; n++) {
    const bytes = encodeBindingRequest({ dialect: 'rfc8489', transactionId: new Uint8Array(12).fill(n) });
    if ((await sayUdp(31478, bytes, friend, n < limited.perSecond ? 'answer' : 'silence')).length > 0) answered++;
  }
  t.equal(answered, 3);
  t.strictSame(
    log.heard().map(({ served }) => served),
    [true, true, true, false, false],
  );
});

t.test('a fetch is answered with what the responder was given', async (t) => {
  const body = Uint8Array.of(1, 2, 3);
  await start(t, [service('http', 'tcp', 31080)], undefined, { body });
  const answer = await sayTcp(31080, text('GET /lab.crl HTTP/1.1\r\nHost: a\r\n\r\n'), friend);
  t.match(answer.toString('latin1'), /^HTTP\/1\.1 200 OK\r\n.*Content-Length: 3\r\n.*\r\n\r\n\x01\x02\x03$/s);
});

t.test('what cannot be listened on is told: busy ports and foreign addresses', async (t) => {
  const { responder: first } = await start(t, [service('tcp', 'tcp', 31502)]);
  t.strictSame(first.notBound, []);
  const away = { ...service('stun', 'udp', 31478), address: '192.0.2.1' };
  const nowhere = { ...service('stun', 'udp', 31479), address: 'nowhere.example' };
  const { responder } = await start(t, [service('tcp', 'tcp', 31500, 31510), away, nowhere]);
  const told = responder.notBound.toSorted((a, b) => a.ports.from - b.ports.from);
  t.match(told, [
    { code: 'EADDRNOTAVAIL', message: /udp\/31478 on 192\.0\.2\.1: this host does not own that address/ },
    { code: 'no-such-name', message: /nowhere\.example/ },
    { code: 'EADDRINUSE', ports: { from: 31502, to: 31502 }, message: /another program/ },
  ]);
  t.strictSame(
    responder.bound.map(({ ports }) => [ports.from, ports.to]),
    [
      [31500, 31501],
      [31503, 31510],
    ],
  );
});

t.test('several processes share the ports: each is bound once, single ports first', async (t) => {
  const services = [service('tcp', 'tcp', 31500, 31509), service('stun', 'udp', 31478)];
  const { responder: one } = await start(t, services, { from: 0, to: 5 });
  const { responder: two } = await start(t, services, { from: 6, to: 11 });
  const bound = [one, two].map((each) => each.bound.map(({ ports }) => [ports.from, ports.to]));
  t.strictSame(bound, [
    [
      [31478, 31478],
      [31500, 31504],
    ],
    [[31505, 31509]],
  ]);
  t.strictSame([...one.notBound, ...two.notBound], [], 'nobody takes what is another share');
  t.equal(one.total, 11);
});

t.test('shares: as few as will do, and of one size', async (t) => {
  const shares = (total: number, most: number): number[] => {
    const each = shareSize(total, most);
    return Array.from({ length: Math.ceil(total / each) }, (_, index) => Math.min(each, total - index * each));
  };
  t.strictSame(shares(20_008, 18_800), [10_004, 10_004]);
  t.strictSame(shares(20_008, 2968), [2859, 2859, 2859, 2859, 2859, 2859, 2854]);
  t.strictSame(shares(10, 100), [10]);
  t.equal(shareSize(0, 100), 0);
});

t.test('the summary says what never came', async (t) => {
  const { responder, log } = await start(t, [service('stun', 'udp', 31478), service('tcp', 'tcp', 31500, 31503)]);
  t.match(summaryText(responder, log), /^Nobody asked\.\nNever came:\n {2}udp\/31478 .*p\/stun-31478/);
  await sayTcp(31501, plain, friend);
  const after = summaryText(responder, log);
  t.match(after, `Asked by:\n  ${friend} once: tcp/31501\n`);
  t.match(after, `Came in part:\n  tcp/31500-31503 on ${friend}: 1 of 4 ports\nNever came:\n  udp/31478`);
  t.notMatch(after, /Refused/);
});

t.test('no more connections at a time than it may hold: further ones are reset', async (t) => {
  await start(t, [service('sip', 'tcp', 31061)]);
  const sockets = Array.from({ length: 60 }, () => connect({ host: friend, port: 31061 }));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  let reset = 0;
  await new Promise<void>((resolve) => {
    for (const socket of sockets) {
      socket
        .on('error', () => undefined)
        .on('close', () => {
          reset++;
          if (reset === 10) resolve();
        });
    }
  });
  await sleep(100);
  t.equal(reset, 10, 'fifty are held');
});
