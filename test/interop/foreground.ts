import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Test } from 'tap';
import { ownLoopback } from '../loopback.ts';

/** A server that we did not write: how it is started in the foreground, and where it is to listen. */
export interface Foreground {
  readonly program: string;
  readonly args: readonly string[];
  /** Beside the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
  /** TCP ports of our own address; it is up when it accepts on each. */
  readonly ports: readonly number[];
  /** How long it may take until then. */
  readonly patienceSeconds: number;
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, ownLoopback);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

const stepMs = 100;
const politeMs = 10_000;
const mostSaid = 262_144;

/**
 * Starts a server, waits until it accepts connections, and ends it with the test; gives the last of what it has said.
 * @throws Error with all that it said, when it ends or listens nowhere within its time.
 */
export const inForeground = async (t: Test, server: Foreground): Promise<() => string> => {
  const { program, args, ports } = server;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...server.env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-mostSaid)));
  let over = false;
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      over = true;
      resolve();
    }),
  );
  t.teardown(async () => {
    child.kill();
    const forced = setTimeout(() => child.kill('SIGKILL'), politeMs);
    await gone;
    clearTimeout(forced);
  });
  const tries = (server.patienceSeconds * 1000) / stepMs;
  for (let nth = 0; nth < tries && !over; nth++) {
    if ((await Promise.all(ports.map(listens))).every(Boolean)) return () => said;
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
  throw new Error(`${program} does not listen: ${said}`);
};
