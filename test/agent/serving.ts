import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { createHandler, type ServeSources } from '../../agent/serve.ts';
import { createEvents } from '../../agent/serve-events.ts';
import { type Listener, listenHttp } from '../../agent/serve-listen.ts';
import { openWebConfig } from '../../agent/web-config.ts';
import { systemWorld } from '../../probes/world.ts';

/** A server of the agent's HTTP on a free port of loopback, over sources that a test may replace. */
export interface Serving {
  readonly port: number;
  readonly sources: ServeSources;
  readonly faults: unknown[];
  readonly complaints: Error[];
  readonly close: () => Promise<void>;
}

export const serving = async (given: Partial<ServeSources> = {}): Promise<Serving> => {
  const ended = new AbortController();
  const world = systemWorld(ended.signal);
  const faults: unknown[] = [];
  const complaints: Error[] = [];
  const sources: ServeSources = {
    page: () => ({ type: 'text/html', body: '<!doctype html>' }),
    metrics: async (open) => ({ type: open ? 'application/openmetrics-text' : 'text/plain', body: 'm 1\n' }),
    report: () => '{}',
    ready: () => true,
    reload: null,
    events: createEvents(world.clock),
    config: () => openWebConfig,
    fault: (error) => faults.push(error),
    ...given,
  };
  const handler = createHandler(sources, world);
  const listener: Listener = await listenHttp(
    { host: '127.0.0.1', port: 0 },
    () => sources.config().tls,
    handler,
    (error) => complaints.push(error),
  );
  return {
    ...{ port: listener.port, sources, faults, complaints },
    close: async () => {
      sources.events.close();
      ended.abort();
      await listener.close();
    },
  };
};

export interface Response {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** One request; a connection that breaks is status 0. */
export const fetchFrom = (
  port: number,
  path: string,
  options: RequestOptions & { ca?: string; cert?: string; key?: string; tls?: boolean; servername?: string } = {},
): Promise<Response> =>
  new Promise((resolve) => {
    const { tls = false, ...rest } = options;
    const request = (tls ? secureRequest : plainRequest)(
      { host: '127.0.0.1', port, path, agent: false, ...rest },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.once('close', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    request.once('error', (error) => resolve({ status: 0, headers: {}, body: error.message }));
    request.end();
  });

/** Sends bytes, and resolves with everything that came back once the connection is closed. */
export const sendRaw = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve) => {
    let heard = '';
    const socket: Socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes));
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      heard += chunk;
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(heard));
  });
