import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { createLog } from '../../agent/log.ts';
import { createMetricRegistry } from '../../agent/metric-registry.ts';
import { pushRegularly } from '../../agent/push.ts';
import { systemFiles, writeTextfile } from '../../agent/push-file.ts';
import { gatewayTarget } from '../../agent/push-gateway.ts';
import { systemResolver } from '../../agent/resolve.ts';
import { openFence } from '../../probes/fence.ts';
import { handClock } from '../probes/hand-clock.ts';
import { throwsMatching } from '../require.ts';

const logged = () => {
  const lines: { msg: string; level: string; reason?: string; target?: string; failures?: number }[] = [];
  const log = createLog(
    'debug',
    'json',
    () => new Date(0),
    (line) => lines.push(JSON.parse(line)),
  );
  return { lines, log };
};

t.test('a textfile: whole or not at all', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'edgeprobe-push-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'edgeprobe.prom');
  writeTextfile(file, 'a 1\n');
  writeTextfile(file, 'a 2\n');
  t.equal(readFileSync(file, 'utf8'), 'a 2\n');
  t.strictSame(readdirSync(folder), ['edgeprobe.prom'], 'nothing else is left');
  const before = process.umask(0o077);
  writeTextfile(file, 'a 2\n');
  process.umask(before);
  t.equal(statSync(file).mode & 0o777, 0o644, 'the user of the collector may read it, whatever the unit says');
  if (existsSync('/dev/full')) {
    const full = { ...systemFiles, open: () => openSync('/dev/full', 'w') };
    await throwsMatching(t, () => writeTextfile(file, 'a 3\n', full), /ENOSPC/);
    t.equal(readFileSync(file, 'utf8'), 'a 2\n', 'a full disk leaves the old file');
  }
  mkdirSync(path.join(folder, 'taken.prom'));
  await throwsMatching(
    t,
    () => writeTextfile(path.join(folder, 'taken.prom'), 'a 1\n'),
    /EISDIR|ENOTEMPTY|EEXIST|EPERM/,
  );
  await throwsMatching(t, () => writeTextfile(path.join(folder, 'gone', 'a.prom'), 'a 1\n'), /ENOENT/);
  t.strictSame(readdirSync(folder).sort(), ['edgeprobe.prom', 'taken.prom']);
});

t.test('down for an hour does not matter', async (t) => {
  const clock = handClock();
  const { lines, log } = logged();
  const pushed: number[] = [];
  let down = true;
  const push = async (): Promise<void> => {
    pushed.push(clock.monotonic());
    if (down) throw Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
  };
  const stop = pushRegularly({ name: 'http://gateway/', push }, 30, clock, log);
  await clock.advance(3_600);
  t.strictSame(pushed.slice(0, 5), [30, 90, 210, 450, 750], 'later each time, five minutes at most');
  t.ok(pushed.length > 12 && pushed.length < 17);
  t.equal(lines.filter(({ level }) => level === 'warn').length, 1, 'said once');
  t.match(lines[0], { msg: 'pushing failed', reason: 'ECONNREFUSED', target: 'http://gateway/' });
  down = false;
  await clock.advance(300);
  t.match(lines.at(-1), { level: 'info', msg: 'pushing works again', failures: 14 });
  const before = pushed.length;
  await clock.advance(300);
  t.ok(pushed.length >= before + 9, 'and then as often as before');
  stop();
  const after = pushed.length;
  await clock.advance(1_000);
  t.equal(pushed.length, after);
});

t.test('a push without an end has failed', async (t) => {
  const clock = handClock();
  const { lines, log } = logged();
  const stop = pushRegularly({ name: 'x', push: () => new Promise(() => undefined) }, 10, clock, log);
  await clock.advance(200);
  t.ok(lines.length >= 2);
  t.match(lines[0], { reason: 'no end after 30 s' });
  stop();
});

t.test('a Pushgateway', async (t) => {
  const requests: { method: string; url: string; type: string; authorization: string; body: string }[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push({
        method,
        url,
        body,
        type: headers['content-type'] ?? '',
        authorization: headers.authorization ?? '',
      });
      response.writeHead(status).end('no \u001b[2J');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const registry = createMetricRegistry();
  const url = new URL(`http://ann:secret@127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const refresh = () => registry.scrape([{ metric: 'build', labels: { version: '1' }, value: 1 }], false);
  const route = { resolver: systemResolver, fence: openFence };
  const grouping = { site: 'contoso b', vantage: 'dmz', place: 'node 1/a' };
  const target = gatewayTarget(url, grouping, registry.registry, refresh, route);
  await target.push();
  // A gateway unescapes a path before it takes it apart, so a slash within a name goes as base64.
  const place = `place@base64/${Buffer.from('node 1/a').toString('base64url')}`;
  t.match(requests[0], { method: 'PUT', url: `/metrics/job/edgeprobe/site/contoso%20b/vantage/dmz/${place}` });
  t.match(requests[0]?.type, /^text\/plain/);
  t.match(requests[0]?.body, /edgeprobe_build_info\{version="1"\} 1/);
  t.equal(requests[0]?.authorization, `Basic ${Buffer.from('ann:secret').toString('base64')}`);
  t.notMatch(target.name, /secret|ann/, 'the log never has the password');
  status = 503;
  await throwsMatching(t, () => target.push(), /503/);
  server.close();
});
