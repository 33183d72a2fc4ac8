import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { needing } from '../require.ts';
import { buildSweepNet, mixedRanges, mixedRules, type Swept } from './sweep-net.ts';

// What the kernel sends again after a second has the same two ports: it is no other attempt.
const dropAll = `
table inet sweep {
  set attempts {
    type inet_service . inet_service
    size 65535
    flags dynamic
  }
  chain guard {
    type filter hook input priority 0;
    tcp dport 50000-59999 update @attempts { tcp sport . tcp dport } counter drop
  }
}
`;

const nothing = 'table inet sweep { }';

/** How the kernel of the prober resends SYNs: every second, or after 1, 3, 7 seconds. */
const synTimers = [
  ['linear', 4],
  ['classic', 0],
] as const;

const tell = (t: Test, { observation, used }: Swept): void => {
  const { dials, rounds, mostInFlight, lossEstimate } = observation.facts;
  t.comment(
    JSON.stringify({ seconds: observation.durationSeconds, dials, rounds, mostInFlight, lossEstimate, ...used }),
  );
};

t.test('a sweep of 10,000 ports through a real kernel', needing('root', 'ip', 'nft', 'sysctl'), async (t) => {
  const net = await buildSweepNet();
  t.teardown(net.remove);

  for (const [name, timeouts] of synTimers) {
    net.sysctl('prober', `net.ipv4.tcp_syn_linear_timeouts=${timeouts}`);

    await t.test(`${name} SYN timers: nothing filtered`, async (t) => {
      net.firewall(nothing);
      const swept = await net.sweep();
      tell(t, swept);
      t.same(swept.ranges, [[50_000, 59_999, 'closed']]);
      t.equal(swept.observation.facts['dials'], 10_000);
    });

    await t.test(`${name} SYN timers: everything dropped`, async (t) => {
      net.firewall(dropAll);
      const swept = await net.sweep();
      tell(t, swept);
      t.same(swept.ranges, [[50_000, 59_999, 'filtered']]);
      t.equal(swept.observation.facts['dials'], 20_000);
      // A source port may come back for the second dial of a port.
      const attempts = net.attempts();
      t.ok(attempts > 19_900 && attempts <= 20_000, `${attempts} attempts in ${net.counted()} packets`);
    });

    for (const loss of [5, 10]) {
      await t.test(`${name} SYN timers: closed, dropped, reset and open ports, ${loss} % lost each way`, async (t) => {
        net.firewall(mixedRules(loss, false));
        const swept = await net.sweep({ seed: loss });
        tell(t, swept);
        t.same(swept.ranges, mixedRanges(false));
      });
    }
  }

  for (const sockets of [0, 1]) {
    const through = sockets ? "Node's sockets" : "Node's handles";
    await t.test(`all five kinds of ports, as many ICMP errors as are needed, through ${through}`, async (t) => {
      net.firewall(mixedRules(0, true));
      net.sysctl('target', 'net.ipv4.icmp_ratelimit=0');
      net.sysctl('target', 'net.ipv4.icmp_msgs_per_sec=100000', 'net.ipv4.icmp_msgs_burst=100000');
      const swept = await net.sweep({ sockets });
      tell(t, swept);
      t.same(swept.ranges, mixedRanges(true));
    });

    await t.test(`a host that sweeps its own ephemeral ports finds none open, through ${through}`, async (t) => {
      for (const [seed, own] of ['127.0.0.1', '127.0.0.1', '::1'].entries()) {
        const swept = await net.sweep({ address: own, first: 40_000, last: 49_999, source: own, seed, sockets });
        t.same(swept.ranges, [[40_000, 49_999, 'closed']], own);
      }
    });
  }

  await t.test(
    'the kernel limits its ICMP errors: what it keeps back is filtered, and the report says so',
    async (t) => {
      net.firewall(mixedRules(0, true));
      net.sysctl('target', 'net.ipv4.icmp_ratelimit=1000');
      // Six errors at once and one more a second; without a limit none are saved up, and one or two tell little.
      await sleep(7000);
      const swept = await net.sweep();
      tell(t, swept);
      t.equal(swept.observation.facts['refusalsLimited'], true);
      for (const [from, to, outcome] of swept.ranges) {
        const where = `${from}-${to} ${outcome}`;
        if (outcome === 'open') t.ok(Number(from) >= 58_000, where);
        else if (outcome === 'closed')
          t.ok(Number(to) < 52_000 || (Number(from) >= 54_000 && Number(to) < 56_000), where);
        else if (outcome === 'unreachable') t.ok(Number(from) >= 56_000 && Number(to) < 58_000, where);
      }
      t.match(swept.observation.facts, { counts: { open: 2_000, closed: 4_000, unasked: 0 } });
    },
  );
});
