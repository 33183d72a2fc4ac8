import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import t from 'tap';
import { type Metric, metrics } from '../../agent/metric-catalogue.ts';
import { familiesOf } from '../agent/exposition.ts';
import { needing } from '../require.ts';
import { until } from '../until.ts';
import { type AgentProcess, seriesOf, startAgent } from './agent-process.ts';
import { edgeprobe, isRefusal, start } from './command.ts';
import { standing } from './standing.ts';

t.setTimeout(600_000);

const fast = { agent: { interval: '1s', sweepInterval: '2s', sweepSample: 8 }, sweep: { rate: 0, trustResets: true } };
const stun = 'rule="external-stun-udp-3478-in"';
const verdict = 'edgeprobe_rule_verdict';

const ready = (t: Parameters<typeof until>[0], agent: AgentProcess): Promise<void> =>
  until(t, 'ready', async () => (await agent.get('/-/ready')).status === 200);

/** A listener on a free port of loopback that takes connections and says nothing. */
const mute = async (t: Parameters<typeof until>[0]): Promise<{ port: number; heard: Promise<void> }> => {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  const heard = new Promise<void>((resolve) => server.once('connection', () => resolve()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { port: (server.address() as AddressInfo).port, heard };
};

t.test('what a real agent emits is what the catalogue says', async (t) => {
  const { cwd, rewrite, standIn } = await standing(t);
  const { port } = await mute(t);
  // With the rows of retired features come ranges; nobody listens there.
  rewrite({ ...fast, features: 'all', vantages: { outside: { control: [`tcp://127.0.0.1:${port}`] } } });
  const agent = await startAgent(t, cwd);
  t.match((await agent.get('/metrics')).status, 200, 'a scrape waits for nothing');
  await ready(t, agent);
  await until(t, 'a sweep', async () => ((await agent.metric('edgeprobe_sweep_ports', '"closed"')) ?? 0) > 0);
  await until(t, 'the control', async () => (await agent.metric('edgeprobe_vantage_control_reachable')) === 1);
  const { body, headers } = await agent.get('/metrics');
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);

  const families = familiesOf(body);
  for (const { name, type, help, labels } of Object.values(metrics) as Metric[]) {
    const found = families.get(name);
    t.match(found, { type, help }, name);
    // Nobody serves a revocation list here.
    if (name === 'edgeprobe_crl_next_update_timestamp_seconds') continue;
    t.strictSame(found?.labels, [[...labels].sort().join(' ')], `${name}: labels`);
  }
  t.equal(families.size, Object.keys(metrics).length, 'and nothing else');

  t.equal(seriesOf(body, verdict, stun, 'verdict="pass"'), 1);
  t.equal(seriesOf(body, 'edgeprobe_rule_reachable', stun), 1);
  t.ok((seriesOf(body, 'edgeprobe_checks_total', stun, 'outcome="answered"') ?? 0) >= 1);
  t.ok((seriesOf(body, 'edgeprobe_stun_round_trip_seconds_count', stun) ?? 0) >= 1);
  t.equal(seriesOf(body, 'edgeprobe_rule_interval_seconds', stun), 1);
  t.equal(seriesOf(body, 'edgeprobe_config_last_reload_successful'), 1);
  t.ok(Math.abs((seriesOf(body, 'process_start_time_seconds') ?? 0) - Date.now() / 1000) < 120);
  const open = await agent.get('/metrics', { accept: 'application/openmetrics-text;version=1.0.0' });
  t.match(open.headers['content-type'], /^application\/openmetrics-text/);
  t.match(open.body, /# EOF\n$/);
  t.match(await agent.get('/'), { status: 200, body: /external-stun-udp-3478-in/ });

  await t.test('promtool finds nothing to say', needing('promtool'), async (t) => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
    t.match({ status, said: stdout + stderr }, { status: 0, said: '' });
  });

  const report = JSON.parse((await agent.get('/api/v1/report')).body);
  t.match(report, { schema: 'edgeprobe/report/v1', vantage: 'outside', agent: { ready: true, intervalSeconds: 1 } });
  t.ok(await standIn.withdraw('external-stun-udp-3478-in'));
  await until(t, 'the failure', async () => (await agent.metric(verdict, stun, 'verdict="fail"')) === 1);
  t.equal(await agent.metric('edgeprobe_rule_outcome', stun, 'outcome="closed"'), 1);
  const told = agent.log().find(({ msg, rule }) => msg === 'verdict changed' && rule === 'external-stun-udp-3478-in');
  t.match(told, { level: 'warn', from: 'pass', verdict: 'fail', explain: /port unreachable/ });
  const { code, seconds, stdout } = await agent.kill('SIGTERM');
  t.match({ code, stdout }, { code: 0, stdout: '' });
  t.ok(seconds < 6, `${seconds} s`);
});

t.test('cron gets the same names', async (t) => {
  const { cwd } = await standing(t);
  const { code, stdout, stderr } = await edgeprobe(
    ['check', '--config', 'site.yaml', '--vantage', 'outside', '--format', 'prometheus', '--output', 'edge.prom'],
    { cwd },
  );
  t.match({ code, stderr }, { code: 0, stderr: '' });
  t.equal(seriesOf(stdout, verdict, stun, 'verdict="pass"'), 1);
  t.equal(readFileSync(path.join(cwd, 'edge.prom'), 'utf8'), stdout, 'the ending of a file says its format');
  for (const { name, type, help } of familiesOf(stdout).values()) {
    t.match(
      Object.values(metrics).find((one) => one.name === name),
      { type, help },
    );
  }
  await t.test('promtool', needing('promtool'), async (t) => {
    const said = spawnSync('promtool', ['check', 'metrics'], { input: stdout, encoding: 'utf8' });
    t.match({ status: said.status, said: said.stdout + said.stderr }, { status: 0, said: '' });
  });
});

t.test('another configuration: by signal, by HTTP, by a changed file', async (t) => {
  const { cwd, rewrite } = await standing(t);
  rewrite(fast);
  const agent = await startAgent(t, cwd, ['--web.enable-lifecycle', '--watch']);
  await ready(t, agent);
  const reloads = (): number => agent.log().filter(({ msg }) => /^configuration (not )?loaded/.test(msg)).length;
  const file = path.join(cwd, 'site.yaml');
  const good = readFileSync(file, 'utf8');

  writeFileSync(file, 'site: [broken\n');
  agent.signal('SIGHUP');
  await until(t, 'the refusal', async () => (await agent.metric('edgeprobe_config_last_reload_successful')) === 0);
  const before = await agent.metric('edgeprobe_checks_total', stun, 'outcome="answered"');
  await until(t, 'the old one', async () => {
    return ((await agent.metric('edgeprobe_checks_total', stun, 'outcome="answered"')) ?? 0) > (before ?? 0);
  });
  t.match(
    agent.log().find(({ level }) => level === 'error'),
    { msg: /the one before stays in force/, problem: /site\.yaml:\d+:\d+/ },
  );

  writeFileSync(file, good.replaceAll('edge1', 'edge9'));
  await until(
    t,
    'the changed file',
    async () => (await agent.metric(verdict, stun, 'endpoint="edge9"', '"pass"')) === 1,
  );
  const { body } = await agent.get('/metrics');
  t.notMatch(body, /endpoint="edge1"/, 'what is gone leaves no series');
  t.equal(seriesOf(body, 'edgeprobe_config_last_reload_successful'), 1);

  const count = reloads();
  await until(t, 'HTTP', async () => {
    const response = await fetch(`http://127.0.0.1:${agent.port}/-/reload`, { method: 'POST' });
    return response.status === 200;
  });
  // What it says comes by another way than its answer.
  await until(t, 'it says so', () => reloads() > count);
  t.equal(reloads(), count + 1);
  t.match(
    agent.log().findLast(({ msg }) => msg === 'configuration loaded'),
    { why: 'HTTP' },
  );
  t.equal((await agent.kill('SIGTERM')).code, 0);
});

t.test('whoever reads that it listens may tell it to reload at once', async (t) => {
  const { cwd } = await standing(t);
  const addresses = Array.from({ length: 8 }, () => ['--web.listen-address', '127.0.0.1:0']).flat();
  const { child, ended } = start(['agent', '--config', 'site.yaml', '--vantage', 'outside', ...addresses], { cwd });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr?.on('data', (chunk: string) => {
    if (!said.includes('"listening"') && chunk.includes('"listening"')) child.kill('SIGHUP');
    said += chunk;
  });
  await until(
    t,
    'it loads again',
    () => said.includes('"configuration loaded"') || child.exitCode !== null || child.signalCode !== null,
  );
  t.match(said, /"why":"SIGHUP"/);
  child.kill('SIGTERM');
  t.equal((await ended).code, 0);
});

t.test('SIGTERM ends it within 6 s, whatever it waits for', async (t) => {
  const { port, heard } = await mute(t);
  const site = {
    site: 'mute',
    packs: ['lync2013-edge-public'],
    servers: { edge1: { 'access-edge': { address: '127.0.0.1', ports: { 443: port, 5061: port, 5269: port } } } },
    timeouts: { check: '60s' },
    agent: { interval: '1s' },
  };
  const cwd = t.testdir({ 'site.yaml': JSON.stringify(site) });
  const agent = await startAgent(t, cwd, ['--push.textfile', 'edge.prom', '--push.interval', '1s']);
  await heard;
  await until(t, 'the textfile', () => existsSync(path.join(cwd, 'edge.prom')));
  t.match(readFileSync(path.join(cwd, 'edge.prom'), 'utf8'), /^edgeprobe_build_info\{/m);
  // Somebody listens to events.
  const events = await fetch(`http://127.0.0.1:${agent.port}/api/v1/events`);
  const { code, seconds } = await agent.kill('SIGTERM');
  t.equal(code, 0);
  t.ok(seconds < 6, `${seconds} s`);
  await events.text().catch(() => undefined);
});

t.test('what it cannot work with', async (t) => {
  const { cwd } = await standing(t);
  const { port } = await mute(t);
  writeFileSync(path.join(cwd, 'web.yaml'), 'basic_auth_users: { ann: plain }\n');
  const given = ['agent', '--config', 'site.yaml', '--vantage', 'outside'];
  const cases: [string[], RegExp][] = [
    [['agent', '--vantage', 'outside'], /--config is missing/],
    [['agent', '--config', 'site.yaml'], /--vantage is missing/],
    [[...given, '--web.listen-address', 'nonsense'], /is not HOST:PORT/],
    [[...given, '--web.listen-address', '127.0.0.1:99999'], /is not HOST:PORT/],
    [[...given, '--web.listen-address', `127.0.0.1:${port}`], /somebody listens there already/],
    [[...given, '--web.config.file', 'web.yaml'], /expected a bcrypt hash/],
    [[...given, '--web.config.file', 'gone.yaml'], /there is no such file/],
    [[...given, '--push.gateway', 'ftp://x'], /not an http or https URL/],
    [[...given, '--push.interval', '3'], /has no unit/],
    [[...given, '--push.interval', '1ms'], /not between 1s and 1d/],
    [[...given, '--log.level', 'debgu'], /Did you mean debug\?/],
    [[...given, '--to', 'av-edge=127.0.0.1'], /agent has no flag "--to"/],
  ];
  for (const [words, message] of cases) {
    const ended = await edgeprobe(words, { cwd });
    isRefusal(t, words.slice(1).join(' '), ended, message, /./);
  }
});
