import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { type PutAnswer, putText } from '../../agent/push-put.ts';
import { ownLoopback } from '../loopback.ts';
import { throwsMatching } from '../require.ts';

type Says = (request: IncomingMessage, response: ServerResponse) => void;

/** Puts a text at a server that says so. */
const putTo = async (t: Test, says: Says, seconds = 30): Promise<PutAnswer> => {
  const server = createServer(says).listen(0, ownLoopback);
  await once(server, 'listening');
  t.teardown(() => server.closeAllConnections());
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://user:s%20cret@gateway.example:1/metrics/job/edgeprobe`);
  const lookup = (): never => {
    throw new Error('nobody is asked for a literal address');
  };
  return putText(url, 'metric 1 ü\n', 'text/plain', { hostname: ownLoopback, port, lookup }, seconds);
};

t.test('the whole text, as whom the URL says, to where it was told', async (t) => {
  const seen: string[] = [];
  const answer = await putTo(t, (request, response) => {
    const { method, url, headers } = request;
    seen.push(`${method} ${url} ${headers['content-type']} ${headers.authorization}`);
    request.setEncoding('utf8').on('data', (part: string) => seen.push(part));
    request.on('end', () => response.end());
  });
  t.strictSame(answer, { status: 200, words: '' });
  const [head, ...body] = seen;
  t.equal(head, `PUT /metrics/job/edgeprobe text/plain Basic ${Buffer.from('user:s cret').toString('base64')}`);
  t.equal(body.join(''), 'metric 1 ü\n');
});

t.test('what it says beside its status is for people, and bounded', async (t) => {
  const refused = await putTo(t, (_request, response) => response.writeHead(400).end('no\n  such\x1b[2J label\n'));
  t.strictSame(refused, { status: 400, words: 'no such\x1b[2J label' });
  let written = 0;
  const endless = await putTo(t, (_request, response) => {
    const more = (): void => {
      while (response.write('x'.repeat(1024)) && written < 2 ** 28) written += 1024;
    };
    response.on('drain', more).on('error', () => undefined);
    more();
  });
  t.strictSame(endless, { status: 200, words: 'x'.repeat(200) });
  t.ok(written < 2 ** 28, 'and it is not read to its end');
});

t.test('no redirect is followed, and nobody is waited for for ever', async (t) => {
  const led = await putTo(t, (_request, response) => response.writeHead(307, { location: 'http://192.0.2.1/' }).end());
  t.equal(led.status, 307);
  await throwsMatching(t, () => putTo(t, () => undefined, 0.3), /no answer within 0.3 s/);
  await throwsMatching(t, () => putTo(t, (request) => request.socket.destroy()), /socket hang up|ECONNRESET/);
});
