import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { startAgent } from '../bin/agent-process.ts';
import { standing } from '../bin/standing.ts';
import { createAuthority } from '../lab/certificates.ts';
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
  readonly remote_write: readonly {
    url: string;
    basic_auth: { password_file: string };
    tls_config: { ca_file: string; server_name?: string };
  }[];
}

interface WebFile {
  readonly tls_server_config: { cert_file: string; key_file: string };
  readonly basic_auth_users: Record<string, string>;
}

/** A file of docs/deploy.md, as it stands there. */
const documented = (file: string): unknown => {
  const text = readFileSync(path.join(repository, 'docs/deploy.md'), 'utf8');
  const block = text.split('```yaml\n').find((one) => one.startsWith(`# ${file}\n`));
  if (block === undefined) throw new Error(`docs/deploy.md has no ${file}`);
  return parse(block.slice(0, block.indexOf('```')));
};

/** The flags that docs/deploy.md gives to the Prometheus that has this one among them; the last of the same name counts. */
const documentedFlags = (one: string): string[] => {
  const text = readFileSync(path.join(repository, 'docs/deploy.md'), 'utf8').replaceAll('\\\n', ' ');
  const line = text.split('\n').find((words) => words.startsWith('prometheus ') && words.includes(one));
  if (line === undefined) throw new Error(`docs/deploy.md starts no prometheus with ${one}`);
  return line.split(/\s#\s/)[0]?.trim().split(/\s+/).slice(1) ?? [];
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

interface Sample {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
}

t.test('a Prometheus beside the agent writes to the central one', needing('prometheus', 'openssl'), async (t) => {
  const { cwd, rewrite } = await standing(t);
  rewrite({ agent: { interval: '1s' } });
  const agent = await startAgent(t, cwd);
  const centralPort = await freePort();
  const dir = t.testdir({ ours: {}, theirs: {} });
  const at = (name: string): string => path.join(dir, name);
  const file = (name: string, text: string): string => {
    writeFileSync(at(name), text);
    return at(name);
  };
  const given = documented('/etc/prometheus/agent.yml') as AgentFile;
  t.match(given, {
    scrape_configs: [{ job_name: 'edgeprobe', honor_labels: true, static_configs: [{ targets: ['127.0.0.1:9763'] }] }],
    remote_write: [
      { url: /^https:\/\/.*\/api\/v1\/write$/, basic_auth: { username: 'outside' }, tls_config: { ca_file: String } },
    ],
  });
  const central = new URL(given.remote_write[0]?.url ?? '').hostname;
  const authority = createAuthority(at('ours'), Date.now());
  const [stranger, password] = [createAuthority(at('theirs'), Date.now()), 'a long one'];
  const { cert, key } = authority.issue([central]);

  const web = documented('/etc/prometheus/web.yml') as WebFile;
  t.strictSame(Object.keys(web.basic_auth_users), ['outside']);
  Object.assign(web.tls_server_config, { cert_file: cert, key_file: key });
  Object.assign(web.basic_auth_users, { outside: hashSync(password, 4) });

  const start = (words: readonly string[], log: string): ChildProcess => {
    const child = spawn('prometheus', words, { stdio: ['ignore', openSync(at(log), 'a'), openSync(at(log), 'a')] });
    t.teardown(() => child.kill('SIGKILL'));
    return child;
  };
  /** The given flags, with values of our own for some of them. */
  const flags = (documentedWith: string, own: Readonly<Record<string, string>>): string[] => {
    const names = Object.keys(own);
    const kept = documentedFlags(documentedWith).filter((flag) => !names.some((name) => flag.startsWith(`${name}=`)));
    return [...kept, ...names.map((name) => `${name}=${own[name]}`)];
  };
  const startCentral = (): ChildProcess =>
    start(
      flags('--web.enable-remote-write-receiver', {
        '--config.file': file('central.yml', '{}\n'),
        '--storage.tsdb.path': at('central'),
        '--web.config.file': file('web.yml', stringify(web)),
        '--web.listen-address': `${ownLoopback}:${centralPort}`,
        // What ended is not found for five minutes otherwise.
        '--query.lookback-delta': '3s',
      }),
      'central.log',
    );
  /** A Prometheus beside the agent by the documented file, with this password, and trust in this authority. */
  const startBeside = (instance: string, secret: string, ca: string, port: number): ChildProcess => {
    const own = structuredClone(given);
    for (const job of own.scrape_configs) {
      job.scrape_interval = '1s';
      for (const one of job.static_configs) {
        one.targets = [`127.0.0.1:${agent.port}`];
        one.labels = { ...one.labels, instance };
      }
    }
    for (const one of own.remote_write) {
      one.url = `https://${ownLoopback}:${centralPort}${new URL(one.url).pathname}`;
      one.basic_auth.password_file = file(`${instance}.password`, secret);
      // The name is the documented one; only where it leads to is ours.
      one.tls_config = { ...one.tls_config, ca_file: ca, server_name: central };
    }
    return start(
      flags('--storage.agent.path', {
        '--config.file': file(`${instance}.yml`, stringify(own)),
        '--storage.agent.path': at(`${instance}.queue`),
        '--web.listen-address': `${ownLoopback}:${port}`,
      }),
      `${instance}.log`,
    );
  };
  const query = async (expr: string, auth = `outside:${password}`): Promise<Sample[]> => {
    const url = `https://${ownLoopback}:${centralPort}/api/v1/query?query=${encodeURIComponent(expr)}`;
    const options = { auth, ca: readFileSync(authority.ca), checkServerIdentity: () => undefined, agent: false };
    const body = await new Promise<string>((resolve) => {
      get(url, options, async (response) => {
        const text = (await response.setEncoding('utf8').toArray()).join('');
        resolve(response.statusCode === 200 ? text : '');
      }).on('error', () => resolve(''));
    });
    return body === '' ? [] : (JSON.parse(body) as { data: { result: Sample[] } }).data.result;
  };
  const found = async (expr: string): Promise<boolean> => (await query(expr)).length > 0;

  let server = startCentral();
  const beside = startBeside('jump-ext-01', password, authority.ca, await freePort());
  const labels = 'site="contoso", vantage="outside", instance="jump-ext-01"';
  await until(t, 'results', () => found('edgeprobe_rule_verdict{verdict="pass", instance="jump-ext-01"} == 1'));
  await until(t, 'up has its site and vantage', () => found(`up{job="edgeprobe", ${labels}} == 1`));
  t.notOk(await found('{exported_site=~".+"}'), 'and nothing was renamed');
  await until(t, 'and nobody is missed', async () => !(await found(goneAlert())));
  t.strictSame(await query('up', 'outside:a guess'), [], 'nobody reads without the password');

  const refused = async (instance: string, secret: string, ca: string, says: RegExp): Promise<void> => {
    const child = startBeside(instance, secret, ca, await freePort());
    await until(t, `${instance} is refused`, () => says.test(readFileSync(at(`${instance}.log`), 'utf8')));
    t.notOk(await found(`{instance="${instance}"}`), `${instance}: nothing arrived`);
    await end(child, 'SIGKILL');
  };
  await refused('wrong-password', 'a guess', authority.ca, /HTTP status 401/);
  await refused('wrong-authority', password, stranger.ca, /certificate signed by unknown authority/);

  await end(server, 'SIGTERM');
  const from = Date.now();
  await sleep(8000);
  const gap = Date.now() - from;
  server = startCentral();
  const scrapes = `count_over_time(up{${labels}}[${Math.floor(gap / 1000)}s] @ ${(from + gap) / 1000})`;
  await until(t, 'the outage is made up for', async () => Number((await query(scrapes))[0]?.value[1] ?? 0) >= 5);
  await until(t, 'and nobody is missed for it', async () => !(await found(goneAlert())));

  await end(beside, 'SIGKILL');
  await until(t, 'it is missed', () => found(`(${goneAlert()}) and on (instance) last_over_time(up{${labels}}[1d])`));
});
