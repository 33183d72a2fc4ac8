import { openSync } from 'node:fs';
import { createPacer } from '../../probes/pace.ts';
import { tcp } from '../../probes/tcp.ts';
import { systemClock, systemWorld } from '../../probes/world.ts';

/**
 * Sweeps from within a network namespace: `node sweep-child.js '{"address":…,"first":…,"last":…}'`.
 * Prints the observation as JSON, with the peak of memory and the computing time beside it.
 */
const given = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  first: number;
  last: number;
  source?: string;
  rate?: number;
  seed?: number;
  concurrency?: number;
  /** Descriptors to use up before. */
  hold?: number;
};

try {
  for (let held = 0; held < (given.hold ?? 0); held++) openSync('/dev/null', 'r');
} catch {
  // There are none left: just what was wanted.
}

const observation = await tcp.run(
  {
    probe: 'tcp',
    transport: 'tcp',
    target: { address: given.address, port: given.first, lastPort: given.last },
    source: { address: given.source ?? null, port: null },
    deadlineSeconds: 8,
    options: {
      seed: given.seed ?? 1,
      ...(given.concurrency === undefined ? {} : { concurrency: given.concurrency }),
    },
  },
  {
    ...systemWorld(new AbortController().signal),
    pace: createPacer(given.rate ?? 0, systemClock),
    tls: {},
  },
);
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const used = { memoryMegabytes: Math.round(maxRSS / 1024), cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 };
process.stdout.write(`${JSON.stringify({ observation, used })}\n`);
