import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import '../no-hooks.ts';
import type { Report, ReportRule } from '../../agent/report.ts';

/** Who stands at the ends of the cable. */
export type End = 'near' | 'far';

/** Two network namespaces, one cable, no server but those that a test starts: needs root, `ip` and `nft`. */
export interface PairNet {
  /** Where site files and secrets are; gone with the net. */
  readonly folder: string;
  write(name: string, content: string): string;
  /** Replaces the firewall of one end. */
  firewall(end: End, rules: string): void;
  /** Packets counted so far by the counter of that name. */
  counted(end: End, name: string): number;
  /** Starts a program and waits for its first word, on either output. It ends with the net, or by `stop`. */
  start(end: End, argv: readonly string[]): Promise<ChildProcess>;
  stop(child: ChildProcess): Promise<void>;
  /** Runs the command under test. */
  edgeprobe(end: End, ...flags: string[]): Promise<{ stdout: string; stderr: string; code: number | null }>;
  /** A check with its report; throws with what it said where there is none. */
  check(end: End, ...flags: string[]): Promise<Report>;
  remove(): void;
}

/** `verdict because` and the sentence of one rule of a report. */
export const ruleOf = (report: Report, id: string): ReportRule => {
  const found = report.rules.find(({ pack, rule }) => id === `${pack}/${rule}`);
  if (found === undefined) throw new Error(`no rule ${id} among ${report.rules.map(({ rule }) => rule).join(' ')}`);
  return found;
};

export const toldOf = (report: Report, id: string): string => {
  const { verdict, because } = ruleOf(report, id);
  return `${verdict} ${because}`;
};

/** A server that accepts on `address:port` pairs and says so. */
export const acceptor = (...places: readonly string[]): string[] => [
  process.execPath,
  '-e',
  `const places = process.argv.slice(1);
let left = places.length;
for (const place of places) {
  const [address, port] = place.split(':');
  require('net').createServer((s) => s.on('error', () => {}).resume())
    .listen(Number(port), address, () => { if (--left === 0) console.log('ready'); });
}`,
  ...places,
];

const bundle = join(process.cwd(), 'dist/edgeprobe.mjs');

let serial = 0;

const run = (command: string, ...given: string[]): string => execFileSync(command, given, { encoding: 'utf8' });

/** Builds it, with these addresses (IPv4, all of one /24) at the ends. */
export const buildPairNet = (addresses: Readonly<Record<End, readonly string[]>>): PairNet => {
  const unique = `${process.pid}-${++serial}`;
  const names = { near: `eppair-n-${unique}`, far: `eppair-f-${unique}` };
  const cable = { near: 'near', far: 'far' };
  const folder = mkdtempSync(join(tmpdir(), 'edgeprobe-pair-'));
  const running = new Set<ChildProcess>();
  const made: string[] = [];
  const inside = (end: End, argv: readonly string[]): string[] => ['netns', 'exec', names[end], ...argv];
  const env = { PATH: process.env['PATH'], HOME: folder };
  const remove = (): void => {
    for (const child of running) child.kill('SIGKILL');
    for (const name of made) run('ip', 'netns', 'delete', name);
    rmSync(folder, { recursive: true, force: true });
  };
  const start: PairNet['start'] = async (end, argv) => {
    const child = spawn('ip', inside(end, argv), { stdio: ['ignore', 'pipe', 'pipe'], env });
    running.add(child);
    child.once('exit', () => running.delete(child));
    await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), once(child, 'exit')]);
    if (child.exitCode !== null) throw new Error(`${argv.join(' ')} ended at once`);
    child.stdout.resume();
    child.stderr.resume();
    return child;
  };
  const edgeprobe: PairNet['edgeprobe'] = async (end, ...flags) => {
    const child = spawn('ip', inside(end, [process.execPath, bundle, ...flags]), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
    running.add(child);
    const ended = once(child, 'exit');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await ended;
    running.delete(child);
    return { stdout, stderr, code };
  };
  try {
    for (const end of ['near', 'far'] as const) {
      run('ip', 'netns', 'add', names[end]);
      made.push(names[end]);
    }
    const at = ['type', 'veth', 'peer', cable.far, 'netns', names.far];
    run('ip', '-n', names.near, 'link', 'add', cable.near, ...at);
    for (const end of ['near', 'far'] as const) {
      for (const one of addresses[end]) run('ip', '-n', names[end], 'address', 'add', `${one}/24`, 'dev', cable[end]);
      run('ip', '-n', names[end], 'link', 'set', cable[end], 'up');
      run('ip', '-n', names[end], 'link', 'set', 'lo', 'up');
    }
  } catch (error) {
    remove();
    throw error;
  }
  return {
    folder,
    write: (name, content) => {
      const file = join(folder, name);
      writeFileSync(file, content, { mode: 0o600 });
      return file;
    },
    firewall: (end, rules) => {
      execFileSync('ip', inside(end, ['nft', '-f', '-']), { input: `flush ruleset\n${rules}` });
    },
    counted: (end, name) => {
      const listed = run('ip', ...inside(end, ['nft', 'list', 'ruleset']));
      return Number(new RegExp(`counter ${name} \\{\\s*packets (\\d+)`).exec(listed)?.[1] ?? Number.NaN);
    },
    start,
    stop: async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
    edgeprobe,
    check: async (end, ...flags) => {
      const { stdout, stderr } = await edgeprobe(end, 'check', '--format', 'json', ...flags);
      if (!stdout.startsWith('{')) throw new Error(stderr);
      return JSON.parse(stdout) as Report;
    },
    remove,
  };
};
