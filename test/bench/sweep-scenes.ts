import { mixedRanges, mixedRules } from '../lab/sweep-net.ts';

/** A rival: nmap with these flags, or masscan with these. */
export interface Rival {
  readonly name: string;
  readonly program: 'nmap' | 'masscan';
  readonly flags: readonly string[];
  /** Does the goal measure us against it? Others stand there for information. */
  readonly counts: boolean;
}

/** A host with 10,000 ports, how long the cable to it is, and what its ports say. */
export interface SweepScene {
  readonly name: string;
  readonly title: string;
  /** The rules of the target's firewall, without those that count states. */
  readonly firewall: string;
  readonly truth: readonly (readonly [from: number, to: number, outcome: string])[];
  readonly millisecondsEachWay: number;
  /** `net.ipv4.tcp_syn_linear_timeouts` of the prober. */
  readonly linear: number;
  readonly rivals: readonly Rival[];
  readonly goal: number | null;
}

export const first = 50_000;
export const last = 59_999;

const nmap = (flags: string, counts = true): Rival => ({
  name: `nmap -sT ${flags}`.trim(),
  program: 'nmap',
  flags: ['-sT', '-n', '-Pn', ...flags.split(' ').filter((word) => word !== '')],
  counts,
});

const masscan: Rival = {
  name: 'masscan --rate 20000',
  program: 'masscan',
  flags: ['--rate', '20000', '--wait', '1', '--show', 'open,closed', '-oL', '-'],
  counts: false,
};

const noRules = 'table inet sweep { }';

const dropAll = `
table inet sweep {
  chain guard {
    type filter hook input priority 0;
    tcp dport ${first}-${last} drop
  }
}
`;

const lossyClosed = (percent: number): string => `
table inet sweep {
  chain arrive {
    type filter hook prerouting priority -400;
    meta l4proto tcp numgen random mod 100 < ${percent} drop
  }
  chain leave {
    type filter hook postrouting priority 400;
    meta l4proto tcp numgen random mod 100 < ${percent} drop
  }
}
`;

const closed = [[first, last, 'closed']] as const;
const near = { millisecondsEachWay: 0, linear: 1 };
const patient = '-T5 --max-retries 0 --min-parallelism 10000';
const hinted = `${patient} --min-rate 20000 --initial-rtt-timeout 100ms --max-rtt-timeout 100ms`;

/** nmap without retries and with more parallel than it would choose: the fastest that does not know the path beforehand. */
const unretried = [nmap(patient), nmap('-T5 --max-retries 0 --min-rate 10000')];

const scenes: readonly SweepScene[] = [
  {
    ...near,
    name: 'closed',
    title: 'all closed',
    firewall: noRules,
    truth: closed,
    rivals: [nmap(''), nmap('-T4'), nmap('-T5 --max-retries 0 --min-parallelism 100'), masscan],
    goal: 1,
  },
  {
    ...near,
    name: 'dropped',
    title: 'all dropped',
    firewall: dropAll,
    truth: [[first, last, 'filtered']],
    rivals: [...unretried, nmap(hinted, false), masscan],
    goal: 1,
  },
  {
    ...near,
    name: 'mixed',
    title: 'closed, dropped, reset, refused by ICMP and open, 2,000 each',
    firewall: mixedRules(0, true),
    truth: mixedRanges(true),
    rivals: [nmap('-T4'), nmap('-T5 --max-retries 2 --min-parallelism 1000')],
    goal: null,
  },
  {
    ...near,
    name: 'lossy',
    title: 'all closed, 5 % lost each way',
    firewall: lossyClosed(5),
    truth: closed,
    rivals: [nmap('-T4'), masscan],
    goal: 0.15,
  },
  {
    ...near,
    name: 'far',
    title: 'all closed, 40 ms round trip',
    firewall: noRules,
    truth: closed,
    millisecondsEachWay: 20,
    rivals: [nmap('-T4'), nmap('', false), nmap('-T5 --min-parallelism 1000', false)],
    goal: 0.25,
  },
];

/** All scenes; those in which a kernel sends SYNs again also with classic timers (1, 3, 7 seconds). */
export const sweepScenes: readonly SweepScene[] = scenes.flatMap((scene) =>
  ['dropped', 'lossy'].includes(scene.name)
    ? [
        scene,
        {
          ...scene,
          name: `${scene.name}-classic`,
          title: `${scene.title}, classic SYN timers`,
          linear: 0,
          rivals: scene.rivals.filter(({ counts }) => counts).slice(0, 1),
        },
      ]
    : [scene],
);
