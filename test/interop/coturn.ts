import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { freePort, ownLoopback } from '../loopback.ts';
import { inForeground } from './foreground.ts';

/** A coturn that runs: its port, and what it has logged so far. */
export interface Coturn {
  readonly port: number;
  readonly log: () => string;
}

/** Starts coturn on a free port of loopback for the length of the test: realm lab.test, user `u`, password `p`. */
export const coturn = async (t: Test, ...more: string[]): Promise<Coturn> => {
  const port = await freePort();
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
  const where = ['-n', `--listening-ip=${ownLoopback}`, `--relay-ip=${ownLoopback}`, `--listening-port=${port}`];
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const args = [...where, ...flags, ...files, ...more];
  const log = await inForeground(t, { program: 'turnserver', args, ports: [port], patienceSeconds: 60 });
  return { port, log };
};
