import { spawn } from 'node:child_process';
import type { Test } from 'tap';
import { ownLoopback } from '../loopback.ts';

/**
 * Starts `openssl s_server` on a free port of loopback, and ends it with the test; gives its port.
 * @throws Error with all that it said, when it ends before it listens.
 */
export const serve = async (t: Test, ...how: string[]): Promise<number> => {
  const child = spawn('openssl', ['s_server', '-accept', `${ownLoopback}:0`, ...how], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  t.teardown(async () => {
    child.kill();
    await gone;
  });
  let said = '';
  return new Promise((resolve, reject) => {
    const listen = (bytes: Buffer): void => {
      said += bytes.toString();
      const port = /ACCEPT .*:(\d+)/.exec(said)?.[1];
      if (port) resolve(Number(port));
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', () => reject(new Error(`openssl s_server ended: ${said}`)));
  });
};
