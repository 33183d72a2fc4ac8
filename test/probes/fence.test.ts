import t from 'tap';
import { parseFence } from '../../agent/fence-text.ts';
import { addressOnWire, createFence, type Fence, openFence } from '../../probes/fence.ts';

const text = `
dial:
  - network: 131.107.155.0/24
    ports: "443,5061,50000-59999"
    sweeps: true
  - network: 131.107.155.30
    ports: 3478
  - network: 2001:db8::/32
respond:
  - bind: 10.45.16.10
    ports: "443,5061"
    answer: [203.0.113.0/24]
  - bind: 0.0.0.0/0
    ports: 53
    answer: [198.51.100.7]
rate: 10
`;

const fenceAt = (clock: { seconds: number }, file = text): Fence =>
  createFence(parseFence(file, '/etc/edgeprobe/fence.yaml'), { monotonic: () => clock.seconds });
const fence = fenceAt({ seconds: 0 });

const dial = (address: string, port: number, sweep = false) =>
  fence.refusal({ transport: 'tcp', address, port, sweep })?.failure.message ?? null;

t.test('what a fence lets out', async (t) => {
  const rows: readonly [string, number, boolean, RegExp | null][] = [
    ['131.107.155.10', 443, false, null],
    ['131.107.155.10', 50_000, true, null],
    ['131.107.155.10', 59_999, true, null],
    ['131.107.155.10', 60_000, true, /fence\.yaml:4: tcp\/60000 is not among the ports/],
    ['131.107.155.30', 3478, false, null],
    ['131.107.155.30', 3478, true, /fence\.yaml:6: no sweeps of 131\.107\.155\.30/],
    ['131.107.156.10', 443, false, /fence\.yaml:3: no network of dial holds 131\.107\.156\.10/],
    ['2001:db8::1', 1, false, null],
    ['2001:0DB8:0:0::0001', 65_535, false, null],
    ['2001:db8::1%eth0', 443, false, null],
    ['2001:db9::1', 443, false, /no network of dial holds/],
  ];
  for (const [address, port, sweep, refused] of rows) {
    const why = dial(address, port, sweep);
    if (refused === null) t.equal(why, null, `${address} ${port}`);
    else t.match(why, refused, `${address} ${port}`);
  }
  t.match(fence.refusal({ transport: 'udp', address: '10.0.0.1', port: 1, sweep: false }), {
    outcome: 'unasked',
    failure: { step: 'fence', code: 'fenced' },
  });
});

t.test('no spelling of an address climbs it', async (t) => {
  const inside = ['131.107.155.10', '::ffff:131.107.155.10', '::ffff:836b:9b0a', '0:0:0:0:0:FFFF:836B:9B0A'];
  for (const address of inside) t.equal(dial(address, 443), null, `${address} is inside`);
  const outside = [
    ...['10.0.0.1', '::ffff:10.0.0.1', '::ffff:a00:1', '0:0::ffff:10.0.0.1', '::ffff:10.0.0.1%eth0'],
    ...['0.0.0.0', '::', '127.0.0.1', '::1', '::131.107.155.10', '64:ff9b::836b:9b0a', '::ffff:0:836b:9b0a'],
    // Not addresses at all: nobody knows where a name leads when the packet leaves.
    ...['2204867338', '0x836b9b0a', '131.107.155.010', '131.107.39690', 'edge.contoso.com', '', '131.107.155.10 '],
    // An IPv4 address has no zone, and a zone is a word: what else stands there makes a name of it, which would be looked up.
    ...['131.107.155.10%eth0', '131.107.155.10%', '2001:db8::1%', '2001:db8::1%a b', '2001:db8::1%eth0%eth1'],
  ];
  for (const address of outside) t.match(dial(address, 443), /no network of dial holds/, `${address} is outside`);
  const all = createFence(parseFence('dial: [{ network: "::/0" }]', 'f'), { monotonic: () => 0 });
  const mapped = { transport: 'tcp', address: '::ffff:10.0.0.1', port: 1, sweep: false } as const;
  t.match(all.refusal(mapped), { outcome: 'unasked' }, 'all of IPv6 does not hold IPv4 in disguise');
  t.equal(all.refusal({ ...mapped, address: '2001:db8::1' }), null);
});

t.test('an address as its packets carry it', async (t) => {
  for (const [given, wire] of [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:0a00:0001', '10.0.0.1'],
    ['FE80::1%eth0', 'fe80::1'],
    ['2001:db8:0:0:1::1', '2001:db8::1:0:0:1'],
    ['010.0.0.1', null],
    ['10.0.0.1%eth0', null],
    ['fe80::1%', null],
    ['1', null],
  ] as const) {
    t.equal(addressOnWire(given), wire, given);
  }
});

t.test('a rate above it is brought down, and what ignores it is stopped', async (t) => {
  t.equal(fence.rate(0), 10, 'no limit is the limit');
  t.equal(fence.rate(500), 10);
  t.equal(fence.rate(3), 3, 'less is always allowed');
  t.equal(openFence.rate(0), 0);
  const clock = { seconds: 100 };
  const counting = fenceAt(clock);
  const one = { transport: 'tcp', address: '131.107.155.10', port: 443, sweep: false } as const;
  const outOf = (dials: number): number =>
    Array.from({ length: dials }, () => counting.admit(one)).filter((refused) => refused === null).length;
  t.equal(outOf(1000), 52, 'two seconds of it and what runs side by side');
  t.match(counting.admit(one)?.failure.message, /fence\.yaml:16: more than 10 dials per second/);
  t.equal(counting.refusal(one), null, 'to ask is not to dial');
  clock.seconds += 1;
  t.equal(outOf(1000), 10);
  clock.seconds += 3600;
  t.equal(outOf(1000), 52, 'a pause saves nothing up');
  clock.seconds += 1;
  t.not(counting.admit({ ...one, address: '10.0.0.1' }), null);
  t.equal(outOf(1000), 10, 'what is refused for its address costs nothing');
});

t.test('where it may listen, and whom it may answer', async (t) => {
  const bind = (address: string, port: number) => fence.bind('tcp', address, port)?.failure.message ?? null;
  t.equal(bind('10.45.16.10', 443), null);
  t.equal(bind('::ffff:10.45.16.10', 443), null);
  t.equal(bind('203.0.113.1', 53), null);
  t.match(bind('203.0.113.1', 54), /fence\.yaml:14: tcp\/54 is not among the ports/);
  t.match(bind('::', 53), /fence\.yaml:10: nothing under respond lets it listen on ::/);
  const at = { address: '10.45.16.10', port: 443 };
  t.ok(fence.answers(at, '203.0.113.5'));
  t.ok(fence.answers(at, '::ffff:203.0.113.5'));
  t.notOk(fence.answers(at, '198.51.100.7'), 'only on the port that says so');
  t.ok(fence.answers({ ...at, port: 53 }, '198.51.100.7'));
  t.notOk(fence.answers({ ...at, port: 53 }, '203.0.113.5'));
  t.notOk(fence.answers({ address: '::', port: 443 }, '203.0.113.5'));
});

t.test('an empty fence lets nothing out', async (t) => {
  const empty = createFence(parseFence('dial: []', 'f'), { monotonic: () => 0 });
  t.match(empty.admit({ transport: 'udp', address: '127.0.0.1', port: 53, sweep: false }), { outcome: 'unasked' });
  t.match(empty.bind('udp', '127.0.0.1', 53), { outcome: 'unasked' });
});
