import { createServer } from 'node:net';
import type { Page } from 'playwright-core';
import t from 'tap';
import { type AgentProcess, startAgent } from '../../bin/agent-process.ts';
import { type Standing, standing } from '../../bin/standing.ts';
import { freePort, ownLoopback } from '../../loopback.ts';
import { needing } from '../../require.ts';
import { until } from '../../until.ts';
import { browsing, misplaced } from './browsing.ts';

t.setTimeout(600_000);

const stun = 'external-stun-udp-3478-in';
const sip = 'external-sip-tcp-443-in';

/** An agent that asks an Edge on loopback every second, and a host that must answer. */
const watched = async (
  t: Parameters<typeof until>[0],
): Promise<Standing & { agent: AgentProcess; at: readonly string[]; url: string }> => {
  const stood = await standing(t);
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  const control = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    }),
  );
  t.teardown(() => server.close());
  stood.rewrite({
    timezone: 'Europe/Zurich',
    timeouts: { check: '5s' },
    features: 'all',
    agent: { interval: '1s', sweepInterval: '5s', sweepSample: 32 },
    sweep: { rate: 0 },
    vantages: { outside: { control: [`tcp://127.0.0.1:${control}`] } },
  });
  // Where nobody else's connection can be in its place when it comes back.
  const address = `${ownLoopback}:${await freePort()}`;
  const at = ['--web.listen-address', address];
  const agent = await startAgent(t, stood.cwd, at);
  await until(t, 'ready', async () => (await agent.get('/-/ready')).status === 200);
  await until(t, 'nothing fails', async () => /<title>[✓?]/.test((await agent.get('/')).body));
  return { ...stood, agent, at, url: `http://${address}/` };
};

const row = (page: Page, rule: string) => page.locator('tbody', { has: page.locator(`th code:text-is("${rule}")`) });
const visible = (page: Page): Promise<number> => page.locator('#tables tbody:visible').count();
const isOpen = (page: Page, rule: string): Promise<boolean> =>
  row(page, rule)
    .locator('details.row')
    .evaluate((details) => (details as unknown as { open: boolean }).open);

/** What has the focus, by the row it stands in. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(
    `document.activeElement.tagName + ' ' + document.activeElement.closest('tbody')?.querySelector('th code')?.textContent`,
  );

t.test('a reader at the status page of a real agent', needing('chromium'), async (t) => {
  const { agent, at, url, cwd, standIn } = await watched(t);
  const browser = await browsing(t);
  const { page, requests, complaints } = await browser.open(url);
  await page.locator('#live').getByText('live').waitFor();
  const all = await visible(page);

  await t.test('filters rows, and the address says how', async (t) => {
    t.ok(all > 10);
    await page.getByRole('checkbox', { name: /fail/ }).check();
    t.equal(await visible(page), 0);
    await page.waitForURL(/#state=fail$/);
    t.match(await page.locator('#shown').textContent(), new RegExp(`^0 of ${all} rows`));
    await page.getByRole('checkbox', { name: /pass/ }).check();
    await page.getByRole('checkbox', { name: /fail/ }).uncheck();
    await page.getByRole('searchbox', { name: 'Find' }).fill('5269 xmpp');
    await page.waitForURL(/#state=pass&q=5269\+xmpp$/);
    t.equal(await visible(page), 2);
    const other = await browser.open(page.url());
    t.equal(await visible(other.page), 2, 'whoever gets the address sees the same');
    await other.page.context().close();
    await page.getByRole('searchbox', { name: 'Find' }).fill('');
    await page.getByRole('checkbox', { name: /pass/ }).uncheck();
    t.equal(await visible(page), all);
    await page.waitForURL(url);
    t.pass('and nothing is left in it');
  });

  await t.test('unfolds rows by mouse and by keyboard', async (t) => {
    t.notOk(await isOpen(page, sip));
    await row(page, sip).locator('.flow').click();
    t.ok(await isOpen(page, sip), 'anywhere on the line');
    const under = row(page, sip).locator('.under');
    t.match(await under.textContent(), /steps[\s\S]*tls[\s\S]*certificate\.subject/, 'steps and facts');
    await row(page, sip).locator('.flow').click();
    t.notOk(await isOpen(page, sip));
    await row(page, sip).locator('details.row > summary').focus();
    for (const [key, open] of [
      ['Enter', true],
      ['Space', false],
      ['Space', true],
    ] as const) {
      await page.keyboard.press(key);
      t.equal(await isOpen(page, sip), open, key);
    }
    await page.keyboard.press('Tab');
    t.not(await focused(page), 'BODY undefined', 'and goes on');
    await row(page, sip).locator('details.row > summary').focus();
    await row(page, 'external-rtp-tcp-50000-59999-in').locator('details.row > summary').click();
    t.match(await row(page, 'external-rtp-tcp-50000-59999-in').locator('figure').textContent(), /closed 32 ports/);
    await row(page, sip).locator('details.row > summary').focus();
  });

  await t.test('sees what changes as it changes, and keeps focus, place and what is unfolded', async (t) => {
    await page.evaluate('scrollTo(0, 300); window.mark = 1');
    const age = row(page, sip).locator('.line time');
    const before = await age.getAttribute('datetime');
    t.ok(await standIn.withdraw(stun));
    await row(page, stun).locator('.state', { hasText: 'fail' }).waitFor({ timeout: 90_000 });
    t.match(await row(page, stun).locator('.told').first().textContent(), /port unreachable/);
    await page.locator('#changes li', { hasText: stun }).first().waitFor();
    await page.locator('#announce', { hasText: 'fail, was pass' }).waitFor({ state: 'attached' });
    t.match(await page.title(), /^✗ [12] fail · loopback · outside$/);
    t.match(await page.locator('#icon').getAttribute('href'), /^data:image\/svg\+xml,.*cf222e/);
    await until(
      t,
      'results that came out the same are new as well',
      async () => (await age.getAttribute('datetime')) !== before,
    );
    t.equal(await page.evaluate('window.mark'), 1, 'it is the same page');
    t.ok(await isOpen(page, sip), 'unfolded');
    t.equal(await focused(page), `SUMMARY ${sip}`, 'focused');
    t.match(await page.locator('#todo').textContent(), stun);
    await page.locator('#todo a', { hasText: stun }).first().click();
    t.ok(await isOpen(page, stun), 'a link unfolds its row');
    t.equal(await focused(page), `SUMMARY ${stun}`);
    await page.waitForURL(/#row=row-[0-9a-f]{12}$/);
    const other = await browser.open(page.url());
    await other.page.locator('tbody.named').waitFor();
    t.ok(await isOpen(other.page, stun), 'also for whoever gets the address');
    await other.page.context().close();
    await page.getByRole('checkbox', { name: /fail/ }).check();
    await page.waitForURL(/#row=row-.*&state=fail$/);
    t.match(await row(page, stun).locator('.past').first().textContent(), /pass/, 'last results');
    await page.getByRole('checkbox', { name: /fail/ }).uncheck();
  });

  await t.test('on screens of any width, by day and by night', async (t) => {
    const grounds = new Set<unknown>();
    for (const width of [375, 768, 1440]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page: one } = await browser.open(url, { viewport: { width, height: 900 }, colorScheme });
        t.strictSame(await misplaced(one), [], `${width} px, ${colorScheme}`);
        await one.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
        t.strictSame(await misplaced(one), [], `${width} px, ${colorScheme}, all unfolded`);
        grounds.add(await one.evaluate('getComputedStyle(document.body).backgroundColor'));
        await one.context().close();
      }
    }
    t.equal(grounds.size, 2);
  });

  await t.test('without a script', async (t) => {
    const plain = await browser.open(`${url}?state=fail`, { javaScriptEnabled: false });
    const rules = await plain.page.locator('#tables th code').allTextContents();
    t.ok(rules.includes(stun) && !rules.includes(sip), rules.join(' '));
    await row(plain.page, stun).locator('details.row > summary').click();
    t.ok(await row(plain.page, stun).locator('.under .log').first().isVisible(), 'rows unfold all the same');
    await plain.page.getByRole('checkbox', { name: /pass/ }).check();
    await plain.page.getByRole('searchbox').fill('sip');
    await plain.page.getByRole('button', { name: 'Show' }).click();
    await plain.page.waitForURL(/\?state=fail&state=pass&q=sip$/);
    t.ok((await plain.page.locator('#tables th code').allTextContents()).includes(sip));
    t.match(await plain.page.locator('footer').textContent(), 'load it again');
    t.strictSame(plain.complaints, []);
    await plain.page.context().close();
    const scripted = await browser.open(`${url}?state=fail&q=3478`);
    await scripted.page.waitForURL(/#state=fail&q=3478$/);
    t.equal(await visible(scripted.page), rules.filter((rule) => rule.includes('3478')).length, 'a script takes over');
    await scripted.page.context().close();
  });

  await t.test('by ear', async (t) => {
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    const of = (role: string): string[] =>
      nodes.flatMap((node) => (node.role?.value === role && !node.ignored ? [String(node.name?.value ?? '')] : []));
    t.strictSame([of('main').length, of('banner').length, of('contentinfo').length], [1, 1, 1]);
    t.strictSame(of('search'), ['Pick rows']);
    t.strictSame(of('complementary'), ['Changes and controls']);
    t.strictSame(of('region').sort(), ['Controls', 'Findings', 'Last changes', 'Port summary', 'What to do']);
    t.match(
      of('table').filter((name) => name !== ''),
      ['External interface'],
    );
    t.ok(of('columnheader').includes('Verdict'));
    t.ok(of('rowheader').some((name) => name.includes(stun)));
    t.ok(of('status').length >= 2);
    t.ok(of('searchbox').includes('Find'));
    t.match(of('checkbox'), [/^\d+ fail$/, /^\d+ unknown$/, /^\d+ pass$/, /^\d+ not asked$/]);
    const folded = of('DisclosureTriangle');
    t.ok(
      folded.some((name) => name.startsWith(`${sip}:`)),
      'a row is called by its name',
    );
    t.strictSame(
      folded.filter((name) => name.trim() === ''),
      [],
    );
    t.strictSame(
      of('link').filter((name) => name.trim() === ''),
      [],
    );
  });

  await t.test('says when the agent is gone, and goes on when it is back', async (t) => {
    t.notOk(await page.locator('#lost').isVisible());
    const foreign = requests.filter((one) => !one.startsWith(url) && !one.startsWith('data:'));
    t.strictSame(foreign, [], 'nobody but the agent was asked');
    t.strictSame(complaints, [], 'and nothing was wrong');
    const rows = await visible(page);
    await agent.kill('SIGTERM');
    const lost = page.getByRole('status').filter({ hasText: 'lost' });
    await lost.waitFor({ timeout: 90_000 });
    t.match(await lost.textContent(), /^The connection to the agent is lost since \d\d:\d\d:\d\dZ\./);
    t.equal(await visible(page), rows, 'what was known stays');
    await startAgent(t, cwd, at);
    await lost.waitFor({ state: 'detached', timeout: 90_000 });
    await row(page, sip).locator('.state', { hasText: 'pass' }).waitFor({ timeout: 90_000 });
    t.equal(await page.evaluate('window.mark'), 1);
  });
});
