import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import t, { type Test } from 'tap';
import { needing } from '../require.ts';
import { bundle, type Ended } from './command.ts';

t.setTimeout(600_000);

/** A mount namespace of its own has an /etc of its own: the only way to give edgeprobe another fence. */
const needed = needing('linux', 'root', 'unshare', 'mount', 'setpriv');

const edge = `
servers: { edge1: { access-edge: { address: edge.contoso.example, sipDomain: contoso.example, responder: true } } }
`;
const siteText = `site: fenced\npacks: [lync2013-edge-public]\ntimeouts: { check: 1s }\nagent: { interval: 1s }\n${edge}`;

interface More {
  readonly env?: Record<string, string>;
  readonly user?: number;
  /** Told everything on standard error so far; true: it was enough, an agent goes on for ever. */
  readonly heard?: (stderr: string) => boolean;
}

interface World {
  readonly folder: string;
  readonly fence: string;
  /** Runs edgeprobe behind this /etc. */
  readonly run: (words: readonly string[], more?: More) => Promise<Ended>;
}

/** An /etc with a fence, in which two names lead to loopback. */
const behind = (t: Test, text: string): World => {
  const folder = t.testdir({ 'site.yaml': siteText });
  const etc = path.join(folder, 'etc');
  mkdirSync(path.join(etc, 'edgeprobe'), { recursive: true, mode: 0o755 });
  const hosts = '127.0.0.1 localhost edge.contoso.example\n::ffff:127.0.0.1 mapped.contoso.example\n';
  const files = { hosts, 'nsswitch.conf': 'hosts: files\n', passwd: 'root:x:0:0::/:/bin/sh\n', 'resolv.conf': '' };
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(etc, name), content);
  const fence = path.join(etc, 'edgeprobe', 'fence.yaml');
  writeFileSync(fence, text, { mode: 0o644 });
  const firstWords = (stderr: string): boolean => /pushing failed|verdict changed/.test(stderr);
  const run: World['run'] = (words, { env = {}, user = 0, heard = firstWords } = {}) =>
    new Promise((resolve) => {
      const as = user === 0 ? '' : `setpriv --reuid ${user} --regid ${user} --clear-groups `;
      const script = `mount --bind "$0" /etc && exec ${as}"$@"`;
      const argv = ['-m', '--propagation', 'private', 'sh', '-c', script, etc, process.execPath, bundle, ...words];
      const child = spawn('unshare', argv, { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...env } });
      t.teardown(() => child.kill('SIGKILL'));
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        stdout += part;
      });
      child.stderr.setEncoding('utf8').on('data', (part: string) => {
        stderr += part;
        if (heard(stderr)) child.kill('SIGTERM');
      });
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
  return { folder, fence, run };
};

/** A listener on loopback that counts who comes, and says this. */
const counted = async (t: Test, words = ''): Promise<{ port: number; came: () => number }> => {
  let came = 0;
  const server = createServer((socket) => {
    came++;
    socket.on('error', () => undefined).once('data', () => socket.end(words));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const bound = server.address();
  return { port: typeof bound === 'object' && bound ? bound.port : 0, came: () => came };
};

const elsewhere = 'rate: 100\ndial:\n  - network: 192.0.2.0/24\n    sweeps: true\n  - network: "::/0"\n';

t.test('a fence holds whatever the target is called, and no flag or variable moves it', needed, async (t) => {
  const { port, came } = await counted(t);
  const { run, folder } = behind(t, elsewhere);
  const open = path.join(folder, 'open.yaml');
  writeFileSync(open, 'dial: [{ network: 0.0.0.0/0 }]');
  const env = {
    ...{ EDGEPROBE_FENCE: open, FENCE: open, EDGEPROBE_NO_FENCE: '1', ProgramData: folder, HOME: folder },
    ...{ XDG_CONFIG_HOME: folder, XDG_CONFIG_DIRS: folder, NODE_ENV: 'test', NODE_USE_ENV_PROXY: '1' },
  };
  const hosts = ['127.0.0.1', 'edge.contoso.example', 'mapped.contoso.example', '0.0.0.0', '0x7f000001'];
  for (const host of [...hosts, '[::ffff:127.0.0.1]', '[::ffff:7f00:1]']) {
    const { code, stdout } = await run(['probe', 'tcp', `${host}:${port}`, '--format', 'json'], { env });
    for (const line of stdout.trim().split('\n')) {
      const { outcome, failure } = JSON.parse(line) as { outcome: string; failure: { code: string; message: string } };
      if (outcome === 'unresolved') continue;
      t.match({ outcome, code: failure.code }, { outcome: 'unasked', code: 'fenced' }, host);
      t.match(failure.message, /\/etc\/edgeprobe\/fence\.yaml:3: no network of dial holds/);
    }
    t.ok(code === 3 || code === 0, `${host}: exit ${code}`);
  }
  for (const host of ['2130706433', '017700000001', '127.1', '0x7f.1']) {
    t.equal((await run(['probe', 'tcp', `${host}:${port}`], { env })).code, 2, `${host} is no target at all`);
  }
  const without = await run(['probe', 'tcp', `127.0.0.1:${port}`, '--fence', open], { env });
  t.equal(without.code, 2, 'there is no such flag');
  t.equal(came(), 0, 'nobody came');
});

t.test('check, demo and respond stand behind it, too', needed, async (t) => {
  const { run } = behind(t, elsewhere);
  const check = ['check', '--config', 'site.yaml', '--vantage', 'outside', '--format', 'json'];
  const { code, stdout } = await run(check);
  t.equal(code, 3, 'nothing failed, nothing could be asked');
  const { rules } = JSON.parse(stdout) as { rules: { verdict: string; because: string; explain: string }[] };
  const asked = rules.filter(({ verdict }) => verdict !== 'skipped');
  t.ok(asked.length >= 2);
  for (const { verdict, because, explain } of asked) {
    t.match({ verdict, because }, { verdict: 'unknown', because: 'unasked' });
    t.match(explain, /the fence of this host forbids it \(\/etc\/edgeprobe\/fence\.yaml:3/);
  }
  const respond = await run(['respond', '--config', 'site.yaml', '--as', 'edge', '--for', '1m']);
  t.equal(respond.code, 2);
  t.match(respond.stderr, /fence\.yaml:1: nothing under respond lets it listen/);
  const demo = await run(['demo']);
  t.not(demo.code, 0);
  t.match(`${demo.stdout}${demo.stderr}`, /the fence of this host forbids it/);
});

t.test('an agent stands behind it, and so does its Pushgateway', needed, async (t) => {
  const { port, came } = await counted(t);
  const { run } = behind(t, elsewhere);
  const { stderr } = await run([
    ...['agent', '--config', 'site.yaml', '--vantage', 'outside', '--web.listen-address', '127.0.0.1:0'],
    ...['--push.gateway', `http://edge.contoso.example:${port}`, '--push.interval', '1s'],
  ]);
  t.match(stderr, /"reason":"the fence of this host forbids it[^\n]*"pushing failed"/);
  t.equal(came(), 0);
});

t.test('a fence that becomes stricter holds for an agent that runs already', needed, async (t) => {
  const { port, came } = await counted(t);
  const { run, folder, fence } = behind(t, 'dial:\n  - network: 127.0.0.0/8\n');
  const ports = `ports: { "443": ${port}, "5061": ${port}, "5269": ${port} }`;
  writeFileSync(
    path.join(folder, 'site.yaml'),
    siteText.replace('responder: true', ports).replace('edge.contoso.example, sip', '127.0.0.1, sip'),
  );
  let before = 0;
  let stricter = false;
  let after: number | null = null;
  let reopened: number | null = null;
  const { stderr } = await run(
    ['agent', '--config', 'site.yaml', '--vantage', 'outside', '--web.listen-address', '127.0.0.1:0'],
    {
      heard: (text) => {
        if (!stricter && /first verdict/.test(text)) {
          stricter = true;
          before = came();
          writeFileSync(fence, 'dial:\n  - network: 192.0.2.0/24\n');
        }
        if (after === null && /the fence of this host changed/.test(text)) after = came();
        if (after === null || !/the fence of this host forbids it/.test(text)) return false;
        reopened ??= came();
        return true;
      },
    },
  );
  t.ok(before > 0, 'it was asked before');
  t.match(stderr, /"level":"warn"[^\n]*"file":"\/etc\/edgeprobe\/fence\.yaml"[^\n]*the fence of this host changed/);
  t.ok(after !== null && reopened !== null && reopened - after <= 2, 'what was under way at most came after');
});

t.test('a fence that cannot be relied on: nothing runs', needed, async (t) => {
  const site = ['--config', 'site.yaml'];
  const commands = [
    ['probe', 'tcp', '192.0.2.1:9'],
    ['check', ...site, '--vantage', 'outside'],
    ['agent', ...site, '--vantage', 'outside', '--web.listen-address', '127.0.0.1:0'],
    ['respond', ...site, '--as', 'edge'],
    ['demo'],
  ];
  const spoilt: readonly [string, (world: World) => void, RegExp, number?][] = [
    ['writable by all', ({ fence }) => chmodSync(fence, 0o646), /may be written by others than its owner/],
    ['of another user', ({ fence }) => chownSync(fence, 4711, 0), /belongs to user 4711, not to 0/],
    [
      'in another user’s folder',
      ({ fence }) => chownSync(path.dirname(fence), 4711, 0),
      /its folder belongs to user 4711/,
    ],
    ['not for us', ({ fence }) => chmodSync(fence, 0o600), /this user cannot read it \(EACCES\)/, 4711],
    ['with a mistake', ({ fence }) => writeFileSync(fence, 'dial: 7\n'), /fence\.yaml:1:7: dial: expected a list/],
    ['a link', ({ fence }) => symlinkSync('fence.yaml', fence), /it is a link/],
  ];
  for (const [name, spoil, why, user = 0] of spoilt) {
    const world = behind(t, name === 'a link' ? '' : elsewhere);
    if (name === 'a link') (await import('node:fs')).rmSync(world.fence);
    spoil(world);
    for (const words of name === 'not for us' ? commands.slice(0, 1) : commands) {
      const { code, stdout, stderr } = await world.run(words, { user });
      t.match({ code, stdout }, { code: 2, stdout: '' }, `${name}: ${words[0]}`);
      t.match(stderr, why, `${name}: ${words[0]}`);
    }
  }
});

t.test('its rate holds against --rate, and a redirect leads nowhere', needed, async (t) => {
  const other = await counted(t);
  const words = `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${other.port}/\r\nContent-Length: 0\r\n\r\n`;
  const { port, came } = await counted(t, words);
  const { run } = behind(t, `dial:\n  - network: 127.0.0.0/8\n    sweeps: true\nrate: 40\n`);
  const redirected = await run(['probe', 'http', `127.0.0.1:${port}`, '--format', 'json']);
  t.match(JSON.parse(redirected.stdout), { outcome: 'answered', facts: { status: 302 } });
  t.equal(came(), 1);
  t.equal(other.came(), 0);
  const sweep = ['probe', 'tcp', '127.0.0.2:2-61', '--rate', '0', '--format', 'json'];
  const seen = JSON.parse((await run(sweep)).stdout) as { durationSeconds: number; facts: { dials: number } };
  t.ok(seen.facts.dials >= 60);
  t.ok(seen.durationSeconds >= 1.2, `60 dials at 40 a second take a while: ${seen.durationSeconds} s`);
});
