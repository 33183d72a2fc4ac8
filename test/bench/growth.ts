import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority } from '../lab/certificates.ts';
import { buildSweepNet, type SweepNet } from '../lab/sweep-net.ts';
import { readChecks } from './agent-cost.ts';
import { siteFolder } from './bench-site.ts';
import { fetchFrom } from './fetch-from.ts';
import { markdownTable, type Section } from './goals.ts';
import { cpuSeconds, residentMegabytes, startUntil } from './programs.ts';
import { growthExponent, median } from './statistics.ts';
import { timed } from './timed.ts';

/** Two to a server. */
const sizes = [10, 100, 1000] as const;
/** Seconds; half of what an agent does by default. */
const interval = 30;

/** Scrapes, a second apart: every one meets another view. */
const scrapesTaken = 9;

/** Growth that counts as linear: exponents are measured. */
const linear = 1.1;

const addressOf = (role: number, index: number): string =>
  `127.${role}.${Math.floor(index / 250)}.${(index % 250) + 1}`;

/** One host for all: every address of 127.0.0.0/8 is ours. It says 200 to whatever is asked inside TLS. */
const server = (cert: string, key: string): string => `const { readFileSync } = require('node:fs');
const options = { cert: readFileSync('${cert}'), key: readFileSync('${key}') };
const answer = (s) => s.on('error', () => {}).once('data', () => s.end('SIP/2.0 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n'));
let left = 2;
for (const port of [443, 5061])
  require('node:tls').createServer(options, answer).listen(port, '0.0.0.0', 4096, () => --left || console.log('standing'));`;

const site = (endpoints: number, ca: string) => ({
  packs: ['lync2013-edge-public'],
  features: ['federation', 'remote-users', 'web-conferencing'],
  agent: { interval: `${interval}s` },
  tls: { ca },
  servers: Object.fromEntries(
    Array.from({ length: endpoints / 2 }, (_, index) => [
      `edge${index + 1}`,
      {
        'access-edge': { address: addressOf(1, index), fqdn: 'sip.bench.example', sipDomain: 'bench.example' },
        'webconf-edge': { address: addressOf(2, index), fqdn: 'sip.bench.example' },
      },
    ]),
  ),
});

interface Grown {
  readonly endpoints: number;
  readonly checks: number;
  /** A run of `check` over all of them. */
  readonly checkSeconds: number;
  readonly cpuPerCheck: number;
  readonly megabytes: number;
  readonly series: number;
  readonly scrapeSeconds: number;
}

const measure = async (net: SweepNet, endpoints: number, ca: string, bundle: string): Promise<Grown> => {
  const folder = siteFolder(site(endpoints, ca));
  const ours = [process.execPath, bundle];
  const given = ['--config', folder.file, '--vantage', 'outside'];
  try {
    const run = await timed(net.onProber([]), [...ours, 'check', ...given, '--format', 'json'], 120);
    const agent = await startUntil(
      net.onProber([...ours, 'agent', ...given, '--web.listen-address', '127.0.0.1:9763']),
      /127\.0\.0\.1:9763/,
    );
    const pid = agent.child.pid ?? 0;
    const fetch = fetchFrom(net);
    const metrics = () => fetch('http://127.0.0.1:9763/metrics');
    for (let waited = 0; (await fetch('http://127.0.0.1:9763/-/ready')).status !== 200 && waited < 90; waited++)
      await sleep(1000);
    const [before, checksBefore] = [cpuSeconds(pid), readChecks((await metrics()).body)];
    await sleep(interval * 1000);
    const checks = readChecks((await metrics()).body) - checksBefore;
    const cpu = cpuSeconds(pid) - before;
    const scrapes: Awaited<ReturnType<typeof metrics>>[] = [];
    for (let taken = 0; taken < scrapesTaken; taken++) {
      scrapes.push(await metrics());
      await sleep(1000);
    }
    const grown = {
      ...{ endpoints, checks },
      checkSeconds: run.seconds,
      cpuPerCheck: cpu / checks,
      megabytes: residentMegabytes(pid),
      series: (scrapes[0]?.body ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
      scrapeSeconds: median(scrapes.map(({ seconds }) => seconds)),
    };
    agent.end();
    return grown;
  } finally {
    folder.remove();
  }
};

/** What grows with the endpoints of a site, and how. */
export const growth = async (bundle: string): Promise<Section> => {
  const net = await buildSweepNet();
  const folder = siteFolder({});
  try {
    const authority = createAuthority(folder.path, Date.now());
    const { cert, key } = authority.issue(['sip.bench.example']);
    await net.startOnProber([process.execPath, '-e', server(cert, key)]);
    const all: Grown[] = [];
    for (const size of sizes) all.push(await measure(net, size, authority.ca, bundle));
    const rows = all.map((one) => [
      String(one.endpoints),
      String(one.checks),
      `${one.checkSeconds.toFixed(2)} s`,
      `${(one.cpuPerCheck * 1000).toFixed(2)} ms`,
      `${one.megabytes.toFixed(0)} MB`,
      String(one.series),
      `${(one.scrapeSeconds * 1000).toFixed(0)} ms`,
    ]);
    const head = ['endpoints', `checks in ${interval} s`, 'one `check`', 'CPU a check', 'memory', 'series', 'scrape'];
    const exponent = (what: string, of: (one: Grown) => number) => {
      const value = growthExponent(all.map((one) => [one.endpoints, of(one)]));
      const measured = `endpoints^${value.toFixed(2)}`;
      return { what, who: 'edgeprobe', measured, ratio: value, goal: linear, exact: '' };
    };
    return {
      title: 'Growth with the endpoints of a site',
      lines: [
        exponent('time of a check of all', ({ checkSeconds }) => checkSeconds),
        exponent('CPU of an agent', ({ cpuPerCheck, checks }) => cpuPerCheck * checks),
        exponent('memory of an agent', ({ megabytes }) => megabytes),
        exponent('series', ({ series }) => series),
        exponent('time of a scrape', ({ scrapeSeconds }) => scrapeSeconds),
      ],
      notes: [markdownTable(head, rows), 'The ratio is the exponent of the growth: 1 is linear, less is better.'],
    };
  } finally {
    net.remove();
    folder.remove();
  }
};
