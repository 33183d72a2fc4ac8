import { createServer, request, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { startAgent } from '../../bin/agent-process.ts';
import { standing } from '../../bin/standing.ts';
import { needing } from '../../require.ts';
import { until } from '../../until.ts';
import { browsing } from './browsing.ts';

t.setTimeout(180_000);

/** A reverse proxy that shows an agent under a path. */
interface Proxy {
  readonly url: string;
  /** Whether it lets events through, or says 503 as an agent does to whom so many listen already. */
  events: boolean;
  readonly asked: () => { readonly pages: number; readonly events: number; readonly elsewhere: number };
}

const prefix = '/edges/outside/';

const proxyTo = async (t: Test, port: number): Promise<Proxy> => {
  const counts = { pages: 0, events: 0, elsewhere: 0 };
  const proxy = { url: '', events: false, asked: () => ({ ...counts }) };
  const server: Server = createServer((incoming, outgoing) => {
    const asked = incoming.url ?? '';
    const path = `/${asked.slice(prefix.length)}`;
    if (!asked.startsWith(prefix)) {
      counts.elsewhere++;
      outgoing.writeHead(404).end();
      return;
    }
    const isEvents = path.startsWith('/api/v1/events');
    if (isEvents) counts.events++;
    else counts.pages++;
    if (isEvents && !proxy.events) {
      outgoing.writeHead(503, { 'Retry-After': '60' }).end('too many listen already\n');
      return;
    }
    const headers = { ...incoming.headers, host: `127.0.0.1:${port}` };
    const passed = request({ host: '127.0.0.1', port, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    passed.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  proxy.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}${prefix}`;
  return proxy;
};

t.test('behind a proxy, under a path of its own, with events and without', needing('chromium'), async (t) => {
  const stood = await standing(t);
  stood.rewrite({ agent: { interval: '1s', sweepInterval: '5s', sweepSample: 32 }, sweep: { rate: 0 } });
  const agent = await startAgent(t, stood.cwd);
  await until(t, 'ready', async () => (await agent.get('/-/ready')).status === 200);
  const proxy = await proxyTo(t, agent.port);
  const browser = await browsing(t);

  const { page } = await browser.open(proxy.url);
  await page.locator('#live').getByText('live').waitFor();
  await sleep(6_000);
  const refused = proxy.asked();
  t.ok(refused.events >= 1, 'it asked for events');
  t.ok(refused.pages + refused.events <= 6, `and for little once they were refused: ${JSON.stringify(refused)}`);
  const judged = (): Promise<string | null> => page.locator('dl time').first().getAttribute('datetime');
  const before = await judged();
  await until(t, 'the page renews itself without events', async () => (await judged()) !== before);
  t.ok(proxy.asked().pages + proxy.asked().events <= 12, `by asking now and then: ${JSON.stringify(proxy.asked())}`);
  t.notOk(await page.locator('#lost').isVisible());
  await page.close();

  proxy.events = true;
  const live = await browser.open(`${proxy.url}?state=pass`);
  await live.page.locator('#live').getByText('live').waitFor();
  t.ok(live.page.url().startsWith(`${proxy.url}#state=pass`), 'the filter stays under the path');
  const listened = proxy.asked().events;
  const first = await live.page.evaluate('document.body.dataset.version');
  await until(t, 'it follows the events', async () => {
    return (await live.page.evaluate('document.body.dataset.version')) !== first;
  });
  t.ok(listened > refused.events, 'which come through');
  t.strictSame(live.complaints, []);
  t.equal(proxy.asked().elsewhere, 0, 'nothing was asked beside the path');
});
