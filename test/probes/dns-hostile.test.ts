import type { Socket } from 'node:net';
import t from 'tap';
import { dns } from '../../probes/dns.ts';
import { answerQuery } from '../../wire/dns.ts';
import { askingWith, questionTo, rawPeer } from './tls-peers.ts';

const options = { query: 'sip.contoso.com' };

const framed = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes]);

/** Says this once it was asked; the function sees the query. */
const say =
  (what: (query: Buffer) => Uint8Array | string) =>
  (socket: Socket): void => {
    socket.once('data', (query) => socket.write(what(query.subarray(2))));
  };

const pour =
  (what: (query: Buffer) => Uint8Array) =>
  (socket: Socket): void => {
    socket.once('data', (query) => {
      const bytes = what(query.subarray(2));
      const more = (): void => {
        while (!socket.destroyed && socket.write(bytes));
      };
      socket.on('drain', more);
      more();
    });
  };

const changed = (query: Uint8Array, at: number): Buffer => {
  const response = Buffer.from(answerQuery(query) ?? query);
  response[at] = (response[at] ?? 0) ^ 1;
  return response;
};

/** A response whose one record has a name that points at itself. */
const loop = (query: Uint8Array): Buffer => {
  const response = Buffer.from(answerQuery(query) ?? query);
  response.writeUInt16BE(1, 6);
  const record = Buffer.from(
    `${(0xc000 + response.length).toString(16)}0001000100000000 0004c0000201`.replace(' ', ''),
    'hex',
  );
  return Buffer.concat([response, record]);
};

const cases: readonly [string, (socket: Socket) => void, string, string | null][] = [
  ['says nothing', () => undefined, 'open', 'mute'],
  ['closes', (socket) => socket.once('data', () => socket.end()), 'open', 'closed-by-peer'],
  ['resets', (socket) => socket.once('data', () => socket.resetAndDestroy()), 'open', 'reset-by-peer'],
  ['says one byte and closes', (socket) => socket.once('data', () => socket.end('\0')), 'open', 'incomplete-answer'],
  [
    'promises more than it gives',
    say((query) => framed(changed(query, 99)).subarray(0, -1)),
    'open',
    'incomplete-answer',
  ],
  ['speaks SSH', say(() => 'SSH-2.0-OpenSSH_9.2\r\n'), 'open', 'not-dns'],
  ['speaks HTTP', say(() => 'HTTP/1.1 400 Bad Request\r\n\r\n'), 'open', 'not-dns'],
  ['echoes', say(framed), 'open', 'echo'],
  ['answers another id', say((query) => framed(changed(query, 0))), 'open', 'wrong-id'],
  ['answers another question', say((query) => framed(changed(query, 14))), 'open', 'wrong-question'],
  ['answers in a loop', say((query) => framed(loop(query))), 'answered', null],
  ['never ends with messages of nothing', pour(() => Buffer.alloc(65_536)), 'open', 'not-dns'],
  ['never ends with other answers', pour((query) => framed(changed(query, 0))), 'open', 'wrong-id'],
  [
    'gives the longest message',
    say((query) => framed(Buffer.concat([answerQuery(query) ?? query, Buffer.alloc(65_000)]))),
    'answered',
    null,
  ],
];

for (const [name, serve, outcome, code] of cases) {
  t.test(`a TCP peer that ${name}`, async (t) => {
    const peer = await rawPeer(t, serve);
    // What never ends is to be ended by its size, not by the deadline.
    const seconds = name.startsWith('never') ? 30 : 1;
    const seen = await dns.run(questionTo('dns', peer.port, options, seconds), askingWith());
    t.equal(seen.outcome, outcome);
    t.equal(seen.failure?.code ?? null, code);
    await peer.allClosed();
  });
}

t.test('an answer that cannot be read is an answer, and says why', async (t) => {
  const peer = await rawPeer(
    t,
    say((query) => framed(loop(query))),
  );
  const seen = await dns.run(questionTo('dns', peer.port, options), askingWith());
  t.match(seen.facts, { rcode: 'NOERROR', answers: null, malformed: /cannot be read/ });
});

t.test('what came instead of DNS is shown', async (t) => {
  const peer = await rawPeer(
    t,
    say(() => 'SSH-2.0-OpenSSH_9.2\r\n'),
  );
  const seen = await dns.run(questionTo('dns', peer.port, options), askingWith());
  t.match(seen.facts, { firstBytes: { text: 'SSH-2.0-OpenSSH_9.2\r\n' } });
});
