import { openSync } from 'node:fs';
import { probeNamed } from '../../probes/index.ts';
import type { Observation } from '../../probes/observation.ts';
import { createPacer } from '../../probes/pace.ts';
import type { Question } from '../../probes/probe.ts';
import { sweepTcp } from '../../probes/sweep.ts';
import { createSocketDialler } from '../../probes/sweep-dialler.ts';
import { createUdpDialler } from '../../probes/udp-dialler.ts';
// Otherwise loaded with the first question, when there may be no descriptor left to read a file.
import { sweepUdp } from '../../probes/udp-sweep.ts';
import { systemClock, systemWorld } from '../../probes/world.ts';
import { turnClock } from '../probes/turn-clock.ts';

/**
 * Sweeps from within a network namespace: `node sweep-child.js '{"address":…,"first":…,"last":…}'`.
 * Prints the observation as JSON, with the peak of memory and the computing time beside it.
 */
const given = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  /** Default: tcp. */
  probe?: 'tcp' | 'udp';
  first: number;
  last: number;
  source?: string;
  rate?: number;
  seed?: number;
  concurrency?: number;
  /** 1: through Node's sockets, not its handles. */
  sockets?: number;
  sample?: number;
  /** Descriptors to use up before. */
  hold?: number;
  /** 1: on a clock that waits for a process that is late. */
  turns?: number;
};

try {
  for (let held = 0; held < (given.hold ?? 0); held++) openSync('/dev/null', 'r');
} catch {
  // There are none left: just what was wanted.
}

const probe = given.probe ?? 'tcp';
const question: Question = {
  probe,
  transport: probe,
  target: { address: given.address, port: given.first, lastPort: given.last },
  source: { address: given.source ?? null, port: null },
  deadlineSeconds: 8,
  options: {
    seed: given.seed ?? 1,
    ...(given.concurrency === undefined ? {} : { concurrency: given.concurrency }),
    ...(given.sample === undefined ? {} : { sample: given.sample }),
  },
};
const asking = {
  ...systemWorld(new AbortController().signal),
  ...(given.turns ? { clock: turnClock() } : {}),
  pace: createPacer(given.rate ?? 0, systemClock),
  tls: {},
};
const target = { ...question.target, sourceAddress: question.source.address, sourcePort: null };
const throughSockets = (): Promise<Observation> =>
  probe === 'udp'
    ? sweepUdp(question, asking, createUdpDialler(target, asking, null, null))
    : sweepTcp(question, asking, createSocketDialler(target, asking.fence));
const observation = given.sockets ? await throughSockets() : await probeNamed(probe).run(question, asking);
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const used = { memoryMegabytes: Math.round(maxRSS / 1024), cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 };
process.stdout.write(`${JSON.stringify({ observation, used })}\n`);
