import { createInterface } from 'node:readline';
import type { SweepNet } from '../lab/sweep-net.ts';
import { startProgram } from './timed.ts';

interface Fetched {
  readonly status: number;
  readonly body: string;
  /** From the request to the end of the answer. */
  readonly seconds: number;
}

/** Asks HTTP servers on the prober. */
export interface FetchFrom {
  (url: string): Promise<Fetched>;
  /** All at once. */
  all(urls: readonly string[]): Promise<Fetched[]>;
}

/** One process within the namespace does it, told by lines: starting one for each request would be what is measured. */
const worker = `const http = require('node:http');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const [id, url] = JSON.parse(line), since = performance.now();
  const tell = (status, body) =>
    process.stdout.write(JSON.stringify([id, { status, body, seconds: (performance.now() - since) / 1000 }]) + '\\n');
  http.get(url, { agent: false }, (answer) => {
    let body = '';
    answer.setEncoding('utf8').on('data', (text) => (body += text)).on('end', () => tell(answer.statusCode, body));
  }).on('error', (error) => tell(0, error.message));
});`;

/** Starts the process that asks; it ends with this one, or when its input does. */
export const fetchFrom = (net: SweepNet): FetchFrom => {
  const child = startProgram(net.onProber([process.execPath, '-e', worker]), ['pipe', 'pipe', 'ignore']);
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('bench: no pipes');
  const waiting = new Map<number, (fetched: Fetched) => void>();
  createInterface({ input: stdout }).on('line', (line) => {
    const [id, fetched] = JSON.parse(line) as [number, Fetched];
    waiting.get(id)?.(fetched);
    waiting.delete(id);
  });
  let last = 0;
  const fetch = (url: string): Promise<Fetched> =>
    new Promise((resolve) => {
      const id = ++last;
      waiting.set(id, resolve);
      stdin.write(`${JSON.stringify([id, url])}\n`);
    });
  child.unref();
  return Object.assign(fetch, { all: (urls: readonly string[]) => Promise.all(urls.map(fetch)) });
};
