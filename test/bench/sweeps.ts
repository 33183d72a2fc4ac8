import { execFileSync } from 'node:child_process';
import { buildSweepNet, type SweepNet, targetAddress } from '../lab/sweep-net.ts';
import type { Line, Section } from './goals.ts';
import { longCable } from './long-cable.ts';
import { readEdgeprobe, readMasscan, readNmap, type Told, truthOf, wrongPorts } from './scanners.ts';
import { median } from './statistics.ts';
import { first, last, type Rival, type SweepScene } from './sweep-scenes.ts';
import { type Timed, timed } from './timed.ts';

/** A program that sweeps: how it is called and how its words are read. */
interface Sweeper {
  readonly name: string;
  readonly argv: readonly string[];
  readonly read: (run: Timed) => Told;
  readonly counts: boolean;
}

/** What was seen of a sweeper in one scene. */
interface Seen {
  readonly sweeper: Sweeper;
  readonly seconds: number[];
  readonly cpuSeconds: number[];
  readonly wrong: number[];
  states: number;
}

const ports = `${first}-${last}`;

const ours = (bundle: string): Sweeper => ({
  name: 'edgeprobe',
  argv: [process.execPath, bundle, 'probe', 'tcp', `${targetAddress}:${ports}`, '--rate', '0', '--format', 'json'],
  read: ({ stdout }) => readEdgeprobe(stdout),
  counts: true,
});

const rival = ({ name, program, flags, counts }: Rival): Sweeper =>
  program === 'nmap'
    ? {
        name,
        counts,
        argv: ['nmap', ...flags, `-p${ports}`, '-oX', '-', targetAddress],
        read: ({ stdout }) => readNmap(stdout),
      }
    : {
        name,
        counts,
        argv: ['masscan', targetAddress, `-p${ports}`, ...flags],
        read: ({ stdout }) => readMasscan(stdout, first, last),
      };

/** Every new connection gets an entry; this is what makes a firewall keep states. */
const stateful = `
table inet states {
  chain count {
    type filter hook input priority 10;
    ct state new counter
  }
}
`;

const netOf = async (scene: SweepScene, withStates: boolean): Promise<SweepNet> => {
  const net = await buildSweepNet(scene.millisecondsEachWay > 0 ? longCable(scene.millisecondsEachWay) : undefined);
  // masscan sends its own frames, and asks for a default route to know where.
  execFileSync('ip', net.onProber(['ip', 'route', 'add', 'default', 'via', targetAddress]).slice(1));
  net.sysctl('prober', `net.ipv4.tcp_syn_linear_timeouts=${scene.linear}`);
  net.sysctl('target', 'net.ipv4.icmp_ratelimit=0');
  net.sysctl('target', 'net.ipv4.icmp_msgs_per_sec=100000', 'net.ipv4.icmp_msgs_burst=100000');
  net.firewall(withStates ? scene.firewall + stateful : scene.firewall);
  return net;
};

const runOnce = async (net: SweepNet, sweeper: Sweeper, limit: number): Promise<Timed> =>
  timed(net.onProber([]), sweeper.argv, limit);

const lineOf = (scene: SweepScene, seen: Seen): Line => ({
  what: scene.title,
  who: seen.sweeper.name,
  measured: `${median(seen.seconds).toFixed(2)} s, cpu ${median(seen.cpuSeconds).toFixed(2)}`,
  ratio: null,
  goal: null,
  exact: `${Math.max(...seen.wrong)} wrong, ${seen.states} states`,
});

/**
 * Runs one scene: every sweeper once through a firewall that keeps states, which are counted, then in turns.
 * @param runs turns; the medians count
 */
const sweepScene = async (scene: SweepScene, runs: number, bundle: string): Promise<Line[]> => {
  const truth = truthOf(scene.truth);
  const all = [ours(bundle), ...scene.rivals.map(rival)].map(
    (sweeper): Seen => ({ sweeper, seconds: [], cpuSeconds: [], wrong: [], states: 0 }),
  );
  for (const seen of all) {
    const net = await netOf(scene, true);
    try {
      const before = net.states();
      await runOnce(net, seen.sweeper, 60);
      seen.states = Math.max(0, net.states() - before);
    } finally {
      net.remove();
    }
  }
  const net = await netOf(scene, false);
  try {
    for (let turn = 0; turn < runs; turn++) {
      for (const seen of all) {
        const run = await runOnce(net, seen.sweeper, 60);
        seen.seconds.push(run.seconds);
        seen.cpuSeconds.push(run.cpuSeconds);
        seen.wrong.push(wrongPorts(seen.sweeper.read(run), truth));
      }
    }
  } finally {
    net.remove();
  }
  return linesOf(scene, all);
};

const linesOf = (scene: SweepScene, [mine, ...others]: readonly Seen[]): Line[] => {
  if (!mine) return [];
  const worst = Math.max(...mine.wrong);
  const counting = others.filter(({ sweeper, wrong }) => sweeper.counts && Math.max(...wrong) <= worst);
  const fastest = Math.min(...counting.map(({ seconds }) => median(seconds)));
  const beside = others.map((other): Line => {
    const seconds = median(other.seconds);
    const goal = seconds === fastest && counting.includes(other) ? scene.goal : null;
    return { ...lineOf(scene, other), ratio: median(mine.seconds) / seconds, goal };
  });
  return [lineOf(scene, mine), ...beside];
};

/** All scenes of TCP sweeps. */
export const sweeps = async (scenes: readonly SweepScene[], runs: number, bundle: string): Promise<Section> => {
  const lines: Line[] = [];
  for (const scene of scenes) lines.push(...(await sweepScene(scene, runs, bundle)));
  return {
    title: 'TCP sweep of 10,000 ports, whole process',
    lines,
    notes: [
      'The goal is measured against the fastest run of nmap that is no less exact than ours. States are those that the firewall in front of the target holds when a sweep has ended.',
    ],
  };
};
