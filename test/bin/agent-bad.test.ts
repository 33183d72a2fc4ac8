import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { freePort, ownLoopback } from '../loopback.ts';
import { rawPeer, tlsPeer } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';
import { until } from '../until.ts';
import { startAgent } from './agent-process.ts';
import { certificateNamed } from './evil-certificate.ts';
import { standing } from './standing.ts';

t.setTimeout(600_000);

const stun = 'rule="external-stun-udp-3478-in"';
const evil = '"} 1\n<script>alert(1)</script>\u001b[2J\u202e\\';
/** What a terminal acts on, but for the newline that ends a line. */
const raw = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066]/;

t.test('a certificate and a banner that would break out: metrics, page and log stay clean', async (t) => {
  const web = await tlsPeer(t, await certificateNamed(evil, 'x"><img src=y>'));
  const words = evil.replaceAll('<', '&lt;').replaceAll('\u001b', '&#x9b;');
  const header = `<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='${words}' version='1.0'>`;
  const xmpp = await rawPeer(t, (socket) => socket.once('data', () => socket.end(header)));
  const site = {
    ...{ site: 'hostile', packs: ['lync2013-edge-public'], timeouts: { check: '2s' }, agent: { interval: '1s' } },
    servers: { edge1: { 'access-edge': { address: ownLoopback, ports: { 443: web.port, 5269: xmpp.port } } } },
  };
  const agent = await startAgent(t, t.testdir({ 'site.yaml': JSON.stringify(site) }));
  await until(t, 'ready', async () => (await agent.get('/-/ready')).status === 200);
  const { body } = await agent.get('/metrics');
  t.match(body, /^edgeprobe_tls_certificate_not_after_timestamp_seconds\{/m, 'the certificate was seen');
  t.notMatch(body, raw);
  t.notMatch(body, /script>|alert\(/, 'nothing of it is a label');
  const said = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
  if (said.error === undefined)
    t.match({ status: said.status, said: said.stdout + said.stderr }, { status: 0, said: '' });
  const page = (await agent.get('/')).body;
  t.notMatch(page, /<script>alert|<img src=y/);
  t.notMatch(page, raw);
  t.match((await agent.get('/api/v1/report')).body, /alert\(1\)/, 'the report has it, as a text');
  t.notMatch(
    agent
      .log()
      .map((line) => Object.values(line).join(' '))
      .join(' '),
    raw,
  );
  t.equal((await agent.kill('SIGTERM')).code, 0);
});

t.test('configurations that change under load, and an end in the middle of it', async (t) => {
  const { cwd, rewrite } = await standing(t);
  // A dial a second: a sweep that never ends, and single questions that wait for their turn.
  const slowly = { agent: { interval: '1s', sweepInterval: '1s' }, features: 'all', sweep: { rate: 2 } };
  rewrite({ ...slowly, sweep: { rate: 0 } });
  const agent = await startAgent(t, cwd, ['--web.enable-lifecycle']);
  await until(t, 'ready', async () => (await agent.get('/-/ready')).status === 200);
  let over = false;
  let scrapes = 0;
  const scraper = async (): Promise<void> => {
    while (!over) {
      const { status } = await agent.get('/metrics').catch(() => ({ status: 0 }));
      if (status === 200) scrapes++;
    }
  };
  const scrapers = Array.from({ length: 8 }, scraper);
  const file = path.join(cwd, 'site.yaml');
  const good = readFileSync(file, 'utf8');
  for (let round = 0; round < 12; round++) {
    writeFileSync(file, round % 3 === 2 ? good.slice(0, 100) : good.replaceAll('edge1', `edge${1 + (round % 2)}`));
    const { status } = await fetch(`http://127.0.0.1:${agent.port}/-/reload`, { method: 'POST' });
    t.equal(status, round % 3 === 2 ? 500 : 200, `reload ${round}`);
  }
  rewrite(slowly);
  agent.signal('SIGHUP');
  await until(t, 'the last one', async () => (await agent.metric('edgeprobe_config_last_reload_successful')) === 1);
  await until(t, 'it still asks', async () => {
    return (await agent.metric('edgeprobe_rule_verdict', stun, 'endpoint="edge1"', '"pass"')) === 1;
  });
  t.notMatch((await agent.get('/metrics')).body, /endpoint="edge2"/, 'nothing is left of the others');
  t.ok(scrapes > 0);
  t.strictSame(
    agent.log().filter(({ msg }) => /fault/.test(msg)),
    [],
  );
  const { code, seconds } = await agent.kill('SIGTERM');
  over = true;
  await Promise.all(scrapers);
  t.equal(code, 0);
  t.ok(seconds < 6, `${seconds} s`);
});

t.test('a Pushgateway that is down for a while', needing('prometheus-pushgateway'), async (t) => {
  const { cwd, rewrite } = await standing(t);
  rewrite({ agent: { interval: '1s' } });
  const port = await freePort();
  const words = [
    '--push.gateway',
    `http://ann:secret@${ownLoopback}:${port}`,
    '--push.interval',
    '1s',
    '--log.level',
    'debug',
  ];
  const agent = await startAgent(t, cwd, words);
  const failures = () => agent.log().filter(({ msg }) => /^pushing failed/.test(msg));
  await until(t, 'failures', () => failures().length >= 3);
  t.strictSame(
    failures()
      .map(({ level }) => level)
      .slice(0, 3),
    ['warn', 'debug', 'debug'],
    'said once',
  );
  t.match(failures()[0], { reason: 'ECONNREFUSED', target: `http://${ownLoopback}:${port}/` });
  const gateway: ChildProcess = spawn('prometheus-pushgateway', [`--web.listen-address=${ownLoopback}:${port}`], {
    stdio: 'ignore',
  });
  t.teardown(() => gateway.kill('SIGKILL'));
  await until(t, 'it works again', () => agent.log().some(({ msg }) => msg === 'pushing works again'));
  const pushed = async (): Promise<string> => (await fetch(`http://${ownLoopback}:${port}/metrics`)).text();
  await until(t, 'a verdict is pushed', async () =>
    /^edgeprobe_rule_verdict\{.*verdict="pass"\} 1$/m.test(await pushed()),
  );
  t.notMatch(JSON.stringify(agent.log()), /secret/);
  await until(t, 'it asks on', async () => (await agent.metric('edgeprobe_rule_verdict', stun, '"pass"')) === 1);
  t.equal((await agent.kill('SIGTERM')).code, 0);
});

t.test('a disk that is full', needing('root', 'unshare', 'nsenter', 'mount'), async (t) => {
  const { cwd, rewrite } = await standing(t);
  rewrite({ agent: { interval: '1s' } });
  const disk = path.join(cwd, 'disk');
  mkdirSync(disk);
  const file = path.join(disk, 'edge.prom');
  // In a mount namespace of its own: what a page has room for is no room for the metrics.
  const mounted = ['unshare', '--mount', 'sh', '-c', `mount -t tmpfs -o size=8k none '${disk}' && exec "$0" "$@"`];
  const agent = await startAgent(t, cwd, ['--push.textfile', file, '--push.interval', '1s'], mounted);
  const inside = (...words: string[]): string =>
    execFileSync('nsenter', ['--target', String(agent.pid), '--mount', ...words], { encoding: 'utf8' });
  await until(t, 'it fails', () => agent.log().some(({ msg }) => msg === 'pushing failed'));
  t.match(
    agent.log().find(({ msg }) => msg === 'pushing failed'),
    { reason: 'ENOSPC', target: file },
  );
  // A next push may be writing at this moment; what is left stays.
  await until(t, 'no part of a file is left', () => inside('ls', '-A', disk) === '');
  await until(t, 'it asks on', async () => (await agent.metric('edgeprobe_rule_verdict', stun, '"pass"')) === 1);
  inside('mount', '-o', 'remount,size=4m', disk);
  await until(t, 'it works again', () => agent.log().some(({ msg }) => msg === 'pushing works again'));
  t.match(inside('cat', file), /^edgeprobe_rule_verdict\{.*verdict="pass"\} 1$/m);
  t.equal((await agent.kill('SIGTERM')).code, 0);
});
