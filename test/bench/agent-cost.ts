import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../agent/report.ts';
import { buildSweepNet } from '../lab/sweep-net.ts';
import { siteFolder } from './bench-site.ts';
import { fetchFrom } from './fetch-from.ts';
import type { Line, Section } from './goals.ts';
import { cpuSeconds, residentMegabytes, type Standing, startUntil } from './programs.ts';
import { median } from './statistics.ts';

/** Seconds from one round of checks to the next, for both; and how many rounds are measured. */
const interval = 5;
const rounds = 6;

const names = { sipDomain: 'bench.example', xmppDomain: 'bench.example', fqdn: 'host.bench.example' };
const ranges = { '50000-59999': '50000-50015' };

/** Three endpoints in every role, all on this host; every one is played by `respond`. */
const site = {
  packs: ['lync2013-edge-public', 'lync2013-edge-nat', 'lync2013-federation'],
  agent: { interval: `${interval}s`, sweepInterval: '1h' },
  servers: Object.fromEntries(
    [1, 2, 3].flatMap((n) => {
      const role = (place: number) => ({ address: `127.0.${place}.${n}`, responder: true, ...names });
      const edge = {
        ...{ 'access-edge': role(1), 'webconf-edge': role(2), 'edge-internal': role(4) },
        'av-edge': { ...role(3), ports: ranges },
      };
      return [
        [`edge${n}`, edge],
        [`fe${n}`, { 'front-end': role(5), director: role(6) }],
      ];
    }),
  ),
  far: Object.fromEntries(
    [1, 2, 3].map((n) => [`far${n}`, { address: `127.0.7.${n}`, responder: true, ...names, ports: ranges }]),
  ),
};

const modules = `modules:
  tls:
    prober: tcp
    timeout: 4s
    tcp: { tls: true, tls_config: { insecure_skip_verify: true } }
`;

const tlsTargets = (report: Report): string[] => [
  ...new Set(
    report.rules
      .flatMap(({ checks }) => checks)
      .filter(({ probe, outcome }) => ['tls', 'sip'].includes(probe) && outcome === 'answered')
      .map(({ target }) => `${target.address}:${target.port}`),
  ),
];

/** What a standing program used within a time. */
const used = (standing: Standing, before: number): { cpu: number; resident: number } => ({
  cpu: cpuSeconds(standing.child.pid ?? 0) - before,
  resident: residentMegabytes(standing.child.pid ?? 0),
});

/** Asked by the metrics of an agent: checks so far. */
export const readChecks = (metrics: string): number =>
  [...metrics.matchAll(/^edgeprobe_checks_total\{[^\n]*\} (\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0);

/** An agent of 85 rules with three endpoints a role beside prometheus-blackbox-exporter on the same TLS targets. */
export const agentCost = async (bundle: string): Promise<Section> => {
  const net = await buildSweepNet();
  const folder = siteFolder(site);
  const modulesFile = folder.write('blackbox.yml', modules);
  const standing: Standing[] = [];
  const stay = async (argv: readonly string[], words: RegExp): Promise<Standing> => {
    const one = await startUntil(net.onProber(argv), words);
    standing.push(one);
    return one;
  };
  const ours = [process.execPath, bundle];
  try {
    for (const part of ['edge', 'far', 'inside'])
      await stay([...ours, 'respond', '--config', folder.file, '--as', part, '--allow', '127.0.0.0/8'], /ready: /);
    const listen = ['--web.listen-address', '127.0.0.1:9763'];
    const agent = await stay(
      [...ours, 'agent', '--config', folder.file, '--vantage', 'outside', ...listen],
      /127\.0\.0\.1:9763/,
    );
    const blackbox = await stay(
      ['prometheus-blackbox-exporter', `--config.file=${modulesFile}`, '--web.listen-address=127.0.0.1:9115'],
      /Listening on|msg="TLS is disabled/i,
    );
    const fetch = fetchFrom(net);
    for (let waited = 0; (await fetch('http://127.0.0.1:9763/-/ready')).status !== 200; waited++) {
      if (waited > 100) throw new Error('bench: the agent is not ready after 100 s');
      await sleep(1000);
    }
    const report = JSON.parse((await fetch('http://127.0.0.1:9763/api/v1/report')).body) as Report;
    const targets = tlsTargets(report);
    const scrapes: number[] = [];
    const before = {
      agent: cpuSeconds(agent.child.pid ?? 0),
      blackbox: cpuSeconds(blackbox.child.pid ?? 0),
      checks: readChecks((await fetch('http://127.0.0.1:9763/metrics')).body),
    };
    let probes = 0;
    let failed = 0;
    for (let round = 0; round < rounds; round++) {
      const next = performance.now() + interval * 1000;
      scrapes.push((await fetch('http://127.0.0.1:9763/metrics')).seconds);
      const asked = targets.map((target) => `http://127.0.0.1:9115/probe?module=tls&target=${target}`);
      for (const { body } of await fetch.all(asked)) {
        probes++;
        if (!/^probe_success 1$/m.test(body)) failed++;
      }
      await sleep(Math.max(0, next - performance.now()));
    }
    const checks = readChecks((await fetch('http://127.0.0.1:9763/metrics')).body) - before.checks;
    const [mine, its] = [used(agent, before.agent), used(blackbox, before.blackbox)];
    const perCheck = (mine.cpu / checks) * 1000;
    const perProbe = (its.cpu / probes) * 1000;
    const line = (what: string, who: string, measured: string, ratio: number | null, exact = ''): Line => ({
      ...{ what, who, measured, ratio, exact },
      goal: null,
    });
    const wrong = report.rules
      .flatMap((rule) => rule.checks)
      .filter(({ outcome }) => outcome !== 'answered' && outcome !== 'open').length;
    const passed = `${wrong} not answered`;
    const cpu = 'computing for one check';
    const memory = 'resident memory';
    return {
      title: 'An agent of 85 rules with 3 endpoints a role',
      lines: [
        line(cpu, `edgeprobe agent, ${checks} checks of all protocols`, `${perCheck.toFixed(2)} ms`, null, passed),
        line(
          cpu,
          `prometheus-blackbox-exporter, ${probes} TLS probes`,
          `${perProbe.toFixed(2)} ms`,
          perCheck / perProbe,
          `${failed} failed`,
        ),
        line(memory, 'edgeprobe agent', `${mine.resident.toFixed(0)} MB`, null),
        line(memory, 'prometheus-blackbox-exporter', `${its.resident.toFixed(0)} MB`, mine.resident / its.resident),
        line('scrape of the agent', 'edgeprobe agent', `${(median(scrapes) * 1000).toFixed(0)} ms`, null),
      ],
      notes: [
        `The same ${targets.length} TLS targets every ${interval} s for both; the agent also asks what is not TLS, speaks SIP, HTTP and XMPP inside TLS, and judges. Both include what they serve to Prometheus.`,
      ],
    };
  } finally {
    for (const one of standing) one.end();
    net.remove();
    folder.remove();
  }
};
