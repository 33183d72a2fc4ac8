import { buildSweepNet, type SweepNet, targetAddress } from '../lab/sweep-net.ts';
import { siteFolder } from './bench-site.ts';
import type { Line, Section } from './goals.ts';
import { residentMegabytes, startUntil } from './programs.ts';
import { leastRounds, median } from './statistics.ts';
import { first, last } from './sweep-scenes.ts';
import { type Timed, timed } from './timed.ts';

const ports = last - first + 1;
const edge = { address: targetAddress, responder: true };

/** One Edge with all its roles on one address: 20,000 ports of the ranges, and those of its services. */
const site = {
  packs: ['lync2013-edge-public'],
  servers: {
    edge1: {
      'access-edge': { ...edge, fqdn: 'sip.bench.example', sipDomain: 'bench.example', xmppDomain: 'bench.example' },
      'webconf-edge': { ...edge, fqdn: 'webcon.bench.example' },
      'av-edge': edge,
      'edge-internal': { ...edge, fqdn: 'edge1.bench.example' },
    },
  },
  absent: ['director', 'front-end'],
};

const lossyUdp = (percent: number): string => `
table inet sweep {
  chain arrive {
    type filter hook prerouting priority -400;
    meta l4proto udp numgen random mod 100 < ${percent} drop
  }
  chain leave {
    type filter hook postrouting priority 400;
    meta l4proto udp numgen random mod 100 < ${percent} drop
  }
}
`;

/** What `--stats` says of memory: the peak. */
const peakMegabytes = ({ stdout, stderr }: Timed): number =>
  Number(/(\d+) MB at most/.exec(stdout + stderr)?.[1] ?? Number.NaN);

const line = (what: string, who: string, measured: string, exact = ''): Line => ({
  ...{ what, who, measured, exact },
  ratio: null,
  goal: null,
});

/** Node's own cost of so many questions over UDP: a connected socket each, and nothing around it. */
const bareLoop = `const { createSocket } = require('node:dgram');
let next = ${first}, over = 0;
const ask = () => {
  if (next > ${last}) return;
  const port = next++, socket = createSocket('udp4');
  socket.on('message', () => { socket.close(); if (++over < ${ports}) ask(); });
  socket.on('connect', () => socket.send(Buffer.from('000100002112a442' + '0'.repeat(19) + (port).toString(16).padStart(5, '0'), 'hex')));
  socket.connect(port, '${targetAddress}');
};
for (let i = 0; i < 128; i++) ask();`;

const udpLines = async (net: SweepNet, runs: number, bundle: string, percent: number): Promise<Line[]> => {
  net.firewall(percent > 0 ? lossyUdp(percent) : 'table inet sweep { }');
  const sweep = ['probe', 'udp', `${targetAddress}:${first}-${last}`, '--rate', '0', '--format', 'json'];
  const seen: { run: Timed; answered: number; trip: number; dials: number }[] = [];
  const bare: number[] = [];
  for (let turn = 0; turn < runs; turn++) {
    const run = await timed(net.onProber([]), [process.execPath, bundle, ...sweep]);
    const { counts, roundTripSeconds, dials } = JSON.parse(run.stdout).facts;
    seen.push({ run, answered: counts.answered, trip: roundTripSeconds.min, dials });
    if (percent === 0) bare.push((await timed(net.onProber([]), [process.execPath, '-e', bareLoop])).seconds);
  }
  const seconds = median(seen.map(({ run }) => run.seconds));
  const rounds = leastRounds(ports, percent / 100);
  const least = rounds * median(seen.map(({ trip }) => trip));
  const what = `UDP sweep of 10,000 ports, ${percent} % lost each way`;
  const wrong = Math.max(...seen.map(({ answered }) => ports - answered));
  const measured = `${seconds.toFixed(2)} s, cpu ${median(seen.map(({ run }) => run.cpuSeconds)).toFixed(2)}, ${median(seen.map(({ dials }) => dials))} dials`;
  return [
    line(what, 'edgeprobe', measured, `${wrong} wrong`),
    line(
      what,
      'the least: round trips on the wire',
      `${rounds.toFixed(1)} × a round trip: ${(least * 1000).toFixed(1)} ms`,
    ),
    ...(bare.length > 0
      ? [
          {
            ...line(what, "Node's sockets in a bare loop", `${median(bare).toFixed(2)} s`),
            ratio: seconds / median(bare),
          },
        ]
      : []),
  ];
};

/** A responder that holds 20,000 ports, UDP sweeps of it, and a check of all its ports. */
export const responder = async (runs: number, bundle: string): Promise<Section> => {
  const folder = siteFolder(site);
  const net = await buildSweepNet();
  try {
    const words = ['respond', '--config', folder.file, '--as', 'edge', '--allow', '10.203.7.0/24', '--for', '1h'];
    const standing = await startUntil(net.onTarget([process.execPath, bundle, ...words]), /ready: /);
    const [, count = '', spread = ''] = /ready: (\d+) ports([^,]*),/.exec(standing.said()) ?? [];
    const resident = residentMegabytes(standing.child.pid ?? 0);
    const lines: Line[] = [
      line(
        `respond with ${count} ports`,
        `edgeprobe${spread}`,
        `ready after ${standing.seconds.toFixed(2)} s, ${resident.toFixed(0)} MB`,
      ),
    ];
    for (const percent of [0, 5]) lines.push(...(await udpLines(net, runs, bundle, percent)));
    net.firewall('table inet sweep { }');
    const check = (rule: string): Promise<Timed> => {
      const asked = ['check', '--config', folder.file, '--vantage', 'outside', '--rule', rule, '--stats'];
      return timed(net.onProber([]), [process.execPath, bundle, ...asked], 120);
    };
    const one = await check('external-stun-udp-3478-in');
    const all = await check('external-rtp-*-50000-59999-in');
    const above = peakMegabytes(all) - peakMegabytes(one);
    const what = 'check of 20,000 ports, each one proven';
    const peaks = `${all.seconds.toFixed(2)} s, ${peakMegabytes(all)} MB at most, ${peakMegabytes(one)} MB for one port`;
    lines.push(line(what, 'edgeprobe', peaks, all.code === 0 ? 'pass' : `exit ${all.code}`));
    lines.push({ ...line(what, '64 MB above a check of one port', `${above} MB above`), ratio: above / 64, goal: 1 });
    standing.end();
    const notes = ['Wall time of the whole process. The round trip is the shortest that the sweep saw.'];
    return { title: 'UDP sweeps, and a responder of 20,000 ports', lines, notes };
  } finally {
    net.remove();
    folder.remove();
  }
};
