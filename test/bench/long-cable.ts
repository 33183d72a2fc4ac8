import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Join } from '../lab/sweep-net.ts';
import { startProgram } from './timed.ts';

/** Frames that may wait in a device: a sweep of 10,000 ports has so many on the way at once. */
const queued = '30000';

const source = fileURLToPath(new URL('../../../../test/bench/hold-frames.c', import.meta.url));

/** Joins two hosts by a cable on which every packet takes so many milliseconds; needs `gcc` and /dev/net/tun. */
export const longCable =
  (millisecondsEachWay: number): Join =>
  async ({ namespaces, devices }) => {
    const folder = mkdtempSync(join(tmpdir(), 'edgeprobe-bench-'));
    try {
      const program = join(folder, 'hold-frames');
      execFileSync('gcc', ['-O2', '-o', program, source]);
      for (const end of ['prober', 'target'] as const) {
        const ip = ['-n', namespaces[end]];
        execFileSync('ip', [...ip, 'tuntap', 'add', 'dev', devices[end], 'mode', 'tap']);
        execFileSync('ip', [...ip, 'link', 'set', devices[end], 'txqueuelen', queued]);
      }
      const ends = [namespaces.prober, devices.prober, namespaces.target, devices.target];
      const child = startProgram([program, ...ends, String(millisecondsEachWay * 1000)]);
      if (child.stdout) await Promise.race([once(child.stdout, 'readable'), once(child, 'exit')]);
      if (child.exitCode !== null) throw new Error(`bench: the long cable broke: ${child.stderr?.read()}`);
      return [child];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
