import { type RequestOptions, request } from 'node:http';
import { request as requestSecurely } from 'node:https';

/** What a server says beside its status is for people: so many characters of it. */
const mostWords = 200;

/** How an answer came out; `words` is the beginning of its body, in one line. */
export interface PutAnswer {
  readonly status: number;
  readonly words: string;
}

/** Where to dial, whatever the URL may be read as. */
export type PutRoute = Required<Pick<RequestOptions, 'hostname' | 'port' | 'lookup'>>;

/**
 * Puts a text at a URL, within so many seconds for all of it; user and password of the URL go along. No redirect is
 * followed, and of what is answered no more is read than is told. Rejects where no answer came.
 */
export const putText = (url: URL, text: string, type: string, route: PutRoute, seconds: number): Promise<PutAnswer> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(seconds * 1000);
    const begin = url.protocol === 'https:' ? requestSecurely : request;
    const headers = { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) };
    // An agent of its own: the common one may have been told of a proxy by the environment.
    const sent = begin(url, { ...route, method: 'PUT', headers, agent: false, signal }, (response) => {
      const status = response.statusCode ?? 0;
      let words = '';
      const end = (): void => {
        resolve({ status, words: words.replace(/\s+/g, ' ').trim().slice(0, mostWords) });
        sent.destroy();
      };
      response.setEncoding('utf8').on('data', (part: string) => {
        words += part;
        if (words.length >= mostWords) end();
      });
      response.on('end', end).on('error', end);
    });
    sent.on('error', (error) => {
      reject(signal.aborted ? new Error(`no answer within ${seconds} s`) : error);
    });
    sent.end(text);
  });
