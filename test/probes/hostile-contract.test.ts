import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { outcomes } from '../../probes/observation.ts';
import '../no-hooks.ts';
import type { HostileResult, HostileTask } from './hostile-ask.ts';
import type { Stood } from './hostile-stand.ts';
import { allWays, type Way } from './ways.ts';

/** What every probe of the registry promises whatever its peer does. A new probe is in it by its line in the registry. */
t.setTimeout(600_000);

const deadline = 1;
/** Beyond the deadline: machines are busy, and goodbyes are said. A probe that hangs is far beyond it. In seconds. */
const grace = 5;
const mostMemory = 64 * 2 ** 20;

/** Starts one of our processes without what the test runner puts into the environment. */
const start = (file: string): ChildProcess => {
  const { PATH = '' } = process.env;
  const script = fileURLToPath(new URL(file, import.meta.url));
  return spawn(process.execPath, [script], { env: { PATH }, stdio: ['pipe', 'pipe', 'inherit'] });
};

const stand = start('./hostile-stand.js');
t.teardown(() => stand.kill('SIGKILL'));

const linesOf = async (child: ChildProcess): Promise<string> => {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(child, 'close');
  return text;
};

const stood = new Promise<Stood>((resolve) => {
  let text = '';
  stand.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (text.includes('\n')) resolve(JSON.parse(text) as Stood);
  });
});

/** Asks in a process of its own. */
const ask = async (task: HostileTask): Promise<HostileResult> => {
  const child = start('./hostile-ask.js');
  child.stdin?.end(JSON.stringify(task));
  return JSON.parse(await linesOf(child)) as HostileResult;
};

const listed = (ports: Readonly<Record<string, number>>): HostileTask['peers'] =>
  Object.entries(ports).map(([name, port]) => ({ name, port }));

const peersOf = ({ streams, secured, datagrams }: Stood, { transport, security }: Way): HostileTask['peers'] => {
  if (transport === 'udp') return listed(datagrams);
  return security === 'none' ? listed(streams) : listed({ ...streams, ...secured });
};

const leavesNothing = (t: Test, { idle, after, peak, unhandled }: HostileResult): void => {
  t.strictSame(unhandled, [], 'no rejection and no error was left unhandled');
  t.equal(after.timers, 0, 'no timer');
  t.ok(after.sockets <= idle.sockets, `no socket: ${idle.sockets} before, ${after.sockets} after`);
  t.ok(after.descriptors <= idle.descriptors, `no descriptor: ${idle.descriptors} before, ${after.descriptors} after`);
  const more = peak - idle.rss;
  t.ok(more <= mostMemory, `at most ${Math.round(more / 2 ** 20)} MiB above idle`);
};

for (const way of allWays()) {
  t.test(`${way.name} among hostile peers`, async (t) => {
    const peers = peersOf(await stood, way);
    t.ok(peers.length >= 14);
    const result = await ask({ way: way.name, peers, deadline, times: 1, together: 6 });
    t.equal(result.seen.length, peers.length, 'every question came to an end');
    for (const { peer, observation } of result.seen) {
      const { outcome, durationSeconds, failure } = observation;
      t.ok(outcomes.includes(outcome), `${peer}: ${outcome}`);
      t.ok(durationSeconds <= deadline + grace, `${peer}: ended after ${durationSeconds} s`);
      t.ok(JSON.stringify(observation).length < 64 * 1024, `${peer}: a report of bounded size`);
      if (outcome !== 'answered' && outcome !== 'open') t.not(failure, null, `${peer}: says why`);
    }
    leavesNothing(t, result);
  });
}

t.test('a port that opens again and again', async (t) => {
  const { streams } = await stood;
  const port = streams['accepts and says nothing'] ?? 0;
  const task = { way: 'tcp tcp none', peers: [{ name: 'opens', port }], deadline, times: 3000, together: 16 };
  const result = await ask(task);
  t.match(result.seen[0]?.observation, { outcome: 'open' });
  leavesNothing(t, result);
});
