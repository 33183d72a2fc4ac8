import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import t from 'tap';
import { serveLimits } from '../../agent/serve-listen.ts';
import type { VerdictChange } from '../../agent/watch-changes.ts';
import { until } from '../until.ts';
import { fetchFrom, sendRaw, serving } from './serving.ts';

t.test('what there is, and what there is not', async (t) => {
  const { port, close } = await serving();
  t.teardown(close);
  for (const path of ['/', '/metrics', '/metrics?x=y', '/api/v1/report', '/-/healthy', '/-/ready']) {
    const { status, headers } = await fetchFrom(port, path);
    t.equal(status, 200, path);
    t.match(headers['content-security-policy'], /^default-src 'none'/, path);
    t.match(headers, { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
    const head = await fetchFrom(port, path, { method: 'HEAD' });
    t.match([head.status, head.body], [200, '']);
    const post = await fetchFrom(port, path, { method: 'POST' });
    t.match([post.status, post.headers.allow], [405, 'GET, HEAD'], `POST ${path}`);
  }
  for (const path of [
    '/nothing',
    '/../etc/passwd',
    '/%2e%2e/etc/passwd',
    '//etc/passwd',
    '/metrics/',
    '/probe?target=x',
    '/constructor',
    '/__proto__',
    '*',
  ]) {
    t.equal((await fetchFrom(port, path)).status, 404, path);
  }
  t.match(
    await sendRaw(port, 'GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 404/,
  );
  for (const method of ['DELETE', 'OPTIONS', 'TRACE', 'PATCH']) {
    t.equal((await fetchFrom(port, '/metrics', { method })).status, 405, method);
  }
});

t.test('gzip for those who take it', async (t) => {
  const metrics = 'edgeprobe_rule_verdict{rule="é"} 1\n'.repeat(2000);
  const { port, close } = await serving({ metrics: async () => ({ type: 'text/plain', body: metrics }) });
  t.teardown(close);
  const get = async (encoding: string | null, method = 'GET', path = '/metrics') => {
    const headers = encoding === null ? {} : { 'accept-encoding': encoding };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers });
    return {
      coding: response.headers.get('content-encoding'),
      vary: response.headers.get('vary'),
      length: Number(response.headers.get('content-length')),
      body: await response.text(),
    };
  };
  for (const encoding of ['gzip', 'deflate, gzip;q=0.5, br', 'GZIP ; q=1']) {
    const zipped = await get(encoding);
    t.match(zipped, { coding: 'gzip', vary: 'Accept-Encoding', body: metrics }, encoding);
    t.ok(zipped.length < metrics.length / 20, `${zipped.length} bytes`);
  }
  for (const encoding of ['identity', 'gzip;q=0', 'br, gzip; q=0.000', '*', 'xgzip']) {
    t.match(await get(encoding), { coding: null, vary: 'Accept-Encoding', body: metrics }, encoding);
  }
  t.match(await get('gzip', 'HEAD'), { coding: 'gzip', body: '' });
  t.match(await get('gzip', 'GET', '/-/healthy'), { coding: null }, 'a line is a line');
});

t.test('not ready, nothing to report, a fault of ours', async (t) => {
  const { port, close, faults } = await serving({
    ready: () => false,
    report: () => null,
    metrics: async () => {
      throw new Error('secret path');
    },
  });
  t.teardown(close);
  t.equal((await fetchFrom(port, '/-/ready')).status, 503);
  t.equal((await fetchFrom(port, '/api/v1/report')).status, 503);
  const { status, body } = await fetchFrom(port, '/metrics');
  t.equal(status, 500);
  t.notMatch(body, /secret/);
  t.equal(faults.length, 1);
  t.equal((await fetchFrom(port, '/-/healthy')).status, 200);
});

t.test('reloading by HTTP', async (t) => {
  let ok = true;
  const on = await serving({ reload: async () => ({ ok, text: 'what came of it' }) });
  const off = await serving();
  t.teardown(() => Promise.all([on.close(), off.close()]));
  t.equal((await fetchFrom(off.port, '/-/reload', { method: 'POST' })).status, 403);
  t.equal((await fetchFrom(on.port, '/-/reload')).status, 405, 'reading does not reload');
  t.match(await fetchFrom(on.port, '/-/reload', { method: 'POST' }), { status: 200, body: /what came of it/ });
  t.equal((await fetchFrom(on.port, '/-/reload', { method: 'PUT' })).status, 200);
  ok = false;
  t.equal((await fetchFrom(on.port, '/-/reload', { method: 'POST' })).status, 500);
  ok = true;
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { origin: 'null' }]) {
    t.equal((await fetchFrom(on.port, '/-/reload', { method: 'POST', headers })).status, 403, JSON.stringify(headers));
  }
  const own = { origin: `http://127.0.0.1:${on.port}`, 'sec-fetch-site': 'same-origin' };
  t.equal((await fetchFrom(on.port, '/-/reload', { method: 'POST', headers: own })).status, 200);
});

t.test('loopback is for this host: a name that resolves here is turned away', async (t) => {
  const { port, close } = await serving();
  t.teardown(close);
  for (const [host, status] of [
    ['evil.example', 421],
    [`evil.example:${port}`, 421],
    ['localhost', 200],
    [`127.0.0.1:${port}`, 200],
    ['[::1]:9763', 200],
  ] as const) {
    t.equal((await fetchFrom(port, '/api/v1/report', { headers: { host } })).status, status, host);
  }
});

t.test('bodies, headers and lines that are too much', async (t) => {
  const { port, close } = await serving({ reload: async () => ({ ok: true, text: '' }) });
  t.teardown(close);
  const head = 'POST /-/reload HTTP/1.1\r\nHost: localhost\r\n';
  t.match(await sendRaw(port, `${head}Content-Length: 9999999999\r\n\r\n`), /^HTTP\/1\.1 413/);
  t.match(await sendRaw(port, `${head}Transfer-Encoding: chunked\r\n\r\n`), /^HTTP\/1\.1 413/);
  const expecting = await sendRaw(port, `${head}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
  t.match(expecting, /^HTTP\/1\.1 413/, 'and is not told to go on');
  const huge = `GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(serveLimits.headerBytes)}\r\n\r\n`;
  t.match(await sendRaw(port, huge), /^HTTP\/1\.1 431/);
  t.match(
    await sendRaw(port, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    /^HTTP\/1\.1 4(31|14)/,
  );
  t.match(await sendRaw(port, 'complete nonsense\r\n\r\n'), /^HTTP\/1\.1 400/);
  t.match(await sendRaw(port, 'GET /metrics HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400/, 'no Host');
  t.equal(await sendRaw(port, 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: localhost\r\n\r\n'), '', 'no proxy');
  t.equal((await fetchFrom(port, '/metrics')).status, 200, 'and it serves on');
});

t.test('a thousand idle connections keep nobody out', async (t) => {
  const { port, close } = await serving();
  t.teardown(close);
  const idle = await Promise.all(
    Array.from({ length: 1_000 }, async () => {
      const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
      return socket;
    }),
  );
  t.teardown(() => {
    for (const socket of idle) socket.destroy();
  });
  t.equal((await fetchFrom(port, '/metrics')).status, 200);
  const left = (): number => idle.filter((socket) => !socket.destroyed && socket.readyState === 'open').length;
  await until(t, 'the others are gone', () => left() <= serveLimits.connections);
});

t.test('a slow reader holds up nobody else', async (t) => {
  const { port, close } = await serving({
    metrics: async () => ({ type: 'text/plain', body: 'x'.repeat(20_000_000) }),
  });
  t.teardown(close);
  const slow = connect({ host: '127.0.0.1', port }, () =>
    slow.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  );
  slow.on('error', () => undefined);
  await once(slow, 'readable');
  slow.pause();
  t.equal((await fetchFrom(port, '/-/healthy')).status, 200);
  t.equal((await fetchFrom(port, '/metrics')).body.length, 20_000_000);
  slow.destroy();
});

const change = (rule: string): VerdictChange => ({
  ...{ pack: 'p', rule, endpoint: 'e', target: '192.0.2.1', source: '' },
  ...{ at: '2026-01-01T00:00:00.000Z', from: 'pass', verdict: 'fail', because: 'filtered' },
  explain: 'line\nbreak </script>\u2028',
});

t.test('events', async (t) => {
  const one = await serving();
  t.teardown(one.close);
  const listen = async (headers: Record<string, string> = {}) => {
    const sent = request({ host: '127.0.0.1', port: one.port, path: '/api/v1/events', headers, agent: false }).end();
    sent.on('error', () => undefined);
    const [response] = await once(sent, 'response');
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    return { response, text: () => text, end: () => sent.destroy() };
  };
  const first = await listen();
  t.match(first.response.headers['content-type'], /^text\/event-stream/);
  one.sources.events.add([change('one')]);
  one.sources.events.add([change('two')]);
  const views = (): number => first.text().match(/^event: view\ndata: .*\n\n/gm)?.length ?? 0;
  await until(t, 'two views', () => views() >= 2);
  const events = first
    .text()
    .split('\n\n')
    .filter((event) => event.startsWith('id:'));
  t.equal(events.length, 2);
  t.match(
    events[0],
    /^id: 1\nevent: verdict\ndata: \{[^\n]*"rule":"one"[^\n]*\}$/,
    'one line, whatever the text holds',
  );
  t.equal(views(), 2, 'and each time there is something new to see');
  one.sources.events.add([]);
  await until(t, 'another view, also where no verdict changed', () => views() === 3);
  const back = await listen({ 'last-event-id': '1' });
  await until(t, 'who comes back hears what was missed', () => /"rule":"two"/.test(back.text()));
  t.notMatch(back.text(), /"rule":"one"/);
  const many = await Promise.all(Array.from({ length: 20 }, () => listen()));
  const streams = many.filter(({ response }) => response.statusCode === 200 && !response.complete);
  t.equal(streams.length, 14, 'sixteen at most');
  const refused = many.filter(({ response }) => response.statusCode === 503);
  t.equal(refused.length, 6, 'the next are told so, and may ask for the page instead');
  t.equal((await fetchFrom(one.port, '/-/healthy')).status, 200);
  for (const each of [first, back, ...many]) each.end();
  await until(t, 'they are gone', () => !one.sources.events.isFull());
  const again = await listen();
  one.sources.events.add([change('three')]);
  await until(t, 'those who left make room', () => /"rule":"three"/.test(again.text()));
  again.end();
});
