import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import '../no-hooks.ts';
import { inNamespace } from './net.ts';

/** A socket that a program opens when it is ready. */
export interface Listening {
  transport: 'tcp' | 'udp';
  address: string;
  port: number;
}

/** A program to keep running in a namespace. */
export interface Service {
  namespace: string;
  argv: readonly string[];
  listens: readonly Listening[];
}

/** What a bounded command left behind; `code` is null when a signal (also our own, at the time limit) ended it. */
export interface Finished {
  stdout: string;
  stderr: string;
  code: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
}

/** Every process of one lab, by name; all of them can be ended at once, from any exit path. */
export interface Processes {
  /** Starts services, each under its name, and waits until all of them listen. Throws with the log of one that does not. */
  start(services: ReadonlyMap<string, Service>): Promise<void>;
  /** Ends a service and waits until it is gone. Unknown names are fine. */
  stop(name: string): Promise<void>;
  /** Starts a command whose streams are the caller's business; it is ended with the lab. */
  spawn(namespace: string, argv: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
  /** Runs a command to its end, or until `limit` (milliseconds). */
  run(namespace: string, argv: readonly string[], limit: number, input?: string): Promise<Finished>;
  /** What a service wrote so far. */
  log(name: string): string;
  /** Sends SIGKILL to everything. Synchronous, for exit handlers. */
  killAll(): void;
}

// Servers see a plain environment: none of the settings with which a test runner steers its own children.
const plain: NodeJS.ProcessEnv = { PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, HOME: '/nonexistent', LC_ALL: 'C' };

// As the kernel writes a socket address in /proc/net/tcp: the IPv4 address as little-endian hex, the port as hex.
const kernelAddress = ({ address, port }: Listening): string => {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return `${bytes.reverse().join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
};

// State 0A is LISTEN; a bound UDP socket is always ready.
const listens = (pid: number, wanted: readonly Listening[]): boolean => {
  const table = (transport: string): string => {
    try {
      return readFileSync(`/proc/${pid}/net/${transport}`, 'utf8');
    } catch {
      return '';
    }
  };
  const tables = { tcp: table('tcp'), udp: table('udp') };
  return wanted.every((one) =>
    tables[one.transport].includes(`: ${kernelAddress(one)} ${one.transport === 'tcp' ? '00000000:0000 0A' : ''}`),
  );
};

const isAlive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** The processes of a lab, with their logs in `folder`. */
export const createProcesses = (folder: string): Processes => {
  const running = new Map<string, ChildProcess>();
  const services = new Map<string, Service>();
  const loose = new Set<ChildProcess>();
  const logFile = (name: string): string => join(folder, `${name.replace(/[^\w.-]+/g, '_')}.log`);
  const log = (name: string): string => {
    try {
      return readFileSync(logFile(name), 'utf8');
    } catch {
      return '';
    }
  };

  const launch = (name: string, service: Service): ChildProcess => {
    const { namespace, argv } = service;
    if (running.has(name)) throw new Error(`lab: ${name} runs already`);
    const [program = '', ...args] = inNamespace(namespace, argv);
    const out = openSync(logFile(name), 'a');
    try {
      // openssl s_server ends at the end of its input: the pipe stays open as long as we live.
      const child = spawn(program, args, { stdio: ['pipe', out, out], env: plain, cwd: folder });
      child.on('error', () => {});
      child.stdin?.on('error', () => {});
      running.set(name, child);
      services.set(name, service);
      return child;
    } finally {
      closeSync(out);
    }
  };

  const ready = async (name: string, child: ChildProcess, wanted: readonly Listening[]): Promise<void> => {
    for (let waited = 0; waited < 120_000; waited += 20) {
      if (!isAlive(child)) throw new Error(`lab: ${name} ended at once (${child.exitCode})\n${log(name).slice(-2000)}`);
      if (child.pid !== undefined && listens(child.pid, wanted)) return;
      await sleep(20);
    }
    throw new Error(`lab: ${name} does not listen after two minutes\n${log(name).slice(-2000)}`);
  };

  // A server of several processes may hold its ports a moment longer than its first process lives.
  const released = async ({ namespace, listens: wanted }: Service): Promise<void> => {
    const [program = '', ...args] = inNamespace(namespace, ['cat', '/proc/net/tcp', '/proc/net/udp']);
    for (let waited = 0; waited < 60_000; waited += 20) {
      const table = spawnSync(program, args, { encoding: 'utf8' }).stdout;
      if (!wanted.some((one) => table.includes(`: ${kernelAddress(one)} 00000000:0000`))) return;
      await sleep(20);
    }
  };

  const loosely = (namespace: string, argv: readonly string[], env: NodeJS.ProcessEnv): ChildProcess => {
    const [program = '', ...args] = inNamespace(namespace, argv);
    const child = spawn(program, args, { stdio: 'pipe', env });
    child.stdin?.on('error', () => {});
    loose.add(child);
    child.once('close', () => loose.delete(child));
    return child;
  };

  return {
    async start(services) {
      const started = [...services].map(([name, service]) => ({ name, service, child: launch(name, service) }));
      await Promise.all(started.map(({ name, service, child }) => ready(name, child, service.listens)));
    },
    async stop(name) {
      const child = running.get(name);
      running.delete(name);
      if (child === undefined || !isAlive(child)) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      const service = services.get(name);
      if (service !== undefined) await released(service);
    },
    spawn: (namespace, argv, env = process.env) => loosely(namespace, argv, env),
    run(namespace, argv, limit, input = '') {
      const child = loosely(namespace, argv, process.env);
      const done = { stdout: '', stderr: '', timedOut: false };
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        done.stdout += text;
      });
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        done.stderr += text;
      });
      child.stdin?.end(input);
      const timer = setTimeout(() => {
        done.timedOut = true;
        child.kill('SIGKILL');
        // A grandchild may still hold the pipes: do not wait for it.
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, limit);
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve({ ...done, code, signal }));
      }).finally(() => clearTimeout(timer)) as Promise<Finished>;
    },
    log,
    killAll() {
      for (const child of [...running.values(), ...loose]) child.kill('SIGKILL');
      running.clear();
      loose.clear();
    },
  };
};
