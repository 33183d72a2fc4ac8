import t from 'tap';
import { type Spoken, spokenIn, spokenInDatagram } from '../../probes/spoken.ts';
import { encodeQuery } from '../../wire/dns.ts';
import { ALLOCATE_REQUEST, encodeAllocate } from '../../wire/msturn.ts';
import { encodeMsturnFrame } from '../../wire/msturn-frame.ts';
import { encodePseudoClientHello } from '../../wire/pseudo-tls.ts';
import { encodeBindingRequest } from '../../wire/stun.ts';
import { tls12Client } from '../wire/tls-flights.ts';

const secret = { username: 'edgeprobe', password: 'secret' };
const text = (written: string): Uint8Array => new TextEncoder().encode(written);
/** The hello alone, without what the client said later. */
const clientHello = tls12Client.subarray(0, 5 + 0x12e);
const transactionId = Uint8Array.from({ length: 12 }, (_, index) => index + 1);
const id = '0102030405060708090a0b0c';
const nonce = '00112233445566778899aabbccddeeff';
const binding = encodeBindingRequest({ dialect: 'rfc8489', transactionId });
const signed = encodeBindingRequest({ dialect: 'rfc8489', transactionId, credential: secret, fingerprint: true });
const forged = encodeBindingRequest({
  ...{ dialect: 'rfc8489', transactionId },
  credential: { ...secret, password: 'Secret' },
});
const stranger = encodeBindingRequest({
  ...{ dialect: 'rfc8489', transactionId },
  credential: { ...secret, username: 'somebody' },
});
const allocate = encodeAllocate({
  transactionId: Uint8Array.of(0x21, 0x12, 0xa4, 0x42, ...transactionId),
  msVersion: 6,
});
const query = encodeQuery(7, { name: `edgeprobe-${nonce}.contoso.com`, type: 'TXT' });

const streams: readonly (readonly [string, Uint8Array, Partial<Spoken>])[] = [
  ['STUN', binding, { protocol: 'stun', transaction: id, signed: false }],
  ['signed STUN', signed, { protocol: 'stun', transaction: id, signed: true }],
  ['STUN signed with another password', forged, { protocol: 'stun', signed: false }],
  ['STUN signed for another user', stranger, { protocol: 'stun', signed: false }],
  ['framed MSTURN', encodeMsturnFrame(allocate), { protocol: 'msturn', transaction: id }],
  ['pseudo-TLS', encodePseudoClientHello({ time: 1, random: new Uint8Array(28) }), { protocol: 'pseudo-tls' }],
  ['TLS', clientHello, { protocol: 'tls', serverName: 'sip.contoso.com' }],
  ['DNS', Uint8Array.of(0, query.length, ...query), { protocol: 'dns', transaction: nonce }],
  [
    'XMPP',
    text(`<?xml version='1.0'?><stream:stream from='a.example/edgeprobe-${nonce}' to='b.example'>`),
    { protocol: 'xmpp', transaction: nonce },
  ],
  [
    'HTTP',
    text(`GET / HTTP/1.1\r\nHost: a\r\nedgeprobe-nonce: ${nonce}\r\n\r\n`),
    { protocol: 'http', transaction: nonce },
  ],
  ['a banner', text('+OK ready\r\n'), { protocol: 'other' }],
  ['SSH', Uint8Array.of(0x80, 1, 2), { protocol: 'other' }],
];

t.test('the first bytes of a stream tell what is spoken', async (t) => {
  t.equal(allocate[1], ALLOCATE_REQUEST);
  for (const [name, bytes, expected] of streams) t.match(spokenIn(bytes, secret), expected, name);
});

t.test('byte by byte it is undecided or the same, and never another protocol', async (t) => {
  for (const [name, bytes, { protocol }] of streams) {
    for (let length = 0; length <= bytes.length; length++) {
      const spoken = spokenIn(bytes.subarray(0, length), secret);
      if (spoken !== null && spoken.protocol !== protocol) t.fail(`${name} after ${length} bytes: ${spoken.protocol}`);
    }
  }
  t.equal(spokenIn(new Uint8Array(0), secret), null);
});

t.test('looking does not change what is looked at', async (t) => {
  for (const [name, bytes] of streams) {
    const received = Buffer.from(bytes);
    spokenIn(received, secret);
    spokenInDatagram(received, secret);
    t.equal(Buffer.compare(received, bytes), 0, name);
  }
});

t.test('datagrams', async (t) => {
  t.match(spokenInDatagram(signed, secret), { protocol: 'stun', transaction: id, signed: true });
  t.match(spokenInDatagram(signed, null), { protocol: 'stun', signed: false }, 'without a credential nobody has it');
  t.match(spokenInDatagram(query, secret), { protocol: 'dns', transaction: nonce });
  t.match(spokenInDatagram(new Uint8Array(0), secret), { protocol: 'other' });
  t.match(spokenInDatagram(allocate, secret), { protocol: 'stun', transaction: id });
});
