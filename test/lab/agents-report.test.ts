import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { MergedReport } from '../../agent/merge.ts';
import { type Metric, metrics } from '../../agent/metric-catalogue.ts';
import type { Report } from '../../agent/report.ts';
import { familiesOf } from '../agent/exposition.ts';
import { needing } from '../require.ts';
import { repository } from '../sources.ts';
import { hurried } from './agents.ts';
import { command, type LabVantage, labVantages, writeSite } from './check-run.ts';
import { type Lab, labNeeds, startLab } from './lab.ts';

t.setTimeout(900_000);

const port = 9763;
const stun = 'external-stun-udp-3478-in';
const webconf = 'external-psom-tcp-443-in';

const get = async (lab: Lab, vantage: LabVantage, page: string): Promise<string> => {
  const script = `fetch('http://127.0.0.1:${port}${page}').then((r) => r.text()).then((t) => process.stdout.write(t))`;
  const { stdout, code, stderr } = await lab.run(vantage, [process.execPath, '-e', script]);
  if (code !== 0) throw new Error(`${vantage} ${page}: ${stderr}`);
  return stdout;
};

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + 150_000; Date.now() < end; await sleep(2000)) if (await holds()) return;
  throw new Error(`waited in vain: ${what}`);
};

const reportOf = async (lab: Lab, vantage: LabVantage): Promise<Report> =>
  JSON.parse(await get(lab, vantage, '/api/v1/report')) as Report;

/** Saves what the three agents know, and merges it as people do. */
const merged = async (lab: Lab): Promise<{ report: MergedReport; code: number | null; stderr: string }> => {
  const files = [];
  for (const vantage of labVantages) {
    files.push(writeSite(lab, await get(lab, vantage, '/api/v1/report'), `${vantage}.json`));
  }
  const { stdout, stderr, code } = await lab.run('inside', [...command, 'report', ...files, '--format', 'json']);
  return { report: JSON.parse(stdout) as MergedReport, code, stderr };
};

const isSeries = (line: string): boolean => line !== '' && !line.startsWith('#');

t.test('what three agents say, together', needing(...labNeeds, 'promtool'), async (t) => {
  const lab = await startLab({ nodes: 2 });
  t.teardown(() => lab.close());
  const site = writeSite(lab, lab.site({ ...hurried, timeouts: { check: '4s' }, clientCertificate: true }));
  for (const vantage of labVantages) {
    lab.spawn(vantage, [...command, 'agent', '--config', site, '--vantage', vantage]);
  }
  const asked = async (): Promise<boolean> => {
    const all = await Promise.all(labVantages.map((vantage) => reportOf(lab, vantage).catch(() => null)));
    const notYet = all.flatMap((report) => report?.rules.flatMap(({ checks }) => checks) ?? [null]);
    return notYet.every((check) => check?.failure?.code !== 'not-asked' && check !== null);
  };
  await until('everything was asked', asked);

  await t.test('the metrics are those of the catalogue, and promtool finds nothing to say', async (t) => {
    const docs = readFileSync(path.join(repository, 'docs/metrics.md'), 'utf8').replaceAll('\n', ' ');
    const [, outside, inside, dmz] =
      /(\d+) series outside, (\d+) inside and (\d+) on a node in the DMZ/.exec(docs) ?? [];
    const documented: Readonly<Record<LabVantage, number>> = {
      ...{ outside: Number(outside), inside: Number(inside), dmz: Number(dmz) },
    };
    const seen = new Set<string>();
    for (const vantage of labVantages) {
      const text = await get(lab, vantage, '/metrics');
      for (const { name, type, help, labels } of familiesOf(text).values()) {
        const known: Metric | undefined = Object.values<Metric>(metrics).find((one) => one.name === name);
        t.match(known, { type, help }, `${vantage} ${name}`);
        if (labels.length === 0) continue;
        t.strictSame(labels, [[...(known?.labels ?? [])].sort().join(' ')], `${vantage} ${name}: labels`);
        seen.add(name);
      }
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
      t.match({ status, said: stdout + stderr }, { status: 0, said: '' }, vantage);
      const series = text.split('\n').filter((line) => isSeries(line) && !line.startsWith('edgeprobe_finding_info{'));
      t.comment(`${vantage}: ${series.length} series`);
      t.ok(
        Math.abs(series.length - documented[vantage]) <= 15,
        `${series.length} series, ${documented[vantage]} documented`,
      );
    }
    const silent = Object.values<Metric>(metrics).filter(({ name }) => !seen.has(name));
    // coturn is no A/V Edge: it speaks no MSTURN.
    t.strictSame(
      silent.map(({ name }) => name),
      ['edgeprobe_msturn_server_info'],
      'every other metric has a series somewhere',
    );
  });

  await t.test('their reports merge into one that says who blocks', async (t) => {
    let well = await merged(lab);
    await until('all is well', async () => {
      well = await merged(lab);
      return well.code === 0;
    });
    t.equal(well.report.summary.pass, lab.rules.length);
    t.strictSame(
      well.report.runs.map(({ vantage }) => vantage).sort(),
      [...labVantages].sort(),
      'three runs, none of them old',
    );
    const both = ['edge1', 'edge2'];
    // Of the agent in the dmz; they are what an inbound row is compared with, and no verdict waits for them.
    await until('the dmz has asked beside both', async () => {
      const beside = (await reportOf(lab, 'dmz')).alongside ?? [];
      const asked = beside.filter(({ rule, onHost }) => rule === stun && onHost).map(({ target }) => target.name);
      return both.every((node) => asked.includes(node));
    });

    lab.remove(lab.sameFlow(stun));
    await lab.stopServer('edge2 webconf-edge tcp/443');
    // Of each server by itself: a rule fails with its first one, while the other may not have been asked anew yet.
    const failing = async (rule: string): Promise<readonly string[]> => {
      const { rules } = await reportOf(lab, 'outside');
      const checks = rules.filter((one) => one.rule === rule).flatMap((one) => one.checks);
      return checks.filter(({ verdict }) => verdict === 'fail').map(({ target }) => target.name);
    };
    await until('the rows fail', async () => {
      const [dropped, stopped] = await Promise.all([failing(stun), failing(webconf)]);
      return both.every((node) => dropped.includes(node)) && stopped.includes('edge2');
    });
    await until('the dmz has seen it, too', async () => {
      const beside = (await reportOf(lab, 'dmz')).alongside ?? [];
      return beside.some(
        ({ rule, target, outcome }) => rule === webconf && target.name === 'edge2' && outcome === 'closed',
      );
    });
    const { report, code } = await merged(lab);
    t.equal(code, 1);
    const deduced = (rule: string, node: string) =>
      report.deductions.filter((one) => one.rule === rule && one.node === node);
    for (const node of both) {
      t.match(deduced(stun, node), [{ code: 'request-or-reply-dropped', blame: 'segment' }], `${node}: the segment`);
    }
    t.match(deduced(webconf, 'edge2'), [{ code: 'service-down', blame: 'server' }], 'the server');
  });
});
