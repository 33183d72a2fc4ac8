// A process that asks hostile peers, given as JSON on standard input (`HostileTask`), and says in one line of JSON what it
// saw and what it held: the environment of the test runner would hold things of its own.
import { readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { attentiveClock } from '../../probes/attention.ts';
import type { Observation } from '../../probes/observation.ts';
import { createPacer } from '../../probes/pace.ts';
import { systemClock, systemWorld } from '../../probes/world.ts';
import { allWays, questionFor } from './ways.ts';

export interface HostileTask {
  readonly way: string;
  readonly peers: readonly { readonly name: string; readonly port: number }[];
  readonly deadline: number;
  /** How often each is asked, and how many at a time. */
  readonly times: number;
  readonly together: number;
}

/** What the process holds; bytes, counts. */
export interface Held {
  readonly rss: number;
  readonly timers: number;
  readonly sockets: number;
  readonly descriptors: number;
}

export interface HostileResult {
  readonly seen: readonly { readonly peer: string; readonly observation: Observation }[];
  readonly idle: Held;
  readonly after: Held;
  /** The most resident memory at any moment. */
  readonly peak: number;
  readonly unhandled: readonly string[];
}

const unhandled: string[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));
process.on('uncaughtException', (error) => unhandled.push(String(error.stack)));

const held = (): Held => {
  const resources = process.getActiveResourcesInfo();
  const counted = (kind: RegExp): number => resources.filter((one) => kind.test(one)).length;
  return {
    rss: process.memoryUsage.rss(),
    timers: counted(/^Timeout$/),
    sockets: counted(/TCP|UDP|TLS|Connect/),
    descriptors: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
  };
};

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const task = JSON.parse(await text(process.stdin)) as HostileTask;
const way = allWays().find(({ name }) => name === task.way);
if (way === undefined) throw new Error(`no way ${task.way}`);

const ask = (port: number): Promise<Observation> => {
  const world = systemWorld(new AbortController().signal);
  return way.probe.run(questionFor(way, '127.0.0.1', port, task.deadline), {
    ...world,
    clock: attentiveClock(world.clock),
    pace: createPacer(0, systemClock),
    tls: {},
  });
};

// A first question to a port where nobody listens loads what the probe is made of: that is no cost of the peers.
await ask(9);
await sleep(100);
const idle = held();
let peak = idle.rss;
const watching = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 20);
const queue = task.peers.flatMap((peer) => Array.from({ length: task.times }, () => peer));
const seen: { peer: string; observation: Observation }[] = [];
const lane = async (): Promise<void> => {
  for (let peer = queue.shift(); peer !== undefined; peer = queue.shift()) {
    const observation = await ask(peer.port);
    // Of many questions to one peer the last is enough.
    if (task.times === 1 || queue.length < task.together) seen.push({ peer: peer.name, observation });
  }
};
await Promise.all(Array.from({ length: task.together }, lane));
clearInterval(watching);
let after = held();
const holdsMore = (): boolean =>
  after.timers > 0 || after.sockets > idle.sockets || after.descriptors > idle.descriptors;
for (let tries = 0; tries < 1000 && holdsMore(); tries++) {
  await sleep(30);
  after = held();
}
const result: HostileResult = { seen, idle, after, peak: Math.max(peak, after.rss), unhandled };
process.stdout.write(`${JSON.stringify(result)}\n`);
