import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import t from 'tap';
import { parseSite } from '../../agent/site.ts';
import { needing } from '../require.ts';
import { until } from '../until.ts';
import { dialAll, dialOf } from './dial.ts';
import { labNeeds, startLab } from './lab.ts';

t.setTimeout(900_000);
const everything = needing(...labNeeds);

const namespaces = (pid: number): string[] =>
  spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line.startsWith(`ep${pid}-`));
const folders = (pid: number): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`edgeprobe-lab-${pid}-`));

/** The processes whose working folder is the lab's: its servers. */
const servers = (folder: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes('HOME=/nonexistent') &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder)
        );
      } catch {
        return false;
      }
    });

t.test('two labs stand side by side', everything, async (t) => {
  const [one, two] = await Promise.all([startLab(), startLab({ nodes: 2 })]);
  t.teardown(() => Promise.all([one.close(), two.close()]));
  t.equal(namespaces(process.pid).length, 12);
  one.remove(one.rules.map(({ id }) => id));
  const all = await dialAll(
    two,
    two.rules.map((row) => dialOf(two, row)),
  );
  t.notOk(all.includes('silent'), 'what happens to one does not touch the other');
  const second = two.rules
    .filter((row) => /^external-(sip|psom|stun|xmpp).*-in$|^internal-.*-in$/.test(row.id))
    .map((row) => dialOf(two, row, undefined, two.nodes[1]));
  const heard = await dialAll(two, second);
  t.strictSame(new Set(heard), new Set(['open']), `the second Edge answers too, on ${second.length} rows`);
  await one.close();
  t.equal(namespaces(process.pid).length, 6);
  await two.close();
  t.strictSame(namespaces(process.pid), []);
  t.strictSame(folders(process.pid), []);
});

t.test('nothing is left, however the process ends', everything, async (t) => {
  const lab = new URL('./lab.js', import.meta.url).href;
  const program = `import { startLab } from ${JSON.stringify(lab)}; await startLab(); console.log('up'); setInterval(() => {}, 1000);`;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGALRM', 'SIGKILL'] as const) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    const [folder = 'none'] = folders(pid);
    t.equal(namespaces(pid).length, 6);
    t.ok(servers(folder).length >= 15, 'its servers run');
    child.kill(signal);
    const [, died] = await once(child, 'exit');
    t.equal(died, signal, 'it died of the signal');
    await until(t, `after ${signal} no server runs`, () => servers(folder).length === 0);
    if (signal === 'SIGKILL') await (await startLab()).close();
    t.strictSame(namespaces(pid), [], signal === 'SIGKILL' ? 'the next lab cleans up' : 'the namespaces are gone');
    // Another lab that begins at this moment may be taking it away.
    await until(t, 'and so is the folder', () => !existsSync(`${tmpdir()}/${folder}`));
  }
});

t.test('the site file describes the lab', everything, async (t) => {
  const lab = await startLab({ nodes: 2 });
  t.teardown(() => lab.close());
  const text = lab.site({ site: 'elsewhere', timeouts: { check: '2s' }, clientCertificate: true });
  const site = parseSite(text, `${lab.folder}/site.yaml`, new Date());
  t.equal(site.name, 'elsewhere');
  t.match(text, /check: 2s/);
  t.match(text, /address: 131\.107\.155\.31/);
  t.match(text, /cert: .*edgeprobe\.contoso\.internal-good\.pem/);
});

t.test('a command is bounded', everything, async (t) => {
  const lab = await startLab({ pack: 'lync2013-federation' });
  t.teardown(() => lab.close());
  const slow = await lab.run('dmz', ['sleep', '60'], 200);
  t.match(slow, { timedOut: true, signal: 'SIGKILL', code: null });
  t.match(await lab.run('dmz', ['bash', '-c', 'cat; echo no >&2; exit 7'], undefined, 'input'), {
    ...{ timedOut: false, code: 7, stdout: 'input', stderr: 'no\n' },
  });
});
