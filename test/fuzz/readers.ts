import { createHttpReader } from '../../wire/http.ts';
import { createMsturnFrameReader } from '../../wire/msturn-frame.ts';
import { createSipReader } from '../../wire/sip-reader.ts';
import { createStunFrameReader } from '../../wire/stun-frame.ts';
import { createTlsTap } from '../../wire/tls-record.ts';
import { encodeFeatures, encodeStreamError, encodeStreamHeader } from '../../wire/xmpp-encode.ts';
import { createXmppReader } from '../../wire/xmpp-stream.ts';
import { ascii } from '../wire/hostile.ts';
import * as msturn from '../wire/msturn-vectors.ts';
import * as sip from '../wire/sip-vectors.ts';
import { rfc5769 } from '../wire/stun-vectors.ts';
import {
  tls10Server,
  tls12Client,
  tls12Server,
  tls13RetryServer,
  tls13Server,
  versionAlert,
} from '../wire/tls-flights.ts';
import { reportable } from './decoders.ts';
import type { Target } from './engine.ts';

const words = (...texts: readonly string[]): Uint8Array[] => texts.map(ascii);

/** What a reader of a stream promises beside not to throw: it does not matter in what pieces the stream comes. */
const inPieces = (
  name: string,
  seeds: readonly Uint8Array[],
  dictionary: readonly Uint8Array[],
  read: (pieces: readonly Uint8Array[]) => unknown,
): Target => ({
  ...{ name, seeds, dictionary },
  run: (bytes) => {
    const whole = read([bytes]);
    reportable(whole);
    const size = 1 + ((bytes[0] ?? 0) % 7);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
    const [one, other] = [whole, read(pieces)].map((result) => JSON.stringify(result));
    if (one !== other)
      throw new Error(`in pieces of ${size} it reads otherwise:\n${one?.slice(0, 600)}\n${other?.slice(0, 600)}`);
  },
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const framed = (...messages: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat(messages.map((one) => Buffer.concat([Uint8Array.of(2, 0, one.length >> 8, one.length & 255), one])));

const httpSeeds = words(
  'HTTP/1.1 200 OK\r\nServer: a\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n',
  'HTTP/1.0 302 Found\r\nLocation: http://a/\r\n\r\nbody',
  'HTTP/1.1 304 Not Modified\nContent-Length: 3\n\n',
);

const sipSeeds = words(
  ...[sip.kamailioAnswer, sip.rfc3261Answer, sip.wsinv, sip.intmeth, sip.unreason, sip.noreason, sip.scalarlg, sip.ncl],
  ...[sip.badvers, sip.bigcode],
);

const xmppSeeds = [
  encodeStreamHeader({ from: 'a.example', to: 'b.example', id: 'abc' }),
  Buffer.concat([
    encodeStreamHeader({ from: 'a.example', to: 'b.example', id: 'abc' }),
    encodeFeatures({ starttls: 'required', mechanisms: ['EXTERNAL'], dialback: true }),
  ]),
  Buffer.concat([encodeStreamHeader({ from: 'a', to: 'b' }), encodeStreamError('host-unknown', 'no such host')]),
  ...words(
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;&b;&b;'>]><stream:stream xmlns:stream='http://etherx.jabber.org/streams'>&d;",
  ),
];

/** Every reader that takes a stream as it comes. */
export const readerTargets = (): Target[] => {
  const stun = Object.values(rfc5769).filter((one) => one instanceof Uint8Array);
  return [
    inPieces(
      'http',
      httpSeeds,
      words('\r\n', '\n', 'chunked', 'Content-Length: ', 'Transfer-Encoding: ', ': '),
      (pieces) => {
        const reader = createHttpReader();
        for (const piece of pieces) reader.push(piece);
        const before = reader.reading();
        reader.end();
        const after = reader.reading();
        if (before.over && JSON.stringify(before.problem) !== JSON.stringify(after.problem))
          throw new Error('over, and yet not');
        return { ...after, body: hex(after.body), headers: [...(after.head?.headers ?? [])] };
      },
    ),
    inPieces(
      'sip',
      sipSeeds,
      words('\r\n', '\n', ' ', '\t', ';', 'Content-Length: ', 'l: ', 'SIP/2.0', 'Via: '),
      (pieces) => {
        const reader = createSipReader();
        return pieces.flatMap((piece) => reader.push(piece));
      },
    ),
    inPieces(
      'xmpp',
      xmppSeeds,
      words('<', '/>', '&amp;', '&#x0;', '<![CDATA[', ']]>', 'xmlns=', "'", '<!--', '<?'),
      (pieces) => {
        const reader = createXmppReader();
        // Which of two faults the XML parser names first depends on how far it may look ahead: the words, not the verdict.
        return pieces
          .flatMap((piece) => reader.push(piece))
          .map((event) => (event.kind === 'bad' ? { kind: event.kind } : event));
      },
    ),
    inPieces(
      'tls-tap',
      [tls12Server, tls10Server, tls13Server, tls13RetryServer, tls12Client, versionAlert, msturn.pseudoServerHello],
      [
        Uint8Array.of(0x16, 3, 3),
        Uint8Array.of(0x15, 3, 3, 0, 2),
        Uint8Array.of(0x14, 3, 3, 0, 1, 1),
        Uint8Array.of(11, 0),
      ],
      (pieces) => {
        const tap = createTlsTap();
        for (const piece of pieces) tap.push(piece);
        return tap.summary();
      },
    ),
    inPieces('stun-frames', [...stun, Buffer.concat(stun)], [Uint8Array.of(0x21, 0x12, 0xa4, 0x42)], (pieces) => {
      const reader = createStunFrameReader();
      const read = pieces.map((piece) => reader.push(piece));
      return { messages: read.flatMap(({ messages }) => messages.map(hex)), bad: read.at(-1)?.bad ?? null };
    }),
    inPieces(
      'msturn-frames',
      [framed(msturn.unauthorized), framed(msturn.allocate, msturn.allocated)],
      [Uint8Array.of(2, 0), Uint8Array.of(3, 0)],
      (pieces) => {
        const reader = createMsturnFrameReader();
        const read = pieces.map((piece) => reader.push(piece));
        return {
          frames: read.flatMap(({ frames }) => frames.map(({ type, payload }) => [type, hex(payload)])),
          bad: read.at(-1)?.bad ?? null,
        };
      },
    ),
  ];
};
