import t from 'tap';
import type { VerdictChange } from '../../../agent/watch-changes.ts';
import { needing } from '../../require.ts';
import { until } from '../../until.ts';
import { harms, poisonedReport } from '../hostile-report.ts';
import { paging } from '../paging.ts';
import { serving } from '../serving.ts';
import { browsing, misplaced } from './browsing.ts';

t.setTimeout(600_000);

const markup = `<img src=x onerror=alert(1)><script>alert(2)</script>"'></title></style><svg onload=alert(3)>`;

const changeOf = (text: string): VerdictChange => ({
  ...{ pack: text, rule: text, endpoint: text, target: text, source: text, explain: text },
  ...{ at: '2026-11-20T20:03:00.000Z', from: 'pass', verdict: 'fail', because: 'filtered' },
});

t.test('what the network says stays text in a real browser', needing('chromium'), async (t) => {
  const pages = paging(poisonedReport('plain'));
  const { port, sources, close } = await serving({ page: pages.served });
  t.teardown(close);
  const { page, complaints } = await (await browsing(t)).open(`http://127.0.0.1:${port}/`);
  const shape = (): Promise<string> =>
    page.evaluate(`[...document.body.querySelectorAll('*')].map((one) => one.tagName).join(' ')`);
  await page.locator('#live').getByText('live').waitFor();
  pages.changes.push(changeOf('plain'));
  pages.publish(poisonedReport('plain'));
  sources.events.add([changeOf('plain')]);
  await page.locator('#announce', { hasText: 'plain on plain: fail, was pass' }).waitFor({ state: 'attached' });
  await page.locator('#changes li').first().waitFor();
  const harmless = await shape();
  for (const text of [markup, ...harms.slice(0, 4)]) {
    const name = JSON.stringify(text.slice(0, 30));
    pages.changes.splice(0, 1, changeOf(text));
    pages.publish(poisonedReport(text));
    // It comes as an event, and with the next page.
    const version = await page.evaluate('document.body.dataset.version');
    sources.events.add([changeOf(text)]);
    await until(t, 'the next page', async () => (await page.evaluate('document.body.dataset.version')) !== version);
    t.equal(await shape(), harmless, `${name}: no element more`);
    t.strictSame(complaints, [], `${name}: no complaint, no dialog`);
  }
  pages.publish(poisonedReport(markup));
  const loaded = await (await browsing(t)).open(`http://127.0.0.1:${port}/`);
  t.match(await loaded.page.title(), markup, 'it is shown as it is');
  t.match(await loaded.page.locator('h1').textContent(), markup);
  for (const width of [375, 1440]) {
    await loaded.page.setViewportSize({ width, height: 900 });
    t.strictSame(await misplaced(loaded.page), [], `${width} px`);
  }
  t.strictSame(loaded.complaints, []);
  await loaded.page.evaluate(`document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(markup)})`);
  await loaded.page.locator('body > svg').waitFor({ state: 'attached' });
  await loaded.page.waitForTimeout(200);
  t.ok(loaded.complaints.length > 0, 'and if one slipped through, the browser would not run it:');
  for (const complaint of loaded.complaints) t.match(complaint, /Content Security Policy/);
});
