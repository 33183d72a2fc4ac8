import t from 'tap';
import { answerDatagram, answerStun } from '../../probes/stun-answer.ts';
import { makeRequest, readAnswer } from '../../probes/stun-exchange.ts';
import { askStream } from '../../probes/stun-stream.ts';
import { systemWorld } from '../../probes/world.ts';
import { encodeMsturnFrame } from '../../wire/msturn-frame.ts';
import { encodePseudoClientHello } from '../../wire/pseudo-tls.ts';
import { channelPair, pairEnds } from './pair.ts';

const world = systemWorld(new AbortController().signal);
const soon = (): number => world.clock.monotonic() + 20;
const from = { address: '198.51.100.7', port: 51234 };

t.test('asking and answering halves meet over a stream in every dialect', async (t) => {
  for (const dialect of ['msturn-pseudo-tls', 'msturn', 'rfc8489'] as const) {
    const [client, server] = channelPair('tcp', world);
    const answering = answerStun(server, {}, world);
    const reply = await askStream(client, dialect, 0, soon(), world);
    t.match(reply, { outcome: 'answered', failure: null, answer: { dialect } });
    t.equal(reply.requests, dialect === 'msturn-pseudo-tls' ? 2 : 1);
    if (dialect === 'rfc8489') t.strictSame(reply.answer?.xorMapped, pairEnds.client);
    else t.match(reply.answer, { errorCode: 401, realm: 'edgeprobe', serverVersion: 1, clientVersion: 6 });
    client.close();
    await answering;
  }
});

t.test('the answering half over a datagram channel', async (t) => {
  const control = new AbortController();
  const abortable = systemWorld(control.signal);
  const [client, server] = channelPair('udp', abortable);
  const answering = answerStun(server, {}, abortable);
  const request = makeRequest('rfc8489', 0, world);
  client.send(Buffer.from('not for you'));
  client.send(request.bytes);
  const received = await client.receive(soon());
  if (received.kind !== 'bytes') throw new Error(`no answer but ${received.kind}`);
  t.equal(readAnswer(received.bytes, [request]).kind, 'answer', 'the first thing heard is the answer');
  control.abort();
  await answering;
});

t.test('an Allocate that we did not write: libnice, without a cookie in its transaction id', async (t) => {
  const libnice = Buffer.from('0003001098ff77df700b2c4ba26420fdaeebdf9d000f000472c64bc68008000400000001', 'hex');
  const answer = answerDatagram(libnice, from, { realm: 'rtcmedia', msVersion: 4 });
  const hex = Buffer.from(answer ?? []).toString('hex');
  t.match(hex, /^0113[0-9a-f]{4}98ff77df700b2c4ba26420fdaeebdf9d000f000472c64bc6/, 'same transaction, cookie first');
  t.match(hex, /001500087274636d65646961/, 'the realm');
  t.match(hex, /8008000400000004/, 'MS-Version');
});

t.test('mapped addresses are literal ones of the peer', async (t) => {
  const request = makeRequest('rfc8489', 0, world);
  const mappedOf = (address: string) => {
    const answer = answerDatagram(request.bytes, { address, port: 4000 });
    const reading = answer && readAnswer(answer, [request]);
    return reading?.kind === 'answer' ? reading.answer.xorMapped : null;
  };
  t.strictSame(mappedOf('::ffff:192.0.2.7'), { address: '192.0.2.7', port: 4000 }, 'IPv4 on a dual-stack socket');
  t.strictSame(mappedOf('fe80::1%eth0'), { address: 'fe80::1', port: 4000 }, 'a scope concerns this host only');
  t.strictSame(mappedOf('2001:db8::7'), { address: '2001:db8::7', port: 4000 });
});

t.test('silence to whatever is malformed, an answer, or not for us', async (t) => {
  const allocate = makeRequest('msturn', 0, world).bytes;
  const binding = makeRequest('rfc8489', 0, world).bytes;
  const answers = [allocate, binding].map((bytes) => answerDatagram(bytes, from) ?? new Uint8Array(0));
  for (const answer of answers) t.ok(answer.length > 0);
  const noCookie = Buffer.from(allocate);
  noCookie[21] = 0x10;
  const indication = Buffer.from(binding);
  indication[1] = 0x11;
  const silent: readonly Uint8Array[] = [new Uint8Array(0), Buffer.from('hello'), noCookie, indication, ...answers];
  for (const bytes of silent) t.equal(answerDatagram(bytes, from), null);
  for (const bytes of [allocate, binding])
    for (let size = 0; size < bytes.length; size++) t.equal(answerDatagram(bytes.subarray(0, size), from), null);
});

t.test('no answer helps an attacker much: Binding at most doubles, Allocate at most triples', async (t) => {
  for (const [dialect, factor] of [
    ['rfc8489', 2],
    ['rfc3489', 2],
    ['msturn', 3],
  ] as const) {
    const { bytes } = makeRequest(dialect, 0, world);
    t.ok((answerDatagram(bytes, from)?.length ?? 0) <= factor * bytes.length, dialect);
  }
});

t.test('over a stream, malformed bytes end the connection without a word', async (t) => {
  const hello = encodePseudoClientHello({ time: 0, random: new Uint8Array(28) });
  const realHello = Buffer.from(hello);
  realHello[47] = 0x2f;
  const bad: Readonly<Record<string, Uint8Array>> = {
    'a first byte of nothing we know': Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    'a TLS client in earnest': realHello,
    'a frame with garbage': encodeMsturnFrame(Buffer.from('garbage')),
    'a frame of data': Buffer.from('0300000401020304', 'hex'),
    'a Binding request in a frame': encodeMsturnFrame(makeRequest('rfc8489', 0, world).bytes),
    'classic STUN, which has no stream': makeRequest('rfc3489', 0, world).bytes,
  };
  for (const [name, bytes] of Object.entries(bad)) {
    const [client, server] = channelPair('tcp', world);
    const answering = answerStun(server, {}, world);
    client.send(bytes);
    t.equal((await client.receive(soon())).kind, 'end', name);
    await answering;
  }
});

t.test('after the hello only MSTURN is spoken; request and hello may come in any pieces', async (t) => {
  const hello = encodePseudoClientHello({ time: 0, random: new Uint8Array(28) });
  const stream = Buffer.concat([hello, encodeMsturnFrame(makeRequest('msturn', 0, world).bytes)]);
  for (const size of [1, 7, 49, stream.length]) {
    const [client, server] = channelPair('tcp', world);
    const answering = answerStun(server, {}, world);
    for (let at = 0; at < stream.length; at += size) client.send(stream.subarray(at, at + size));
    let bytes: Uint8Array = new Uint8Array(0);
    while (bytes.length < 83 + 4 + 20) {
      const received = await client.receive(soon());
      if (received.kind !== 'bytes') throw new Error(`${received.kind} after ${bytes.length} bytes`);
      bytes = Buffer.concat([bytes, received.bytes]);
    }
    t.match(Buffer.from(bytes).toString('hex', 0, 11), '160301004e020000460301');
    t.equal(Buffer.from(bytes).toString('hex', 83, 85), '0200', 'a control frame follows');
    t.equal(Buffer.from(bytes).toString('hex', 87, 89), '0113', 'with the challenge');
    client.close();
    await answering;
  }
});
