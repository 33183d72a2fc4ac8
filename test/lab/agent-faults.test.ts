import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { stringify } from 'yaml';
import { needing } from '../require.ts';
import type { Sample } from '../soak/inside.ts';
import { far, gateways } from './addresses.ts';
import { command, writeSite } from './check-run.ts';
import { type Lab, labNeeds, startLab } from './lab.ts';
import { type Monitoring, startMonitoring } from './monitoring.ts';
import { query, until } from './prometheus-api.ts';

t.setTimeout(900_000);

interface Line {
  readonly msg?: string;
  readonly rule?: string;
  readonly verdict?: string;
  readonly explain?: string;
  readonly level?: string;
}

/** Preloaded into the agent: calendar time is off by as many seconds as a file says. */
const clockText = (file: string): string => `
import { readFileSync } from 'node:fs';
const Real = Date;
const off = () => { try { return Number(readFileSync(${JSON.stringify(file)}, 'utf8')) * 1000; } catch { return 0; } };
globalThis.Date = class extends Real {
  constructor(...given) { if (given.length === 0) super(Real.now() + off()); else super(...given); }
  static now() { return Real.now() + off(); }
};`;

const port = 9763;

/** Preloaded, too: writes down what the agent holds, its heap collected before. */
const inside = new URL('../soak/inside.js', import.meta.url).href;

// Each of the three dials of a question has a second: enough on a busy machine, also if what was said is cut off once.
const timeouts = { check: '3s' };
// Beyond the link that goes: the lab's own control stands on this host. A reset is an answer.
const vantages = { outside: { bind: { any: far.vantage }, control: [`tcp://${gateways.outside}:53`] } };
const busy = { timeouts, vantages, agent: { interval: '1s', sweepInterval: '5s', sweepSample: 32 } };

/** It asks nothing for the length of the test, so that what it holds is what it keeps. */
const resting = { timeouts, vantages, agent: { interval: '1d', sweepInterval: '7d', sweepSample: 32 } };

/** An agent outside with a clock that can jump and a disk that can be full. */
const startAgent = (lab: Lab, address: string) => {
  const site = writeSite(lab, lab.site(busy), 'faults.yaml');
  const clock = join(lab.folder, 'clock.mjs');
  const offset = join(lab.folder, 'offset');
  writeFileSync(clock, clockText(offset));
  const disk = join(lab.folder, 'disk');
  const [node = '', program = ''] = command;
  const holdings = join(lab.folder, 'holdings');
  const argv = [
    ...['unshare', '-m', '--propagation', 'private', 'sh', '-c'],
    'mkdir -p "$0" && mount -t tmpfs -o size=512k tmpfs "$0" && exec "$@"',
    ...[disk, node, '--expose-gc', '--import', pathToFileURL(clock).href, '--import', inside, program],
    ...['agent', '--config', site, '--vantage', 'outside', '--web.listen-address', `${address}:${port}`],
    ...['--push.textfile', join(disk, 'edgeprobe.prom'), '--push.interval', '1s'],
  ];
  const agent = lab.spawn('outside', argv, { PATH: process.env['PATH'], SOAK_FILE: holdings, SOAK_INTERVAL: '0.3' });
  let said = '';
  agent.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const pid = agent.pid ?? 0;
  return {
    ...{ pid, agent },
    said: () => said,
    log: (): Line[] =>
      said
        .slice(0, said.lastIndexOf('\n') + 1)
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Line),
    descriptors: (): number => readdirSync(`/proc/${pid}/fd`).length,
    /** What it held at every look so far, oldest first. */
    holdings: (): Sample[] => {
      const text = readFileSync(holdings, 'utf8');
      const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
      return lines.map((line) => JSON.parse(line) as Sample);
    },
    /** A file on the agent's own disk. */
    onDisk: (name: string): string => join('/proc', String(pid), 'root', disk, name),
    jump: (seconds: number): void => writeFileSync(offset, String(seconds)),
  };
};

/** A Prometheus that scrapes the agent every second, on a network that no fault touches. */
const startPrometheus = async (lab: Lab, monitoring: Monitoring): Promise<void> => {
  const target = { targets: [`${monitoring.address.outside}:${port}`] };
  const job = { job_name: 'edgeprobe', scrape_interval: '1s', honor_labels: true, static_configs: [target] };
  const file = join(lab.folder, 'prometheus.yml');
  writeFileSync(file, stringify({ scrape_configs: [{ ...job, scrape_timeout: '1s' }] }));
  const flags = [`--config.file=${file}`, `--storage.tsdb.path=${lab.folder}/tsdb`];
  await monitoring.start('prometheus', ['prometheus', ...flags, '--web.listen-address=127.0.0.1:9090'], 9090);
};

/** The least that was held at any of these looks: a question or a push may be under way at some. Heap in MiB. */
const leastHeld = (looks: readonly Sample[]): { descriptors: number; timers: number; heap: number } => {
  const least = (of: (look: Sample) => number): number => Math.min(...looks.map(of));
  return {
    descriptors: least(({ descriptors }) => descriptors),
    timers: least(({ resources }) => resources['Timeout'] ?? 0),
    heap: Math.round(least(({ heap }) => heap) / 2 ** 20),
  };
};

const must = async (lab: Lab, ...argv: string[]): Promise<void> => {
  const { code, stderr } = await lab.run('outside', argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
};

t.test(
  'faults while an agent runs: nobody is blamed, all is right again',
  needing(...labNeeds, 'prlimit', 'mount', 'prometheus'),
  async (t) => {
    const lab = await startLab();
    t.teardown(() => lab.close());
    const monitoring = await startMonitoring(lab);
    t.teardown(() => monitoring.close());
    await lab.range({ open: ['50000', '50004-59999'], answering: ['50000-59999'] });
    const agent = startAgent(lab, monitoring.address.outside);
    await startPrometheus(lab, monitoring);

    /** Which rules have this verdict, as Prometheus has it. */
    const rules = async (verdict: string): Promise<string[]> => {
      const series = await query(monitoring, `edgeprobe_rule_verdict{verdict="${verdict}"} == 1`);
      return [...new Set(series.map(({ metric }) => metric['rule'] ?? ''))].sort();
    };
    const story = (): string => agent.said().slice(-3000);
    const ranges = ['external-rtp-tcp-50000-59999-in', 'external-rtp-udp-50000-59999-in'];
    const allPass = async (wanted: readonly string[]): Promise<boolean> => {
      const [pass, fail, unknown] = await Promise.all(['pass', 'fail', 'unknown'].map(rules));
      return fail?.length === 0 && unknown?.length === 0 && wanted.every((one) => pass?.includes(one));
    };
    await until('everything was asked', () => allPass(ranges), story);
    const right = await rules('pass');
    const load = async (wishes: typeof busy): Promise<void> => {
      const told = agent.said().length;
      writeSite(lab, lab.site(wishes), 'faults.yaml');
      process.kill(agent.pid, 'SIGHUP');
      await until('it loads', () => agent.said().slice(told).includes('"msg":"configuration loaded"'), story);
    };
    // Nobody scrapes while looks are compared: whether a scraper's connection is open is not the agent's to decide.
    const rest = async (): Promise<number> => {
      await monitoring.processes.stop('prometheus');
      await load(resting);
      return agent.holdings().length;
    };
    await rest();
    // Whatever it asks is over by then.
    await sleep(10_000);
    const untroubled = agent.holdings().length;
    await until('it was looked at', () => agent.holdings().length >= untroubled + 20);
    const before = leastHeld(agent.holdings().slice(untroubled));
    await load(busy);
    await startPrometheus(lab, monitoring);

    const route = (): Promise<void> => must(lab, 'ip', 'route', 'replace', 'default', 'via', '203.0.113.1');
    const dns = lab.serverNames().filter((name) => /dns/.test(name));
    t.ok(dns.length > 0);
    const limit = (files: number): Promise<void> =>
      must(lab, 'prlimit', '--pid', String(agent.pid), `--nofile=${files}:20000`);

    /** Five seconds, and on a busy machine until it knows: what it heard of nobody meanwhile is without proof then. */
    const untilBlind = async (): Promise<void> => {
      await sleep(5000);
      const blind = 'edgeprobe_vantage_control_reachable == 0';
      await until('it knows that it is blind', async () => (await query(monitoring, blind)).length > 0, story);
    };
    const faults: Readonly<Record<string, () => Promise<void>>> = {
      'the link goes down and up': async () => {
        await must(lab, 'ip', 'link', 'set', 'fw', 'down');
        await untilBlind();
        await must(lab, 'ip', 'link', 'set', 'fw', 'up');
        await route();
      },
      'our address vanishes': async () => {
        await must(lab, 'ip', 'address', 'del', '203.0.113.50/24', 'dev', 'fw');
        await untilBlind();
        await must(lab, 'ip', 'address', 'add', '203.0.113.50/24', 'dev', 'fw');
        await route();
      },
      'the firewall is loaded again and again': async () => {
        for (let times = 0; times < 10; times++) {
          lab.reload();
          await sleep(200);
        }
      },
      // Everything that is being said at that moment is cut off.
      'the firewall is loaded and forgets its connections': async () => lab.restore(),
      'the name server dies': async () => {
        for (const name of dns) await lab.stopServer(name);
        await sleep(5000);
        for (const name of dns) await lab.startServer(name);
      },
      'no descriptor is left': async () => {
        await limit(agent.descriptors() + 1);
        await sleep(4000);
        await limit(20_000);
      },
      'the clock jumps a day ahead, and back': async () => {
        agent.jump(86_400);
        await sleep(2500);
        agent.jump(-3600);
        await sleep(2500);
        agent.jump(0);
      },
      'it is stopped for a while': async () => {
        process.kill(agent.pid, 'SIGSTOP');
        await sleep(5000);
        process.kill(agent.pid, 'SIGCONT');
      },
      'its disk is full': async () => {
        const filler = agent.onDisk('filler');
        const told = agent.said().length;
        const says = (what: string) => (): boolean => agent.said().slice(told).includes(`"msg":"${what}"`);
        try {
          writeFileSync(filler, Buffer.alloc(600 * 1024));
        } catch {
          // Full: as it was meant.
        }
        await until('it says that it cannot write', says('pushing failed'), story);
        rmSync(filler);
        await until('it writes again', says('pushing works again'), story);
      },
    };
    for (const [name, fault] of Object.entries(faults)) {
      const told = agent.log().length;
      await fault();
      // As long as a question may take, and a scrape: what the fault did is known by then.
      await sleep(4000);
      await until(`all is right again after: ${name}`, () => allPass(right), story);
      const since = agent.log().slice(told);
      t.strictSame(
        since
          .filter(({ msg, verdict }) => msg === 'verdict changed' && verdict === 'fail')
          .map(({ explain }) => explain),
        [],
        `${name}: nobody was blamed`,
      );
      t.strictSame(
        since.filter(({ level, msg }) => level === 'error' || level === 'fatal' || /fault/.test(msg ?? '')),
        [],
        `${name}: no fault of ours`,
      );
    }
    // A row that really goes is still seen after all that.
    const row = 'external-stun-udp-3478-in';
    lab.remove(lab.sameFlow(row));
    await until(`${row} fails`, async () => (await rules('fail')).includes(row), story);
    lab.restore();
    await until('and passes', () => allPass(right), story);

    const scrapes = async (how: string): Promise<number> => (await query(monitoring, `${how}(up[1h])`))[0]?.value ?? 0;
    const [all, good] = [await scrapes('count_over_time'), await scrapes('sum_over_time')];
    t.ok(good > 50, `Prometheus scraped it ${all} times, ${good} of them with success`);
    const calm = await rest();
    const after = () => leastHeld(agent.holdings().slice(calm));
    await until(
      'no more is held than before',
      () => {
        const { descriptors, timers, heap } = after();
        return descriptors <= before.descriptors && timers <= before.timers && heap <= before.heap + 8;
      },
      () => JSON.stringify({ before, after: after() }),
    );
    t.comment('held before and after', before, after());
    t.equal(agent.agent.exitCode, null, 'it lives');
  },
);
