import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { needing } from '../require.ts';
import { buildSweepNet, type Swept } from './sweep-net.ts';
import { udpHoldProgram } from './udp-hold.ts';

t.setTimeout(900_000);

const address = '10.203.7.2';

/** The rules of a host: a packet in so many lost each way, errors too; then what it does to the range. */
const rules = (lossPercent: number, ...guard: string[]): string => `
table inet sweep {
  chain arrive {
    type filter hook prerouting priority -400;
    meta l4proto udp counter
    meta l4proto { udp, icmp } numgen random mod 100 < ${lossPercent} drop
  }
  chain leave {
    type filter hook postrouting priority 400;
    meta l4proto { udp, icmp } numgen random mod 100 < ${lossPercent} drop
  }
  chain guard {
    type filter hook input priority 0;
    ${guard.join('\n    ')}
  }
}
`;

const rejected = 'udp dport 50000-59999 reject with icmp port-unreachable';
const mixed = [
  'udp dport 54000-55999 drop',
  'udp dport 56000-57999 reject with icmp port-unreachable',
  'udp dport 58000-59999 reject with icmp admin-prohibited',
];
const mixedRanges = [
  [50_000, 53_999, 'answered'],
  [54_000, 55_999, 'filtered'],
  [56_000, 57_999, 'closed'],
  [58_000, 59_999, 'unreachable'],
];

const tell = (t: Test, { observation, used }: Swept, packets: number): void => {
  const { dials, rounds, mostInFlight, lossEstimate } = observation.facts;
  const seconds = observation.durationSeconds;
  t.comment(JSON.stringify({ seconds, packets, dials, rounds, mostInFlight, lossEstimate, ...used }));
};

t.test('a sweep of 10,000 UDP ports through a real kernel', needing('root', 'ip', 'nft', 'sysctl'), async (t) => {
  const net = await buildSweepNet();
  t.teardown(net.remove);
  const sweep = async (t: Test, options: { readonly [key: string]: string | number } = {}): Promise<Swept> => {
    const swept = await net.sweep({ probe: 'udp', ...options });
    tell(t, swept, net.counted());
    return swept;
  };
  await net.start([process.execPath, udpHoldProgram, address, '50000-59999']);
  const unlimited = ['net.ipv4.icmp_ratelimit=0', 'net.ipv4.icmp_msgs_per_sec=1000000'];
  net.sysctl('target', ...unlimited, 'net.ipv4.icmp_msgs_burst=100000');

  for (const loss of [0, 5, 10]) {
    await t.test(`answered on every port, ${loss} % lost each way`, async (t) => {
      net.firewall(rules(loss));
      const { observation, ranges } = await sweep(t, { seed: 1 + loss });
      t.same(ranges, [[50_000, 59_999, 'answered']]);
      // A program answers here, not the kernel: on a busy machine a few answers come after the sweep has asked again.
      const dials = Number(observation.facts['dials']);
      if (loss === 0) t.ok(dials <= 10_500, `where nothing is lost, little is asked again: ${dials} dials`);
    });
  }

  for (const loss of [0, 5]) {
    await t.test(`answered, dropped and rejected ports, ${loss} % lost each way`, async (t) => {
      net.firewall(rules(loss, ...mixed));
      const { ranges, observation } = await sweep(t, { seed: loss });
      t.same(ranges, mixedRanges);
      t.notOk('refusalsLimited' in observation.facts, 'a lost refusal is no limit');
    });
  }

  await t.test('half of the range dropped', async (t) => {
    net.firewall(rules(5, 'udp dport 52500-57499 drop'));
    const { ranges } = await sweep(t);
    t.same(ranges, [
      [50_000, 52_499, 'answered'],
      [52_500, 57_499, 'filtered'],
      [57_500, 59_999, 'answered'],
    ]);
  });

  await t.test('everything rejected, 5 % lost each way', async (t) => {
    net.firewall(rules(5, rejected));
    t.same((await sweep(t)).ranges, [[50_000, 59_999, 'closed']]);
  });

  await t.test('everything dropped: two dials each; a sample: sixteen ports, both ends among them', async (t) => {
    net.firewall(rules(0, 'udp dport 50000-59999 drop'));
    const all = await sweep(t);
    t.same(all.ranges, [[50_000, 59_999, 'filtered']]);
    t.equal(net.counted(), 20_000, 'each dial is one datagram');
    net.firewall(rules(0, 'udp dport 50000-59999 drop'));
    const few = await sweep(t, { sample: 16 });
    t.same(few.ranges, [[50_000, 59_999, 'filtered']]);
    t.match(few.observation.facts, { asked: 16, of: 10_000, dials: 32 });
    t.equal(net.counted(), 32);
  });

  await t.test('the kernel limits its refusals: they are not waited for, and the report says so', async (t) => {
    net.sysctl('target', 'net.ipv4.icmp_ratelimit=1000');
    net.firewall(rules(0, rejected));
    const { observation, ranges } = await sweep(t);
    t.equal(observation.facts['refusalsLimited'], true);
    t.equal(observation.facts['rounds'], 2);
    t.ok(ranges.every(([, , outcome]) => outcome === 'filtered' || outcome === 'closed'));
    net.firewall(rules(5, 'udp dport 55000-59999 reject with icmp port-unreachable'));
    const beside = await sweep(t);
    t.same(beside.ranges[0], [50_000, 54_999, 'answered'], 'what answers beside them is found');
    net.sysctl('target', ...unlimited);
  });

  await t.test('a host that sweeps its own ephemeral ports hears nobody, over IPv4 and IPv6', async (t) => {
    for (const own of ['127.0.0.1', '::1']) {
      for (const seed of [1, 2]) {
        const { ranges } = await sweep(t, { address: own, first: 40_000, last: 49_999, source: own, seed });
        t.same(ranges, [[40_000, 49_999, 'closed']], own);
      }
    }
  });
});

/** Waits until a process has bound a UDP port. */
const bound = async (pid: number | undefined, port: number): Promise<boolean> => {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  for (let waited = 0; waited < 60_000; waited += 20) {
    if (readFileSync(`/proc/${pid}/net/udp`, 'utf8').includes(wanted)) return true;
    await sleep(20);
  }
  return false;
};

t.test('a real STUN server in the range', needing('root', 'ip', 'nft', 'turnserver'), async (t) => {
  const net = await buildSweepNet();
  t.teardown(net.remove);
  net.sysctl('target', 'net.ipv4.icmp_ratelimit=0');
  for (const port of [50_000, 50_007, 50_099]) {
    const where = [`--listening-ip=${address}`, `--listening-port=${port}`, '--relay-threads=1'];
    const only = ['--no-tcp', '--no-tls', '--no-dtls', '--no-cli', '--no-rfc5780', '--log-file=stdout', '--simple-log'];
    const server = await net.start(['turnserver', '-n', ...where, ...only, '--pidfile=/dev/null']);
    server.stdout?.resume();
    t.ok(await bound(server.pid, port), `coturn listens on ${port}`);
  }
  net.firewall(rules(0));
  const { ranges, observation } = await net.sweep({ probe: 'udp', first: 50_000, last: 50_099 });
  t.same(ranges, [
    [50_000, 50_000, 'answered'],
    [50_001, 50_006, 'closed'],
    [50_007, 50_007, 'answered'],
    [50_008, 50_098, 'closed'],
    [50_099, 50_099, 'answered'],
  ]);
  t.notOk('strayDatagrams' in observation.facts);
});
