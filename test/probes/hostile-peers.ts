import { createSocket, type RemoteInfo } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { answerQuery } from '../../wire/dns.ts';
import { tls12Server } from '../wire/tls-flights.ts';

/** A stream peer that means no good: what it does with each connection. */
export type HostilePeer = (socket: Socket) => void;

const pour =
  (begin: string | Uint8Array, part: string | Uint8Array): HostilePeer =>
  (socket) => {
    const one: Buffer = typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part);
    const block = Buffer.alloc(Math.ceil(65_536 / one.length) * one.length).fill(one);
    const more = (): void => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.resume().on('drain', more);
    socket.write(begin);
    more();
  };

const drip =
  (text: string | Uint8Array, milliseconds = 100): HostilePeer =>
  (socket) => {
    const bytes = Buffer.from(text);
    let at = 0;
    const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), milliseconds);
    socket.resume().once('close', () => clearInterval(timer));
  };

const say =
  (what: string | Uint8Array, then: 'end' | 'stay' | 'reset' = 'stay'): HostilePeer =>
  (socket) => {
    socket.resume().write(what, () => {
      if (then === 'end') socket.end();
      if (then === 'reset') socket.resetAndDestroy();
    });
  };

const xml = "<?xml version='1.0'?>";
const stream = `<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='a' version='1.0'>`;
const laughs = Array.from({ length: 12 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');

const record = (type: number, body: Uint8Array): Buffer =>
  Buffer.concat([Uint8Array.of(type, 3, 3, body.length >> 8, body.length & 255), body]);

/** A TLS 1.2 flight whose Certificate message holds so many megabytes: the ServerHello is a real one. */
const hugeCertificate = (megabytes: number): Buffer => {
  const size = megabytes * 1024 * 1024;
  const message = Buffer.alloc(size + 10, 0x30);
  const put = (value: number, at: number): void => {
    message.writeUIntBE(value, at, 3);
  };
  message[0] = 11;
  put(size + 6, 1);
  put(size + 3, 4);
  put(size, 7);
  const hello = Buffer.from(tls12Server).subarray(0, 5 + Buffer.from(tls12Server).readUInt16BE(3));
  const records: Buffer[] = [hello];
  for (let at = 0; at < message.length; at += 16_000) records.push(record(22, message.subarray(at, at + 16_000)));
  return Buffer.concat(records);
};

const hostileHello = (socket: Socket): void => {
  socket.once('data', () => say(hugeCertificate(10))(socket));
};

/** What every probe over TCP must survive, whatever it wanted to hear. */
export const streamPeers: Readonly<Record<string, HostilePeer>> = {
  'accepts and says nothing': (socket) => socket.resume(),
  'accepts and does not even read': (socket) => socket.pause(),
  'says one byte now and then': drip(Buffer.alloc(100, 0x16)),
  'says a status line one byte at a time': drip('HTTP/1.1 200 OK\r\nA: b\r\n'),
  'says a stream header one byte at a time': drip(`${xml}${stream}`),
  'never ends with zeros': pour('', '\0'),
  'never ends with text': pour('', 'a'),
  'never ends with noise': pour('', Buffer.from(Array.from({ length: 4099 }, (_, n) => (n * 7919) & 255))),
  'never ends with HTTP headers': pour('HTTP/1.1 200 OK\r\n', 'A: b\r\n'),
  'never ends with an HTTP body': pour('HTTP/1.1 200 OK\r\n\r\n', 'a'),
  'never ends with interim responses': pour('', 'HTTP/1.1 100 Continue\r\n\r\n'),
  'never ends with SIP': pour('SIP/2.0 200 OK\r\n', 'V: SIP/2.0/TLS a\r\n'),
  'never ends with STUN frames': pour(
    '',
    Buffer.from('01010000 2112a442 000102030405060708090a0b'.replaceAll(' ', ''), 'hex'),
  ),
  'never ends with DNS messages': pour('', Buffer.from('000c000081800000000000000000', 'hex')),
  'never ends with TLS alerts': pour('', record(21, Uint8Array.of(1, 90))),
  'never ends with TLS records': pour('', record(22, Buffer.alloc(16_000, 1))),
  'nests XML for ever': pour(`${xml}${stream}`, '<a>'),
  'sends the billion laughs': say(`${xml}<!DOCTYPE lolz [<!ENTITY l0 "lol">${laughs}]>${stream}<a>&l12;</a>`),
  'sends an element with a million attributes': pour(`${xml}${stream}<a `, "b='c' "),
  'sends a name of megabytes': pour(`${xml}${stream}<a`, 'a'),
  'speaks garbage TLS': say(record(22, Buffer.alloc(4000, 2)), 'end'),
  'shows a certificate of 10 MB': hostileHello,
  'ends its half at once': (socket) => socket.resume().end(),
  'ends after a word': say('hello', 'end'),
  'resets at once': (socket) => socket.resetAndDestroy(),
  'resets after a word': say('\x16\x03\x03', 'reset'),
  echoes: (socket) => socket.pipe(socket),
};

/** What may follow a handshake that completed. */
export const insideTls: Readonly<Record<string, (socket: TLSSocket) => void>> = {
  'says nothing': (socket) => socket.resume(),
  'never ends': (socket) => pour('HTTP/1.1 200 OK\r\n', 'A: b\r\n')(socket),
  'nests XML for ever': (socket) => pour(`${xml}${stream}`, '<a>')(socket),
  'shakes hands again and again': (socket) => {
    const again = (): void => {
      if (!socket.destroyed) socket.renegotiate({}, (error) => error ?? setImmediate(again));
    };
    socket.resume();
    again();
  },
};

/** What a datagram peer does with a query: `reply` sends one datagram back from the right address. */
export type DatagramPeer = (query: Buffer, reply: (bytes: Uint8Array) => void, from: RemoteInfo) => void;

const flood =
  (make: (query: Buffer, index: number) => Uint8Array, count = 3000): DatagramPeer =>
  (query, reply) => {
    let sent = 0;
    const more = (): void => {
      for (let burst = 0; burst < 100 && sent < count; burst++) reply(make(query, sent++));
      if (sent < count) setImmediate(more);
    };
    more();
  };

const response = (query: Buffer): Buffer => Buffer.from(answerQuery(query) ?? query);

const changed = (query: Buffer, at: number, by = 1): Buffer => {
  const made = response(query);
  if (at < made.length) made[at] = (made[at] ?? 0) ^ by;
  return made;
};

const counts = (query: Buffer): Buffer => {
  const made = response(query);
  if (made.length >= 12) made.fill(0xff, 6, 12);
  return made;
};

const loop = (query: Buffer): Buffer => {
  const made = response(query);
  if (made.length >= 12) made.writeUInt16BE(1, 6);
  const pointer = 0xc000 + Math.min(made.length, 0x3fff);
  return Buffer.concat([made, Uint8Array.of(pointer >> 8, pointer & 255, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4)]);
};

const stunResponse = (query: Buffer, index: number): Buffer => {
  const made = Buffer.from('010100002112a442000102030405060708090a0b', 'hex');
  if (query.length >= 20) query.copy(made, 4, 4, 20);
  made[19] = (made[19] ?? 0) ^ (1 + (index % 255));
  return made;
};

/** What every probe over UDP must survive. */
export const datagramPeers: Readonly<Record<string, DatagramPeer>> = {
  'says nothing': () => undefined,
  echoes: (query, reply) => reply(query),
  'says one byte': (_query, reply) => reply(Uint8Array.of(0)),
  'says nothing in a datagram': (_query, reply) => reply(new Uint8Array(0)),
  'sends the longest datagrams': flood(() => Buffer.alloc(60_000, 1), 300),
  'floods with noise': flood((_query, index) => Buffer.alloc(40, index)),
  'floods with other transactions of STUN': flood(stunResponse),
  'floods with echoes': flood((query) => query),
  'lies with another id': (query, reply) => reply(changed(query, 0)),
  'lies with another question': (query, reply) => reply(changed(query, 14)),
  'lies with counts of 65535': (query, reply) => reply(counts(query)),
  'lies in a loop': (query, reply) => reply(loop(query)),
  'floods with lies': flood((query, index) => changed(query, index % 12, 1 << (index % 8))),
  'answers at every length': (query, reply) => {
    const made = response(query);
    for (let length = 0; length <= made.length; length++) reply(made.subarray(0, length));
  },
};

const listening = (server: Server): Promise<number> => {
  server.on('connection', (socket: Socket) => socket.on('error', () => undefined));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound ? bound.port : 0);
    });
  });
};

/** Stands for a stream peer; gives its port. Its own half stays open whatever the other side does. */
export const standStream = (peer: HostilePeer): Promise<number> =>
  listening(createServer({ allowHalfOpen: true }, (socket) => peer(socket.on('error', () => undefined))));

/** Stands for a TLS server that lets the handshake complete, and then begins. TLS 1.2, as only that knows renegotiation. */
export const standTls = (
  peer: (socket: TLSSocket) => void,
  material: { readonly cert: string; readonly key: string },
): Promise<number> =>
  listening(
    createTlsServer({ ...material, maxVersion: 'TLSv1.2' }, (socket) => {
      socket.on('error', () => undefined);
      peer(socket);
    }).on('tlsClientError', () => undefined),
  );

/** Stands for a datagram peer; gives its port. */
export const standDatagrams = (peer: DatagramPeer): Promise<number> => {
  const socket = createSocket('udp4').on('error', () => undefined);
  socket.on('message', (query, from) => {
    peer(query, (bytes) => socket.send(bytes, from.port, from.address, () => undefined), from);
  });
  return new Promise((resolve) => {
    socket.bind(0, '127.0.0.1', () => resolve(socket.address().port));
  });
};
