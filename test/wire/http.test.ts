import t from 'tap';
import { createHttpReader, type HttpReading } from '../../wire/http.ts';
import { encodeRequest, encodeResponse, readRequest } from '../../wire/http-request.ts';
import { ascii, survivesHostileBytes } from './hostile.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Reads a response that comes in pieces of that size, and whose connection then ends. */
const read = (response: string | Uint8Array, piece = Number.POSITIVE_INFINITY, ends = true): HttpReading => {
  const bytes = typeof response === 'string' ? Buffer.from(response, 'latin1') : response;
  const reader = createHttpReader();
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  if (ends) reader.end();
  return reader.reading();
};

/** As nginx 1.22 sends it, and the chunks of RFC 9112 section 7.1 with an extension and a trailer. */
const responses = {
  length:
    'HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Type: application/pkix-crl\r\nContent-Length: 5\r\n\r\nhello',
  chunked:
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n6;a="b"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nExpires: never\r\n\r\n',
  end: 'HTTP/1.0 200 ok\r\nContent-type: text/html\r\n\r\nuntil the end',
  interim: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno',
  bare: 'HTTP/1.1 200\nContent-Length: 2\n\nok',
} as const;

t.test('responses, at once and byte by byte', async (t) => {
  const cases: readonly [keyof typeof responses, number, string][] = [
    ['length', 200, 'hello'],
    ['chunked', 200, 'Wikipedia in \r\n\r\nchunks.'],
    ['end', 200, 'until the end'],
    ['interim', 404, 'no'],
    ['bare', 200, 'ok'],
  ];
  for (const [name, status, body] of cases) {
    for (const piece of [Number.POSITIVE_INFINITY, 1, 7]) {
      const reading = read(responses[name], piece);
      t.match(reading, { head: { status }, complete: true, over: true, problem: null }, `${name} by ${piece}`);
      t.equal(text(reading.body), body);
    }
  }
  const { head } = read(responses.length);
  t.strictSame(head && [head.version, head.reason, ...head.headers.keys()], [
    '1.1',
    'OK',
    'server',
    'content-type',
    'content-length',
  ]);
  t.match(
    read(responses.length, 9, false),
    { complete: true, over: true },
    'nobody waits for the end of the connection',
  );
  t.match(read(responses.end, 9, false), { complete: false, over: false }, 'where it is not the end of the body');
});

t.test('bodies that there are not', async (t) => {
  for (const status of [204, 304, 101]) {
    const reading = read(`HTTP/1.1 ${status} x\r\nContent-Length: 9\r\n\r\n`, 9, false);
    t.match(reading, { head: { status }, complete: true }, String(status));
  }
  t.match(read('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 9, false), { complete: true });
  t.equal(text(read(`${responses.length}and more`).body), 'hello', 'what follows is not taken for the body');
});

t.test('framing that disagrees with itself', async (t) => {
  const cases: readonly [string, object][] = [
    ['Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello', { complete: true }],
    ['Content-Length: 5, 6\r\n\r\nhello', { problem: 'bad-length' }],
    ['Content-Length: -5\r\n\r\nhello', { problem: 'bad-length' }],
    ['Content-Length: 5e0\r\n\r\nhello', { problem: 'bad-length' }],
    ['Content-Length: 1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', { complete: true }],
    ['Transfer-Encoding: notchunked\r\n\r\n0\r\n\r\n', { complete: true }],
    ['Content-Length: 6\r\n\r\nhello', { problem: 'cut-off', complete: false }],
    ['Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', { problem: 'cut-off' }],
    ['Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n', { problem: 'bad-chunk' }],
    ['Transfer-Encoding: chunked\r\n\r\n-5\r\nhello', { problem: 'bad-chunk' }],
    ['Transfer-Encoding: chunked\r\n\r\n123456789\r\nhello', { problem: 'bad-chunk' }],
    [`Transfer-Encoding: chunked\r\n\r\n5;${'a'.repeat(2000)}`, { problem: 'bad-chunk' }],
    ['Fold: a\r\n b\r\n\r\n', { problem: 'bad-header' }],
    ['No colon\r\n\r\n', { problem: 'bad-header' }],
    ['Space : a\r\n\r\n', { problem: 'bad-header' }],
  ];
  for (const [rest, expected] of cases) {
    for (const piece of [Number.POSITIVE_INFINITY, 1]) {
      const reading = read(`HTTP/1.1 200 OK\r\n${rest}`, piece);
      t.match(reading, { head: { status: 200 }, over: true, ...expected }, JSON.stringify(rest.slice(0, 50)));
    }
  }
});

t.test('what is no response', async (t) => {
  const others = [
    'SSH-2.0-OpenSSH_9.2\r\n',
    '\r\nHTTP/1.1 200 OK\r\n\r\n',
    'HTTP 200\r\n',
    'HTTP/1.1 20 OK\r\n',
    'HTTP/1.1 2000 OK\r\n',
    'HTTP/1.1 000 OK\r\n',
    'HTTP/1.1  200 OK\r\n',
    'http/1.1 200 OK\r\n',
    'ICY 200 OK\r\n',
  ];
  for (const other of others) {
    t.match(read(other, 1, false), { head: null, over: true, problem: 'not-http' }, JSON.stringify(other));
  }
  t.match(read('HTT'), { head: null, problem: 'cut-off' });
  t.match(read(''), { head: null, problem: 'cut-off' });
});

t.test('blanks are blanks, however many: nobody keeps us busy with a header of nothing else', async (t) => {
  const blanks = ' \t'.repeat(7000);
  const header = (line: string): HttpReading => read(`HTTP/1.1 200 OK\r\n${line}\r\nB: c\r\n\r\n`, undefined, false);
  // Each of these took an expression that strips blanks the square or the cube of them: seconds, and for ever.
  t.equal(header(`A:${blanks}x${blanks}`).head?.headers.get('a'), 'x');
  t.equal(header(`A:x${blanks}y`).head?.headers.get('a')?.length, 512);
  t.equal(header(`A:${blanks}`).head?.headers.get('a'), '');
  t.match(header(`A:${blanks}\rx`), { problem: 'bad-header' }, 'a bare CR is no part of a header');
  t.match(header(`A${blanks}:x`), { problem: 'bad-header' });
  t.match(header('A: \vx\v\xa0').head?.headers.get('a'), '\vx\v\xa0', 'and what else is white is none');
});

t.test('endless heads and bodies end', async (t) => {
  const endless = (begin: string, part: string): HttpReading & { pieces: number } => {
    const reader = createHttpReader();
    reader.push(ascii(begin));
    let pieces = 0;
    const bytes = ascii(part.repeat(Math.ceil(4096 / part.length)));
    while (!reader.reading().over && pieces < 100_000) {
      reader.push(bytes);
      pieces++;
    }
    return { ...reader.reading(), pieces };
  };
  const ok = 'HTTP/1.1 200 OK\r\n';
  const cases: readonly [string, string, string, object][] = [
    ['a status line', 'HTTP/1.1 200 ', 'a', { head: null, problem: 'head-too-long' }],
    ['a header', `${ok}A: `, 'a', { head: { status: 200 }, problem: 'head-too-long' }],
    ['headers', ok, 'A: b\r\n', { head: { status: 200 }, problem: 'head-too-long' }],
    ['interim responses', '', 'HTTP/1.1 100 Continue\r\n\r\n', { head: { status: 100 }, problem: 'bad-header' }],
    ['a body', `${ok}\r\n`, 'a', { head: { status: 200 }, problem: 'too-long' }],
    ['a body of a length', `${ok}Content-Length: 999999999999\r\n\r\n`, 'a', { problem: 'too-long' }],
    ['a chunk', `${ok}Transfer-Encoding: chunked\r\n\r\nffffffff\r\n`, 'a', { problem: 'too-long' }],
    ['small chunks', `${ok}Transfer-Encoding: chunked\r\n\r\n`, '1;aaaaaaaaaaaa\r\na\r\n', { problem: 'too-long' }],
    ['trailers', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n`, 'A: b\r\n', { problem: 'head-too-long' }],
  ];
  for (const [name, begin, part, expected] of cases) {
    const { body, pieces, ...reading } = endless(begin, part);
    t.match(reading, { over: true, complete: false, ...expected }, name);
    t.ok(body.length <= 2 * 1024 * 1024, `${name}: ${body.length} bytes kept`);
    t.ok(pieces <= 800, `${name}: read no further than 3 MiB`);
  }
  const many = Array.from({ length: 1000 }, (_, i) => `H${i}: ${'v'.repeat(10)}\r\n`).join('');
  t.equal(read(`${ok}${many}\r\n`).head?.headers.size, 128);
  t.equal(read(`${ok}A: ${'v'.repeat(9000)}\r\n\r\n`).head?.headers.get('a')?.length, 512);
});

t.test('requests', async (t) => {
  const request = text(encodeRequest(new URL('http://crl.contoso.com:8080/a%20b?c=\r\nd'), 'edgeprobe'));
  t.equal(
    request,
    'GET /a%20b?c=d HTTP/1.1\r\nHost: crl.contoso.com:8080\r\nUser-Agent: edgeprobe\r\nAccept: */*\r\nConnection: close\r\n\r\n',
  );
  t.match(text(encodeRequest(new URL('http://[2001:db8::1]/'), 'x')), /^Host: \[2001:db8::1\]\r$/m);
  t.equal(readRequest(ascii(request)), 'request');
  for (let end = 0; end < request.length; end++) t.equal(readRequest(ascii(request.slice(0, end))), 'more');
  t.equal(readRequest(ascii('GET / HTTP/1.0\n\n')), 'request');
  for (const other of ['EHLO a\r\n', '\r\n', 'GET /\r\n', 'GET / HTTP/2.0\r\n'])
    t.equal(readRequest(ascii(other)), 'not-http');
});

t.test('what one half says the other understands', async (t) => {
  const body = Uint8Array.from({ length: 3000 }, (_, i) => i & 255);
  const reading = read(encodeResponse(200, 'OK', 'edgeprobe', body), 100, false);
  t.match(reading, { head: { status: 200, reason: 'OK' }, complete: true });
  t.strictSame(Uint8Array.from(reading.body), body);
});

t.test('hostile bytes', async (t) => {
  const vectors = Object.values(responses).map(ascii);
  survivesHostileBytes(
    t,
    (bytes) => read(bytes, 3),
    ({ complete }) => complete,
    vectors,
    5000,
  );
});
