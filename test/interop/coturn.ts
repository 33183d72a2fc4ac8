import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { freePort } from '../probes/stun-scenes.ts';

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** A coturn that runs: its port, and what it has logged so far. */
export interface Coturn {
  readonly port: number;
  readonly log: () => string;
}

/** Starts coturn on a free port of loopback for the length of the test: realm lab.test, user `u`, password `p`. */
export const coturn = async (t: Test, ...more: string[]): Promise<Coturn> => {
  const port = await freePort('tcp');
  const folder = mkdtempSync(join(tmpdir(), 'edgeprobe-coturn-'));
  const flags = [
    '--no-tls',
    '--no-dtls',
    '--no-cli',
    '--lt-cred-mech',
    '--user=u:p',
    '--realm=lab.test',
    '--log-file=stdout',
  ];
  const files = [`--pidfile=${join(folder, 'pid')}`, `--userdb=${join(folder, 'db')}`];
  const where = ['-n', '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`];
  const child = spawn('turnserver', [...where, ...flags, ...files, ...more], { stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = once(child, 'exit');
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-262_144)));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });
  for (let tries = 0; tries < 1200; tries++) {
    if (child.exitCode !== null) throw new Error(`turnserver ended with ${child.exitCode}`);
    if (await accepts(port)) return { port, log: () => log };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('turnserver does not listen');
};
