import type { Socket } from 'node:net';
import t from 'tap';
import { http } from '../../probes/http.ts';
import { askingWith, questionTo, rawPeer } from './tls-peers.ts';

const options = { url: 'http://crl.contoso.com/root.crl' };
const ok = 'HTTP/1.1 200 OK\r\n';

const say =
  (...what: string[]) =>
  (socket: Socket): void => {
    socket.once('data', () => socket.write(what.join('')));
  };

const sayAndEnd =
  (what: string) =>
  (socket: Socket): void => {
    socket.once('data', () => socket.end(what));
  };

const pour =
  (begin: string, part: string) =>
  (socket: Socket): void => {
    socket.once('data', () => {
      const bytes = Buffer.from(part.repeat(Math.ceil(65_536 / part.length)));
      const more = (): void => {
        while (!socket.destroyed && socket.write(bytes));
      };
      socket.on('drain', more);
      socket.write(begin);
      more();
    });
  };

const trickle = (begin: string) => (socket: Socket) => {
  socket.write(begin);
  const timer = setInterval(() => socket.write('a'), 50);
  socket.once('close', () => clearInterval(timer));
};

const cases: readonly [string, (socket: Socket) => void, string, string | null, object][] = [
  ['says nothing', () => undefined, 'open', 'mute', {}],
  ['closes', sayAndEnd(''), 'open', 'closed-by-peer', {}],
  ['resets', (socket) => socket.once('data', () => socket.resetAndDestroy()), 'open', 'reset-by-peer', {}],
  ['speaks SSH', say('SSH-2.0-x\r\n'), 'open', 'not-http', { firstBytes: { text: 'SSH-2.0-x\r\n' } }],
  ['speaks TLS', say('\x15\x03\x03\x00\x02\x02\x46'), 'open', 'not-http', { firstBytes: { hex: /^150303/ } }],
  ['stops within the status line', say('HTTP/1.1 2'), 'open', 'incomplete-answer', {}],
  ['closes within the status line', sayAndEnd('HTTP/1.1 2'), 'open', 'incomplete-answer', {}],
  ['never ends its status line', pour('HTTP/1.1 200 ', 'a'), 'open', 'not-http', {}],
  ['trickles its status line', trickle('HTTP/1.1 200 '), 'open', 'incomplete-answer', {}],
  ['stops within its headers', say(ok, 'Server: x'), 'answered', 'incomplete-response', { status: 200, bytes: 0 }],
  ['never ends its headers', pour(ok, 'A: b\r\n'), 'answered', 'incomplete-response', { status: 200 }],
  [
    'never ends its body',
    pour(`${ok}\r\n`, 'a'),
    'answered',
    'body-too-long',
    { bytes: 2 * 1024 * 1024, complete: false },
  ],
  [
    'never ends its chunks',
    pour(`${ok}Transfer-Encoding: chunked\r\n\r\n`, '1\r\na\r\n'),
    'answered',
    'body-too-long',
    {},
  ],
  ['trickles its body', trickle(`${ok}\r\n`), 'answered', 'incomplete-response', { status: 200, complete: false }],
  [
    'closes before the end',
    sayAndEnd(`${ok}Content-Length: 9\r\n\r\na`),
    'answered',
    'incomplete-response',
    { bytes: 1 },
  ],
  [
    'goes on after the end',
    pour(`${ok}Content-Length: 1\r\n\r\n`, 'a'),
    'answered',
    null,
    { bytes: 1, complete: true },
  ],
  ['hides control characters', sayAndEnd(`${ok}Server: \x1b[2Jx\r\n\r\n`), 'answered', null, { server: '\x1b[2Jx' }],
];

for (const [name, serve, outcome, code, facts] of cases) {
  t.test(`a peer that ${name}`, async (t) => {
    const peer = await rawPeer(t, serve);
    // What never ends is to be ended by its size, not by the deadline.
    const seconds = name.startsWith('never') ? 30 : 1;
    const seen = await http.run(questionTo('http', peer.port, options, seconds), askingWith());
    t.equal(seen.outcome, outcome);
    t.equal(seen.failure?.code ?? null, code);
    t.match(seen.facts, facts);
    await peer.allClosed();
  });
}

t.test('an abort ends it at once', async (t) => {
  const control = new AbortController();
  const peer = await rawPeer(t, (socket) => socket.once('data', () => control.abort()));
  const seen = await http.run(questionTo('http', peer.port, options, 60), askingWith({ signal: control.signal }));
  t.match(seen, { outcome: 'unasked', failure: { code: 'aborted' } });
  await peer.allClosed();
});
