// node dist/js/test/soak/soak.js [minutes] [folder]: soaks two agents against responders on loopback and prints how flat
// they stayed. Everything it needs is in the folder; its children end with it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { cpus, platform, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { flatnessOf, flatnessTable } from './flatness.ts';
import type { Sample } from './inside.ts';
import { soakSite } from './site.ts';

const bundle = fileURLToPath(new URL('../../../edgeprobe.mjs', import.meta.url));
const inside = new URL('./inside.js', import.meta.url).href;

const [, , minutesGiven = '60', folder = join(tmpdir(), `edgeprobe-soak-${process.pid}`)] = process.argv;
const minutes = Number(minutesGiven);
if (!(minutes > 0 && minutes <= 100)) throw new Error('so many minutes: more than 0, at most 100');
const warmUp = Math.min(300, (minutes * 60) / 4);
const interval = Math.min(10, (minutes * 60) / 60);

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'site.yaml'), soakSite);
writeFileSync(join(folder, 'secret.txt'), 'soak:a secret of the soak\n', { mode: 0o600 });

/** The agents: one as it runs everywhere, one whose heap is collected before every look, so that it shows what is kept. */
const agents = [
  { vantage: 'outside', port: 39763, flags: [] },
  { vantage: 'dmz', port: 39764, flags: ['--expose-gc'] },
] as const;

const children: ChildProcess[] = [];
const start = (
  flags: readonly string[],
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): void => {
  const argv = [...flags, bundle, ...words, '--config', 'site.yaml'];
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, argv, { cwd: folder, env: { PATH, ...env }, stdio: 'ignore' });
  child.once('exit', (code, signal) => ended.push(`${words.join(' ')} ended: ${code ?? signal}`));
  children.push(child);
};
const ended: string[] = [];
const endAll = (): void => {
  for (const child of children) child.kill('SIGTERM');
};
process.once('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const fileOf = (vantage: string): string => join(folder, `${vantage}.jsonl`);
const fetchText = (port: number, path: string): Promise<string> =>
  new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, timeout: 5000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve(body));
    });
    request.on('timeout', () => request.destroy()).on('error', () => resolve(''));
  });

for (const part of ['edge', 'far']) start([], ['respond', '--as', part, '--for', `${Math.ceil(minutes) + 5}m`]);
await sleep(3000);
for (const { vantage, port, flags } of agents) {
  writeFileSync(fileOf(vantage), '');
  start(
    [...flags, '--import', inside],
    ['agent', '--vantage', vantage, '--web.listen-address', `127.0.0.1:${port}`, '--log.level', 'error'],
    { SOAK_FILE: fileOf(vantage), SOAK_INTERVAL: String(interval) },
  );
}

// As Prometheus and a person with a browser would: a scrape every five seconds, now and then the page and the report.
const until = performance.now() + minutes * 60_000;
let scrapes = 0;
let failed = 0;
for (let round = 0; performance.now() < until && ended.length === 0; round++) {
  await sleep(5000);
  for (const { port } of agents) {
    const text = await fetchText(port, '/metrics');
    scrapes++;
    if (!text.includes('edgeprobe_build_info')) failed++;
    if (round % 12 === 0) await Promise.all(['/', '/api/v1/report'].map((path) => fetchText(port, path)));
  }
}
const last = await Promise.all(agents.map(({ port }) => fetchText(port, '/metrics')));
endAll();

const lines = [
  `${new Date().toISOString().slice(0, 16)}Z, ${minutes} minutes, Node ${process.version}, ${platform()} ${release().split('.', 2).join('.')}, ${cpus().length} CPUs`,
  `${scrapes} scrapes, ${failed} failed; ended before their time: ${ended.length === 0 ? 'none' : ended.join('; ')}`,
  '',
];
for (const [index, { vantage }] of agents.entries()) {
  const samples = readFileSync(fileOf(vantage), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Sample);
  const asked = [...(last[index] ?? '').matchAll(/^edgeprobe_checks_total\{.*\} (\d+)$/gm)];
  const checks = asked.reduce((sum, [, value]) => sum + Number(value), 0);
  lines.push(`### ${vantage}: ${samples.length} samples, ${checks} checks`, '');
  lines.push(flatnessTable(flatnessOf(samples, warmUp)));
}
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = ended.length === 0 && failed === 0 ? 0 : 1;
