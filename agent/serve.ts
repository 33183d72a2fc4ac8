import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { World } from '../probes/world.ts';
import { prefersOpenMetrics } from './metric-accept.ts';
import type { Scraped } from './metric-registry.ts';
import type { Events } from './serve-events.ts';
import { hasBody, isForeign, namesLoopback, securityHeaders, showsCertificate } from './serve-guard.ts';
import { acceptsGzip, encoded } from './serve-gzip.ts';
import { createAuthenticator } from './web-auth.ts';
import type { WebConfig } from './web-config.ts';

/** A page or document to serve. `headers` beside, or instead of, those of every response. */
export interface Served {
  readonly status?: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the server shows and does. Nothing of it takes a target, or waits for a probe. */
export interface ServeSources {
  /** The status page, as the query of its address asks for it. */
  readonly page: (query: string) => Served;
  readonly metrics: (openMetrics: boolean) => Promise<Scraped>;
  /** The report as JSON; null until there is one. */
  readonly report: () => string | null;
  readonly ready: () => boolean;
  /** Loads the configuration anew; the text says what came of it. Null: not by HTTP. */
  readonly reload: (() => Promise<{ readonly ok: boolean; readonly text: string }>) | null;
  readonly events: Events;
  readonly config: () => WebConfig;
  /** Told of a fault of our own. */
  readonly fault: (error: unknown) => void;
}

/** Seconds for a client to read a response; who takes longer is cut off. */
const readWithin = 30;

const text = (status: number, body: string, headers: Served['headers'] = {}): Served => ({
  ...{ status, headers },
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
});

type Method = 'read' | 'act';
type Route = (request: IncomingMessage, response: ServerResponse) => Promise<Served | null> | Served | null;

const routes = (sources: ServeSources): Readonly<Record<string, readonly [Method, Route]>> => ({
  '/': ['read', ({ url = '' }) => sources.page(url.split('?', 2)[1] ?? '')],
  '/metrics': [
    'read',
    async ({ headers }) => {
      const { type, body } = await sources.metrics(prefersOpenMetrics(headers.accept));
      return { type, body };
    },
  ],
  '/api/v1/report': [
    'read',
    () => {
      const body = sources.report();
      return body === null
        ? text(503, 'nothing was asked yet', { 'Retry-After': '5' })
        : { type: 'application/json; charset=utf-8', body };
    },
  ],
  '/api/v1/events': [
    'read',
    ({ headers, method }, response) => {
      const last = headers['last-event-id'];
      if (method === 'HEAD') return { type: 'text/event-stream', body: '' };
      if (sources.events.isFull()) return text(503, 'too many listen already', { 'Retry-After': '60' });
      response.writeHead(200, { ...securityHeaders, 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
      sources.events.serve(response, typeof last === 'string' ? last : '');
      return null;
    },
  ],
  '/-/healthy': ['read', () => text(200, 'edgeprobe agent is running')],
  '/-/ready': [
    'read',
    () =>
      sources.ready()
        ? text(200, 'every single question was asked once')
        : text(503, 'not every single question was asked yet', { 'Retry-After': '5' }),
  ],
  '/-/reload': [
    'act',
    async (request) => {
      if (sources.reload === null) return text(403, 'reloading by HTTP is off: start with --web.enable-lifecycle');
      if (isForeign(request)) return text(403, 'not for pages of another origin');
      const { ok, text: said } = await sources.reload();
      return text(ok ? 200 : 500, said);
    },
  ],
});

const methods: Readonly<Record<Method, readonly string[]>> = { read: ['GET', 'HEAD'], act: ['POST', 'PUT'] };

/** Answers every request. Unprotected loopback is for this host alone; everything else is as the web config says. */
export const createHandler = (sources: ServeSources, world: Pick<World, 'clock' | 'random'>): RequestListener => {
  const authenticate = createAuthenticator(world);
  const known = routes(sources);

  const send = async (request: IncomingMessage, response: ServerResponse, served: Served): Promise<void> => {
    const { status = 200, type, body, headers = {} } = served;
    const cancel = world.clock.after(readWithin, () => response.destroy());
    response.once('close', cancel);
    // What was announced as a body is not read: the connection cannot be used for more.
    const over = hasBody(request) || status === 401 || status === 429;
    const { bytes, headers: encoding } = await encoded(body, acceptsGzip(request.headers['accept-encoding']));
    if (response.destroyed) return;
    response.writeHead(status, {
      ...securityHeaders,
      ...headers,
      ...encoding,
      ...sources.config().headers,
      'Content-Type': type,
      'Content-Length': bytes.length,
      ...(over ? { Connection: 'close' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  };

  const refusal = async (request: IncomingMessage): Promise<Served | null> => {
    const config = sources.config();
    if (hasBody(request)) return text(413, 'no endpoint takes a body');
    if (!showsCertificate(config, request)) return text(403, 'a client certificate is needed', { Connection: 'close' });
    if (config.tls === null && config.users.size === 0 && !namesLoopback(request)) {
      return text(421, 'this address is for this host alone: ask for localhost or 127.0.0.1');
    }
    const admission = await authenticate(config.users, request.headers.authorization);
    if (admission === 'busy') return text(429, 'too many passwords at a time', { 'Retry-After': '5' });
    if (admission === 'admitted') return null;
    return text(401, 'a user and a password are needed', { 'WWW-Authenticate': 'Basic realm="edgeprobe"' });
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<Served | null> => {
    const refused = await refusal(request);
    if (refused !== null) return refused;
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const found = Object.hasOwn(known, path) ? known[path] : undefined;
    if (found === undefined) return text(404, 'there is nothing here; / shows what there is');
    const [method, route] = found;
    const allowed = methods[method];
    if (!allowed.includes(request.method ?? ''))
      return text(405, `use ${allowed.join(' or ')}`, { Allow: allowed.join(', ') });
    return route(request, response);
  };

  return (request, response) => {
    response.on('error', () => response.destroy());
    answer(request, response)
      .catch((error: unknown) => {
        sources.fault(error);
        return text(500, 'a fault in edgeprobe; its log says more');
      })
      .then(async (served) => {
        if (served !== null && !response.headersSent && !response.destroyed) await send(request, response, served);
      })
      .catch((error: unknown) => {
        sources.fault(error);
        response.destroy();
      });
  };
};
