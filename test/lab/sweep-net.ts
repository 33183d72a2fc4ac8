import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import '../no-hooks.ts';
import type { Fact, Observation } from '../../probes/observation.ts';

const prober = '10.203.7.1';
const target = '10.203.7.2';

/** The host that is swept. */
export const targetAddress = target;
const child = fileURLToPath(new URL('sweep-child.js', import.meta.url));

/** What the sweep's child process prints. */
export interface Swept {
  readonly observation: Observation;
  readonly used: { readonly memoryMegabytes: number; readonly cpuSeconds: number };
  /** [from, to, outcome] of every run. */
  readonly ranges: readonly (readonly Fact[])[];
}

/** Two network namespaces, one cable: a host that sweeps, and a host with 50000-59999 as the rules say. */
export interface SweepNet {
  /** Replaces the firewall of the target. */
  firewall(rules: string): void;
  /** Kernel parameters: of the `prober` or of the `target`. */
  sysctl(where: 'prober' | 'target', ...settings: string[]): void;
  /** Packets counted by the first `counter` of the firewall. */
  counted(): number;
  /** Elements of the firewall's set `attempts`. */
  attempts(): number;
  sweep(options?: { readonly [key: string]: string | number }): Promise<Swept>;
  /** The command line that runs a program on the prober. */
  onProber(argv: readonly string[]): string[];
  /** The same on the target. */
  onTarget(argv: readonly string[]): string[];
  /** Entries in the target's table of connections: of its firewall, once that has a rule about states. */
  states(): number;
  /** Starts a program on the target and waits for its first word. It ends with the net, or when it is killed. */
  start(argv: readonly string[]): Promise<ChildProcess>;
  startOnProber(argv: readonly string[]): Promise<ChildProcess>;
  remove(): void;
}

/** The two ends of a cable: network namespaces, and the names that the devices in them are to have. */
export interface Ends {
  readonly namespaces: { readonly prober: string; readonly target: string };
  readonly devices: { readonly prober: string; readonly target: string };
}

/** Makes both devices; what is given back holds them and ends with the net. */
export type Join = (ends: Ends) => Promise<readonly ChildProcess[]>;

/** The rules of a host with four kinds of ports, a packet in so many lost each way. */
export const mixedRules = (lossPercent: number, icmp: boolean): string => `
table inet sweep {
  chain arrive {
    type filter hook prerouting priority -400;
    meta l4proto tcp numgen random mod 100 < ${lossPercent} drop
  }
  chain leave {
    type filter hook postrouting priority 400;
    meta l4proto tcp numgen random mod 100 < ${lossPercent} drop
  }
  chain divert {
    type nat hook prerouting priority -100;
    tcp dport 58000-59999 redirect to :4000
  }
  chain guard {
    type filter hook input priority 0;
    tcp dport 52000-53999 drop
    tcp dport 54000-55999 reject with tcp reset
    ${icmp ? 'tcp dport 56000-57999 reject with icmpx type host-unreachable' : ''}
  }
}
`;

/** What a sweep of such a host must say. */
export const mixedRanges = (icmp: boolean): (readonly [number, number, string])[] => [
  [50_000, 51_999, 'closed'],
  [52_000, 53_999, 'filtered'],
  ...(icmp
    ? ([
        [54_000, 55_999, 'closed'],
        [56_000, 57_999, 'unreachable'],
      ] as const)
    : ([[54_000, 57_999, 'closed']] as const)),
  [58_000, 59_999, 'open'],
];

const run = (command: string, ...given: string[]): string =>
  execFileSync(command, given, { encoding: 'utf8', maxBuffer: 1 << 26 });

/** Every diverted port ends here: one listener for all open ports. */
const listener = `require('net').createServer((s) => s.on('error', () => {}).resume())
  .listen(4000, '0.0.0.0', 4096, () => console.log('ready'))`;

const rangesOf = (observation: Observation): (readonly Fact[])[] => {
  const ranges = observation.facts['ranges'];
  return Array.isArray(ranges) ? ranges.map((range: Fact) => Object.values(range ?? {})) : [];
};

const veth: Join = async ({ namespaces, devices }) => {
  const peer = ['type', 'veth', 'peer', devices.target, 'netns', namespaces.target];
  run('ip', 'link', 'add', devices.prober, 'netns', namespaces.prober, ...peer);
  return [];
};

/** Builds it; needs root, `ip` and `nft`. */
export const buildSweepNet = async (join: Join = veth): Promise<SweepNet> => {
  const names = { prober: `epsweep-p-${process.pid}`, target: `epsweep-t-${process.pid}` };
  const cable = { prober: `swp${process.pid}`, target: `swt${process.pid}` };
  for (const name of Object.values(names)) run('ip', 'netns', 'add', name);
  const running: ChildProcess[] = [];
  const startIn = async (netns: string, argv: readonly string[]): Promise<ChildProcess> => {
    const child = spawn('ip', ['netns', 'exec', netns, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.push(child);
    await once(child.stdout, 'readable');
    return child;
  };
  const remove = (): void => {
    for (const one of running) one.kill();
    for (const name of Object.values(names)) run('ip', 'netns', 'delete', name);
  };
  try {
    running.push(...(await join({ namespaces: names, devices: cable })));
    for (const [side, address] of [['prober', prober] as const, ['target', target] as const]) {
      run('ip', '-n', names[side], 'address', 'add', `${address}/24`, 'dev', cable[side]);
      run('ip', '-n', names[side], 'link', 'set', cable[side], 'up');
      run('ip', '-n', names[side], 'link', 'set', 'lo', 'up');
    }
    await startIn(names.target, [process.execPath, '-e', listener]);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    firewall: (rules) => {
      const command = ['netns', 'exec', names.target, 'nft', '-f', '-'];
      execFileSync('ip', command, { input: `flush ruleset\n${rules}` });
    },
    sysctl: (where, ...settings) => {
      run('ip', 'netns', 'exec', names[where], 'sysctl', '-qw', ...settings);
    },
    counted: () => {
      const listed = run('ip', 'netns', 'exec', names.target, 'nft', 'list', 'ruleset');
      return Number(/counter packets (\d+)/.exec(listed)?.[1] ?? Number.NaN);
    },
    attempts: () => {
      const listed = run('ip', 'netns', 'exec', names.target, 'nft', '-j', 'list', 'set', 'inet', 'sweep', 'attempts');
      const { nftables } = JSON.parse(listed) as { nftables: { set?: { elem?: readonly unknown[] } }[] };
      return nftables.flatMap(({ set }) => set?.elem ?? []).length;
    },
    sweep: async (options = {}) => {
      const given = JSON.stringify({ address: target, first: 50_000, last: 59_999, ...options });
      // Before its neighbours on the machine: what is asked again says how the sweep sees the network, not how busy we are.
      const ahead = ['nice', '-n', '-15', process.execPath, child, given];
      const sweeping = spawn('ip', ['netns', 'exec', names.prober, ...ahead], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const printed: Pick<Swept, 'observation' | 'used'> = JSON.parse(await text(sweeping.stdout));
      return { ...printed, ranges: rangesOf(printed.observation) };
    },
    start: (argv) => startIn(names.target, argv),
    startOnProber: (argv) => startIn(names.prober, argv),
    onProber: (argv) => ['ip', 'netns', 'exec', names.prober, ...argv],
    onTarget: (argv) => ['ip', 'netns', 'exec', names.target, ...argv],
    states: () => Number(run('ip', 'netns', 'exec', names.target, 'cat', '/proc/sys/net/netfilter/nf_conntrack_count')),
    remove,
  };
};
