import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { startAgent } from '../bin/agent-process.ts';
import { standing } from '../bin/standing.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { needing } from '../require.ts';
import { repository } from '../sources.ts';
import { until } from '../until.ts';

t.setTimeout(600_000);

interface AgentFile {
  readonly scrape_configs: readonly {
    scrape_interval: string;
    static_configs: { targets: string[]; labels: Record<string, string> }[];
  }[];
  readonly remote_write: readonly { url: string; basic_auth: { password_file: string } }[];
}

/** The file of docs/deploy.md, as it stands there. */
const documented = (): string => {
  const text = readFileSync(path.join(repository, 'docs/deploy.md'), 'utf8');
  const [, block] = /```yaml\n(# \/etc\/prometheus\/agent\.yml[\s\S]*?)```/.exec(text) ?? [];
  if (block === undefined) throw new Error('docs/deploy.md has no agent.yml');
  return block;
};

/** The alert that looks for an agent whose Prometheus is gone. */
const goneAlert = (): string => {
  const text = readFileSync(path.join(repository, 'dashboards/prometheus/alerts.yaml'), 'utf8');
  const { groups } = parse(text) as { groups: { rules: { expr: string; labels?: { reason?: string } }[] }[] };
  const rule = groups.flatMap(({ rules }) => rules).find(({ labels }) => labels?.reason === 'gone');
  if (rule === undefined) throw new Error('no alert with the reason gone');
  return rule.expr;
};

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
};

t.test('a Prometheus beside the agent writes to the central one', needing('prometheus'), async (t) => {
  const { cwd, rewrite } = await standing(t);
  rewrite({ agent: { interval: '1s' } });
  const agent = await startAgent(t, cwd);
  const [centralPort, besidePort] = [await freePort(), await freePort()];
  const dir = t.testdir({ 'remote-write-password': 'secret' });
  const at = (name: string): string => path.join(dir, name);
  writeFileSync(at('web.yml'), stringify({ basic_auth_users: { outside: hashSync('secret', 4) } }));
  writeFileSync(at('central.yml'), '{}\n');

  const given = parse(documented()) as AgentFile;
  t.match(given, {
    scrape_configs: [{ job_name: 'edgeprobe', honor_labels: true, static_configs: [{ targets: ['127.0.0.1:9763'] }] }],
    remote_write: [{ url: /^https:\/\/.*\/api\/v1\/write$/, basic_auth: { username: 'outside' } }],
  });
  for (const job of given.scrape_configs) {
    job.scrape_interval = '1s';
    for (const one of job.static_configs) one.targets = [`127.0.0.1:${agent.port}`];
  }
  for (const one of given.remote_write) {
    one.url = `http://${ownLoopback}:${centralPort}/api/v1/write`;
    one.basic_auth.password_file = at('remote-write-password');
  }
  writeFileSync(at('agent.yml'), stringify(given));

  const start = (words: readonly string[]): ChildProcess => {
    const child = spawn('prometheus', words, { stdio: 'ignore' });
    t.teardown(() => child.kill('SIGKILL'));
    return child;
  };
  const central = (): ChildProcess =>
    start([
      ...[
        `--config.file=${at('central.yml')}`,
        `--storage.tsdb.path=${at('central')}`,
        '--web.enable-remote-write-receiver',
      ],
      ...[`--web.listen-address=${ownLoopback}:${centralPort}`, `--web.config.file=${at('web.yml')}`],
      // What ended is not found for five minutes otherwise.
      '--query.lookback-delta=3s',
    ]);
  const query = async (expr: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
    const headers = { authorization: `Basic ${Buffer.from('outside:secret').toString('base64')}` };
    const url = `http://${ownLoopback}:${centralPort}/api/v1/query?query=${encodeURIComponent(expr)}`;
    const response = await fetch(url, { headers }).catch(() => null);
    if (response?.status !== 200) return [];
    return (
      (await response.json()) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } }
    ).data.result;
  };
  const found = async (expr: string): Promise<boolean> => (await query(expr)).length > 0;

  let server = central();
  const beside = start([
    ...['--enable-feature=agent', `--config.file=${at('agent.yml')}`, `--storage.agent.path=${at('queue')}`],
    `--web.listen-address=${ownLoopback}:${besidePort}`,
  ]);
  const labels = 'site="contoso", vantage="outside", instance="jump-ext-01"';
  await until(t, 'results', () => found('edgeprobe_rule_verdict{verdict="pass", instance="jump-ext-01"} == 1'));
  await until(t, 'up has its site and vantage', () => found(`up{job="edgeprobe", ${labels}} == 1`));
  t.notOk(await found('{exported_site=~".+"}'), 'and nothing was renamed');
  await until(t, 'and nobody is missed', async () => !(await found(goneAlert())));

  await end(server, 'SIGTERM');
  const from = Date.now();
  await sleep(8000);
  const gap = Date.now() - from;
  server = central();
  const scrapes = `count_over_time(up{${labels}}[${Math.floor(gap / 1000)}s] @ ${(from + gap) / 1000})`;
  await until(t, 'the outage is made up for', async () => Number((await query(scrapes))[0]?.value[1] ?? 0) >= 5);
  await until(t, 'and nobody is missed for it', async () => !(await found(goneAlert())));

  await end(beside, 'SIGKILL');
  await until(t, 'it is missed', () => found(`(${goneAlert()}) and on (instance) last_over_time(up{${labels}}[1d])`));
});
