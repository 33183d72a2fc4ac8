import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { browsing, misplaced } from '../agent/browser/browsing.ts';
import { needing } from '../require.ts';
import { command, narrowed, writeSite } from './check-run.ts';
import { type Lab, labNeeds, startLab } from './lab.ts';
import { forwarding, trouble } from './trouble.ts';

t.setTimeout(900_000);

/** A pool of two nodes on the evening of a cut-over: one fault for each kind of sentence. */
const breakThings = async (lab: Lab): Promise<void> => {
  await lab.range({ open: ['50000', '50004-59999'], dropped: ['50010-50019', '50064-50067'] });
  await lab.stopServer('edge2 access-edge tcp/443');
  await lab.variant('edge1 webconf-edge tcp/443', 'expired');
  lab.remove([...lab.sameFlow('internal-sip-tcp-5062-in'), ...lab.sameFlow('xmpp-xmpp-tcp-5269-out')]);
  const lost = 'ip daddr 131.107.155.31 udp dport 3478 drop';
  await trouble(
    lab,
    'fwext',
    forwarding(`${lost}; ip daddr 131.107.155.10 tcp dport 5061 tcp flags & psh == psh drop`),
  );
};

const runs = [
  ['outside', 'outside', 'outside'],
  ['dmz', 'dmz', 'edge1'],
  ['beside', 'dmz', 'jump-dmz'],
  ['inside', 'inside', 'inside'],
] as const;

t.test('a page of failures, in a browser and on paper', needing(...labNeeds, 'chromium'), async (t) => {
  const lab = await startLab({ nodes: 2 });
  t.teardown(() => lab.close());
  const site = parse(narrowed(lab.site({ timeouts: { check: '2s' } }))) as { vantages: { dmz: object } };
  // Each host of the DMZ binds what it owns, and the one beside the Edge is let out nowhere.
  site.vantages.dmz = { control: [] };
  const file = writeSite(lab, stringify(site));
  await breakThings(lab);
  const made: string[] = [];
  for (const [at, vantage, place] of runs) {
    made.push(join(lab.folder, `${place}.json`));
    const flags = ['--config', file, '--vantage', vantage, '--place', place, '--output', made.at(-1) ?? ''];
    await lab.run(at, [...command, 'check', ...flags]);
  }
  // For the screenshot in the README: keep what is seen here.
  const kept = process.env['EDGEPROBE_PICTURES'] ?? lab.folder;
  mkdirSync(kept, { recursive: true });
  const page = join(kept, 'cutover.html');
  const { code, stderr } = await lab.run('outside', [...command, 'report', ...made, '--output', page]);
  t.equal(code, 1, stderr);

  const { open } = await browsing(t);
  for (const [width, colorScheme] of [
    [375, 'light'],
    [1440, 'light'],
    [1440, 'dark'],
  ] as const) {
    await t.test(`${width} px wide, ${colorScheme}`, async (t) => {
      const tab = await open(pathToFileURL(page).href, { viewport: { width, height: 900 }, colorScheme });
      t.strictSame(await misplaced(tab.page), []);
      t.strictSame(tab.complaints, []);
      t.equal(tab.requests.length, 1, 'it loads nothing but itself');
      t.match(await tab.page.locator('#who').innerText(), /drops the request or the reply: edge2 answers the DMZ/);
      await tab.page.screenshot({ path: join(kept, `${width}-${colorScheme}.png`), fullPage: true });
    });
  }

  await t.test('on paper', async (t) => {
    const { page: tab } = await open(pathToFileURL(page).href);
    const path = join(kept, 'cutover.pdf');
    await tab.pdf({ path, preferCSSPageSize: true });
    const sheets = readFileSync(path, 'latin1').match(/\/Type \/Page\b/g)?.length ?? 0;
    t.ok(sheets > 2 && sheets < 20, `${sheets} sheets`);
  });
});
