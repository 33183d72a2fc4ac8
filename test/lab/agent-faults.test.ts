import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { needing } from '../require.ts';
import { writeSite } from './check-run.ts';
import { type Lab, labNeeds, startLab } from './lab.ts';

t.setTimeout(300_000);

interface Line {
  readonly msg?: string;
  readonly rule?: string;
  readonly verdict?: string;
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

/** As Prometheus does, only more often: keeps the last answer in a file, counts those that did not come in 5 s. */
const scraper = `
const { get } = require('node:http');
const { renameSync, writeFileSync } = require('node:fs');
const [port, file] = process.argv.slice(1);
let good = 0, bad = 0;
const scrape = (path) => new Promise((resolve) => {
  const request = get({ host: '127.0.0.1', port, path, timeout: 5000, headers: { accept: 'text/plain;version=0.0.4' } }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (part) => { body += part; }).on('end', () => resolve(body));
  });
  request.on('timeout', () => request.destroy()).on('error', () => resolve(''));
});
const more = async () => {
  const body = await scrape('/metrics');
  const page = await scrape('/');
  if (body !== '' && page !== '') good++; else bad++;
  writeFileSync(file + '.tmp', '# scrapes ' + good + ' ' + bad + '\\n' + body);
  renameSync(file + '.tmp', file);
  setTimeout(more, 200);
};
more();`;

const port = 19_763;

/** An agent outside with a clock that can jump, a disk that can be full, and somebody who scrapes it all the time. */
const startAgent = (lab: Lab) => {
  const wishes = { timeouts: { check: '1s' }, agent: { interval: '1s', sweepInterval: '5s', sweepSample: 32 } };
  const site = writeSite(lab, lab.site(wishes), 'faults.yaml');
  const clock = join(lab.folder, 'clock.mjs');
  const offset = join(lab.folder, 'offset');
  writeFileSync(clock, clockText(offset));
  const scraped = join(lab.folder, 'scraped');
  const disk = join(lab.folder, 'disk');
  const agent = lab.spawn('outside', [
    ...['unshare', '-m', '--propagation', 'private', 'sh', '-c'],
    'mkdir -p "$0" && mount -t tmpfs -o size=512k tmpfs "$0" && exec "$@"',
    ...[disk, process.execPath, '--import', pathToFileURL(clock).href, join(process.cwd(), 'dist/edgeprobe.mjs')],
    ...['agent', '--config', site, '--vantage', 'outside', '--web.listen-address', `127.0.0.1:${port}`],
    ...['--push.textfile', join(disk, 'edgeprobe.prom'), '--push.interval', '1s'],
  ]);
  lab.spawn('outside', [process.execPath, '-e', scraper, String(port), scraped]);
  let said = '';
  agent.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  const pid = agent.pid ?? 0;
  const text = (): string => read(scraped);
  return {
    ...{ pid, text, agent },
    said: () => said,
    log: (): Line[] =>
      said
        .slice(0, said.lastIndexOf('\n') + 1)
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Line),
    rules: (verdict: string): string[] => {
      const found = text().matchAll(/^edgeprobe_rule_verdict\{.*?,rule="([^"]*)".*,verdict="(\w+)"\} 1$/gm);
      return [...new Set([...found].flatMap(([, rule = '', is]) => (is === verdict ? [rule] : [])))].sort();
    },
    descriptors: (): number => readdirSync(`/proc/${pid}/fd`).length,
    memory: (): number => Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1]) * 1024,
    /** A file on the agent's own disk. */
    onDisk: (name: string): string => join('/proc', String(pid), 'root', disk, name),
    jump: (seconds: number): void => writeFileSync(offset, String(seconds)),
  };
};

type Agent = ReturnType<typeof startAgent>;

const until = async (what: string, agent: Agent, holds: () => boolean): Promise<void> => {
  for (let waited = 0; waited < 60_000; waited += 100) {
    if (holds()) return;
    await sleep(100);
  }
  throw new Error(`waited in vain: ${what}; failing: ${agent.rules('fail')}\n${agent.said().slice(-2000)}`);
};

/** The fewest of several looks: between two rounds nothing is open. */
const least = async (look: () => number): Promise<number> => {
  let fewest = Number.POSITIVE_INFINITY;
  for (let looks = 0; looks < 60; looks++) {
    fewest = Math.min(fewest, look());
    await sleep(50);
  }
  return fewest;
};

const must = async (lab: Lab, ...argv: string[]): Promise<void> => {
  const { code, stderr } = await lab.run('outside', argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
};

t.test(
  'faults while an agent runs: nobody is blamed, all is right again',
  needing(...labNeeds, 'prlimit', 'mount'),
  async (t) => {
    const lab = await startLab();
    t.teardown(() => lab.close());
    await lab.range({ open: ['50000', '50004-59999'], answering: ['50000-59999'] });
    const agent = startAgent(lab);
    const { rules } = agent;
    const ranges = ['external-rtp-tcp-50000-59999-in', 'external-rtp-udp-50000-59999-in'];
    const allRight = (): boolean =>
      rules('unknown').length === 0 && rules('fail').length === 0 && ranges.every((one) => rules('pass').includes(one));
    await until('everything was asked', agent, allRight);
    const right = rules('pass');
    t.strictSame(rules('fail'), [], 'nothing is wrong before');
    const before = { descriptors: await least(agent.descriptors), memory: agent.memory() };

    const route = (): Promise<void> => must(lab, 'ip', 'route', 'replace', 'default', 'via', '203.0.113.1');
    const dns = lab.serverNames().filter((name) => /dns/.test(name));
    t.ok(dns.length > 0);
    const limit = (files: number): Promise<void> =>
      must(lab, 'prlimit', '--pid', String(agent.pid), `--nofile=${files}:20000`);

    // A server of OpenSSL serves one at a time, and waits for ever for somebody whose goodbye was lost: real ones do not.
    const freeServer = (): Promise<void> => lab.variant('edge1 webconf-edge tcp/443', 'good');

    const faults: Readonly<Record<string, () => Promise<void>>> = {
      'the link goes down and up': async () => {
        await must(lab, 'ip', 'link', 'set', 'fw', 'down');
        await sleep(3000);
        await freeServer();
        await must(lab, 'ip', 'link', 'set', 'fw', 'up');
        await route();
      },
      'our address vanishes': async () => {
        await must(lab, 'ip', 'address', 'del', '203.0.113.50/24', 'dev', 'fw');
        await sleep(3000);
        await freeServer();
        await must(lab, 'ip', 'address', 'add', '203.0.113.50/24', 'dev', 'fw');
        await route();
      },
      'the firewall is loaded again and again': async () => {
        for (let times = 0; times < 10; times++) {
          lab.restore();
          await sleep(200);
        }
      },
      'the name server dies': async () => {
        for (const name of dns) await lab.stopServer(name);
        await sleep(3000);
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
        await sleep(4000);
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
        await until('it says that it cannot write', agent, says('pushing failed'));
        rmSync(filler);
        await until('it writes again', agent, says('pushing works again'));
      },
    };
    for (const [name, fault] of Object.entries(faults)) {
      const told = agent.log().length;
      await fault();
      await sleep(2500);
      await until(
        `all is right again after: ${name}`,
        agent,
        () => allRight() && right.every((one) => rules('pass').includes(one)),
      );
      t.strictSame(rules('fail'), [], `${name}: nothing fails afterwards`);
      const since = agent.log().slice(told);
      t.strictSame(
        since.filter(({ msg, verdict }) => msg === 'verdict changed' && verdict === 'fail').map(({ rule }) => rule),
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
    await until(`${row} fails`, agent, () => rules('fail').includes(row));
    lab.restore();
    await until('and passes', agent, () => rules('fail').length === 0 && rules('pass').includes(row));

    const [, good, bad] = /^# scrapes (\d+) (\d+)/.exec(agent.text()) ?? [];
    t.ok(Number(good) > 50, `${good} scrapes came through, ${bad} did not`);
    const after = { descriptors: await least(agent.descriptors), memory: agent.memory() };
    t.ok(after.descriptors <= before.descriptors, `descriptors: ${before.descriptors}, then ${after.descriptors}`);
    const more = Math.round((after.memory - before.memory) / 2 ** 20);
    t.ok(more <= 64, `${more} MiB more than before`);
    t.equal(agent.agent.exitCode, null, 'it lives');
  },
);
