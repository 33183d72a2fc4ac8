import { createServer, request } from 'node:http';
import { createInterface } from 'node:readline';

/**
 * The ear and mouth of a test in the namespace of the monitoring: `node monitoring-child.js`. Each line of standard input
 * `{"id":1,"url":"http://…","method":"GET"}` is asked and answered with a line `{"id":1,"status":200,"body":"…"}`; what
 * somebody posts to 127.0.0.1:9099 becomes a line `{"posted":"/path","body":"…"}`. It ends with its standard input.
 */
const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const readAll = (stream: NodeJS.ReadableStream, done: (text: string) => void): void => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => done(Buffer.concat(chunks).toString('utf8')));
};

interface Asked {
  readonly id: number;
  readonly url: string;
  readonly method: string;
}

const ask = ({ id, url, method }: Asked): void => {
  const sent = request(url, { method, agent: false, timeout: 20_000 }, (response) => {
    readAll(response, (body) => say({ id, status: response.statusCode ?? 0, body }));
  });
  sent.on('error', ({ message }) => say({ id, status: 0, body: message }));
  sent.end();
};

const receiver = createServer((posted, response) => {
  readAll(posted, (body) => {
    say({ posted: posted.url ?? '', body });
    response.end();
  });
});
receiver.listen(9099, '127.0.0.1', () => say({ ready: true }));

createInterface({ input: process.stdin })
  .on('line', (line) => ask(JSON.parse(line) as Asked))
  .on('close', () => process.exit(0));
