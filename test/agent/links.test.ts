import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { createLinkWatch } from '../../agent/links.ts';
import { handClock } from '../probes/hand-clock.ts';
import { needing } from '../require.ts';

t.test('what began when a link was down, or went on when it went, is told from the rest', async (t) => {
  const clock = handClock();
  const links = new Map<string, number | null>([
    ['192.0.2.1', 3],
    ['192.0.2.2', null],
  ]);
  const watch = createLinkWatch(() => new Map(links), clock);
  const first = watch.begin();
  t.notOk(first('192.0.2.1'));
  t.ok(first('192.0.2.2'), 'it was down at the beginning');
  t.notOk(first('192.0.2.3'), 'of an address that is not ours nothing is said');
  t.notOk(first(null));
  links.set('192.0.2.1', null);
  t.ok(first('192.0.2.1'), 'it is down now');
  links.set('192.0.2.1', 5);
  t.ok(first('192.0.2.1'), 'it is back');
  links.delete('192.0.2.1');
  t.notOk(first('192.0.2.1'), 'where nothing can be seen nothing is said');
  links.set('192.0.2.1', 5);
  await clock.advance(2);
  t.notOk(watch.begin()('192.0.2.1'), 'what begins later has nothing to do with that');
});

/** Looks once with all descriptors taken, and once with one to spare. */
const exhausted = `
import { openSync, closeSync } from 'node:fs';
import { systemLinks } from ${JSON.stringify(new URL('../../agent/links.js', import.meta.url).href)};
const links = systemLinks();
const before = links().size;
const taken = [];
try { for (;;) taken.push(openSync('/dev/null', 'r')); } catch {}
const during = links().size;
for (const one of taken) closeSync(one);
process.stdout.write(JSON.stringify([before, during, links().size]));
`;

t.test('no descriptor is left: nothing is said, and nothing thrown', needing('linux', 'sh'), async (t) => {
  const script = 'ulimit -n 64; exec "$0" --input-type=module --eval "$1"';
  const { stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, exhausted], { encoding: 'utf8' });
  t.match(stdout, /^\[/, stderr);
  const [before, during, after] = JSON.parse(stdout) as number[];
  t.equal(during, 0);
  t.equal(after, before);
});

/** Prints what the links are, once for every line that comes in. */
const looking = `
import { createInterface } from 'node:readline';
import { systemLinks } from ${JSON.stringify(new URL('../../agent/links.js', import.meta.url).href)};
const links = systemLinks();
for await (const _ of createInterface(process.stdin)) console.log(JSON.stringify([...links()]));
`;

t.test('the links of a real system', needing('root', 'linux', 'unshare', 'ip', 'mount'), async (t) => {
  const script = `set -e
mount -t sysfs sysfs /sys
ip link add near type veth peer name far
ip addr add 192.0.2.1/24 dev near
ip link set near up; ip link set far up
{ for step in 'true' 'ip link set far down' 'ip link set far up' 'true'; do $step; sleep 0.5; echo; sleep 0.3; done; } |
  exec "$0" --input-type=module --eval "$1"`;
  const { stdout, stderr, status } = spawnSync(
    'unshare',
    ['--net', '--mount', 'sh', '-c', script, process.execPath, looking],
    { encoding: 'utf8', timeout: 60_000, cwd: fileURLToPath(new URL('.', import.meta.url)) },
  );
  t.equal(status, 0, stderr);
  const seen = stdout
    .trim()
    .split('\n')
    .map((line) => new Map(JSON.parse(line) as [string, number | null][]).get('192.0.2.1'));
  t.equal(seen.length, 4);
  const [up, down, again, still] = seen;
  t.type(up, 'number');
  t.equal(down, null, 'the other end went down, and so is this one');
  t.ok(Number(again) >= Number(up) + 2, `it went and came: ${up}, ${again}`);
  t.equal(still, again);
});
