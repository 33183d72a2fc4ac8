// Preloaded into the process that is soaked (`node --import`): notes what it holds, once per interval.
import { appendFileSync, readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What a process held at one instant. Bytes, seconds of CPU since its start, counts. */
export interface Sample {
  readonly seconds: number;
  readonly rss: number;
  readonly heap: number;
  readonly external: number;
  readonly cpu: number;
  readonly descriptors: number;
  /** What keeps the event loop busy, by kind: timers, sockets, requests. */
  readonly resources: Readonly<Record<string, number>>;
}

const count = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

const sample = (): Sample => {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    seconds: performance.now() / 1000,
    ...{ rss, heap: heapUsed, external, cpu: (user + system) / 1e6 },
    descriptors: readdirSync('/proc/self/fd').length - 1,
    resources: count(process.getActiveResourcesInfo()),
  };
};

const file = process.env['SOAK_FILE'];
const interval = Number(process.env['SOAK_INTERVAL'] ?? '10') * 1000;
if (file !== undefined) {
  setInterval(() => {
    // Only where the process was started with --expose-gc: then the heap shows what is really kept.
    globalThis.gc?.();
    try {
      appendFileSync(file, `${JSON.stringify(sample())}\n`);
    } catch {
      // No descriptor is left to look with: the next look will tell.
    }
  }, interval).unref();
}
