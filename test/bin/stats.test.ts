import t from 'tap';
import { edgeprobe } from './command.ts';
import { standing } from './standing.ts';

const block =
  /^sent {7}\d+ TCP dials, \d+ datagrams from \d+ UDP sockets, [\d ]+ bytes in all\nagain .*\nat once .*\nthis host .* MB at most\n$/;

t.test('check --stats: a block on standard error, numbers in the report', async (t) => {
  const { cwd } = await standing(t);
  const words = ['check', '--vantage', 'outside', '--config', 'site.yaml', '--stats', '--format', 'json'];
  const { code, stdout, stderr } = await edgeprobe(words, { cwd });
  t.equal(code, 0);
  t.match(stderr, block);
  const { stats } = JSON.parse(stdout) as { stats: Record<string, number> };
  t.ok((stats['tcpDials'] ?? 0) >= 6, 'every row over TCP dialled');
  t.ok((stats['datagrams'] ?? 0) >= 1);
  t.ok((stats['bytes'] ?? 0) > 1000, 'hellos were sent');
  t.ok((stats['mostSockets'] ?? 0) >= 1);
  for (const key of ['cpuUserSeconds', 'wallSeconds', 'mostMemoryBytes']) t.ok((stats[key] ?? 0) > 0, key);
  const without = await edgeprobe(words.slice(0, 5).concat('--format', 'json'), { cwd });
  t.equal((JSON.parse(without.stdout) as { stats?: unknown }).stats, undefined);
});

t.test('probe --stats: as many dials as ports', async (t) => {
  const { cwd } = await standing(t);
  const words = ['probe', 'tcp', '127.0.0.1:1-20', '--stats'];
  const { stderr } = await edgeprobe(words, { cwd });
  t.match(stderr, block);
  t.match(stderr, /^sent {7}(20|21) TCP dials, 0 datagrams/);
  const json = await edgeprobe([...words, '--format', 'json'], { cwd });
  t.match(JSON.parse(json.stdout), { stats: { udpSockets: 0, datagrams: 0, bytes: 0 } });
});
