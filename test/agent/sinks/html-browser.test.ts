import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { edgeprobe } from '../../bin/command.ts';
import { needing } from '../../require.ts';
import { browsing, misplaced } from '../browser/browsing.ts';
import { sampleRuns } from '../sample-runs.ts';

t.setTimeout(600_000);

t.test(
  'the page that gets signed, in a real browser, from a file and without a network',
  needing('chromium'),
  async (t) => {
    const cwd = t.testdir();
    const runs = Object.entries(sampleRuns());
    for (const [name, report] of runs) writeFileSync(path.join(cwd, `${name}.json`), JSON.stringify(report));
    const { stdout } = await edgeprobe(['report', ...runs.map(([name]) => `${name}.json`), '--format', 'html'], {
      cwd,
    });
    t.match(stdout, /^<!DOCTYPE html>/);
    const file = path.join(cwd, 'report.html');
    writeFileSync(file, stdout);
    const url = pathToFileURL(file).href;
    const browser = await browsing(t);
    for (const width of [375, 768, 1440]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, requests, complaints } = await browser.open(url, {
          ...{ colorScheme, offline: true, javaScriptEnabled: true },
          viewport: { width, height: 900 },
        });
        const name = `${width} px, ${colorScheme}`;
        t.strictSame(await misplaced(page), [], name);
        await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
        t.strictSame(await misplaced(page), [], `${name}, all unfolded`);
        t.strictSame(requests, [url], `${name}: it asks for nothing`);
        t.strictSame(complaints, [], name);
        await page.context().close();
      }
    }

    await t.test('picks what did not pass, and follows its links', async (t) => {
      const { page } = await browser.open(url, { javaScriptEnabled: false });
      const all = await page.locator('.rows tbody:visible').count();
      await page.getByRole('radio', { name: 'what did not pass' }).check();
      const bad = await page.locator('.rows tbody:visible').count();
      t.ok(bad > 0 && bad < all, `${bad} of ${all}`);
      await page.locator('#todo a').first().click();
      t.match(page.url(), /#row-[0-9a-f]{12}$/);
      t.ok(await page.locator('tbody:target').isVisible());
      await page.locator('tbody:target summary').first().click();
      t.ok(await page.locator('tbody:target details dl').first().isVisible(), 'steps and facts without a script');
      await page.context().close();
    });

    await t.test('on paper', async (t) => {
      const { page } = await browser.open(url, { colorScheme: 'dark' });
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
      t.ok(sheets >= 2 && sheets <= 12, `${sheets} sheets`);
      // A4 between its margins.
      await page.setViewportSize({ width: 703, height: 1000 });
      await page.emulateMedia({ media: 'print' });
      t.strictSame(await misplaced(page), []);
      const tooWide = await page.evaluate(`[...document.querySelectorAll('.rows td .badge')]
        .filter((one) => one.getBoundingClientRect().right > one.closest('td').getBoundingClientRect().right)
        .map((one) => one.textContent)`);
      t.strictSame(tooWide, [], 'no verdict stands into the next column');
      t.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)', 'light');
      t.ok(await page.locator('.sign').first().isVisible());
      t.notOk(await page.locator('nav').isVisible(), 'what is of no use on paper is left out');
      await page.context().close();
    });
  },
);
