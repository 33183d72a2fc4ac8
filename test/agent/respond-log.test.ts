import t from 'tap';
import { openHeardPorts } from '../../agent/heard-ports.ts';
import { createRespondLog, type Heard } from '../../agent/respond-log.ts';
import { createRefusals, summaryText } from '../../agent/respond-text.ts';

const at = '2026-11-20T09:00:00.000Z';
const later = '2026-11-20T09:00:05.000Z';
const token = 'a1b2c3d4e5f6';

const request = (more: Partial<Heard> = {}): Omit<Heard, 'times'> => ({
  at,
  transport: 'udp',
  from: { address: '198.51.100.7', port: 51234 },
  to: { address: '10.45.16.30', port: 3478 },
  protocol: 'stun',
  transaction: '000102030405060708090a0b',
  signed: true,
  served: true,
  ...more,
});

const portOf = (port: number, more: Partial<Heard> = {}) =>
  request({
    to: { address: '10.45.16.30', port },
    transaction: `${token}${port.toString(16).padStart(12, '0')}`,
    ...more,
  });

t.test('a repetition is counted, another port or id is another request', async (t) => {
  const log = createRespondLog();
  log.note(request(), false);
  log.note(request({ at: later }), false);
  log.note(request({ from: { address: '198.51.100.7', port: 51235 } }), false);
  log.note(request({ transaction: 'ff0102030405060708090a0b' }), false);
  t.strictSame(
    log.heard().map(({ times, from, at: first }) => [times, from.port, first]),
    [
      [2, 51234, at],
      [1, 51235, at],
      [1, 51234, at],
    ],
  );
  t.match(log.sources(), [{ address: '198.51.100.7', served: 4, refused: 0 }]);
});

t.test('ten thousand ports are one line, with what their ids begin with', async (t) => {
  const log = createRespondLog();
  for (let port = 50_000; port < 60_000; port++) {
    if (port !== 50_500) log.note(portOf(port, { at: port < 59_999 ? at : later }), true);
  }
  log.note(portOf(50_000), true);
  t.strictSame(log.heard(), []);
  t.match(log.ranges(), [
    {
      ...{ firstAt: at, lastAt: at, transport: 'udp', prefix: token, times: 10_000, served: true },
      ports: '50000-50499,50501-59999',
      from: { address: '198.51.100.7' },
      to: { address: '10.45.16.30' },
    },
  ]);
  t.equal(log.portsServed('udp', '10.45.16.30').size, 9_999);
  t.ok(JSON.stringify(log.ranges()).length < 400);
});

t.test('connections on which nothing was said, refusals and other sweeps stand apart', async (t) => {
  const log = createRespondLog();
  log.note(portOf(50_000), true);
  log.note(portOf(50_001, { transaction: null, transport: 'tcp', protocol: 'nothing' }), true);
  log.note(portOf(50_002, { served: false }), true);
  log.note(portOf(50_003, { transaction: `ffffffffffff${'0'.repeat(12)}` }), true);
  log.note(portOf(50_004, { from: { address: '198.51.100.8', port: 1 } }), true);
  t.strictSame(
    log.ranges().map(({ ports, prefix, served }) => [ports, prefix, served]),
    [
      ['50000', token, true],
      ['50001', null, true],
      ['50002', token, false],
      ['50003', 'ffffffffffff', true],
      ['50004', token, true],
    ],
  );
});

t.test('a flood of strangers is bounded, and does not push out those we serve', async (t) => {
  const log = createRespondLog();
  const id = (n: number): string => n.toString(16).padStart(24, '0');
  for (let n = 0; n < 20_000; n++) {
    const from = { address: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, port: 7 };
    log.note(request({ from, served: false, signed: false, transaction: id(n) }), false);
    log.note(request({ from, served: false, signed: false, transaction: null, protocol: 'other' }), false);
    log.note(portOf(50_000, { from, served: false, transaction: id(n) }), true);
  }
  t.equal(log.heard().length, 6_000, '5,000 with an id, 1,000 without');
  t.equal(log.ranges().length, 128);
  t.equal(log.left(), 15_000 + 20_000 - 128, 'what had an id and was not kept');
  t.equal(log.sources().length, 4096);
  log.note(request(), false);
  log.note(portOf(50_001), true);
  t.equal(log.heard().filter(({ served }) => served).length, 1, 'a friend is kept');
  t.match(log.ranges().at(-1), { ports: '50001', served: true });
});

t.test('a flood of what is served is bounded, too, and said to be cut', async (t) => {
  const log = createRespondLog();
  for (let n = 0; n < 60_000; n++) log.note(request({ transaction: n.toString(16).padStart(24, '0') }), false);
  t.equal(log.heard().length, 50_000);
  t.equal(log.left(), 10_000);
});

t.test('what another process heard is taken in as if we had heard it', async (t) => {
  const [one, other] = [createRespondLog(), createRespondLog()];
  one.note(request(), false);
  one.note(portOf(50_000), true);
  other.note(request(), false);
  other.note(portOf(50_001, { at: later }), true);
  const told = other.drain();
  t.strictSame(other.drain(), { heard: [], ranges: [], left: 0 }, 'told once');
  one.absorb(JSON.parse(JSON.stringify(told)));
  t.match(one.heard(), [{ times: 2 }]);
  t.match(one.ranges(), [{ ports: '50000-50001', times: 2, firstAt: at, lastAt: later }]);
  t.match(one.sources(), [{ served: 4 }]);
  t.strictSame([...one.portsServed('udp', '10.45.16.30')].sort(), [3478, 50_000, 50_001]);
  one.absorb({ heard: [], ranges: [], left: 3 });
  t.equal(one.left(), 3);
});

t.test('the first and the last port there is', async (t) => {
  const book = openHeardPorts();
  const line = {
    at,
    transport: 'tcp',
    from: { address: 'a' },
    to: { address: 'b' },
    prefix: null,
    served: true,
  } as const;
  for (const port of [65_535, 1, 2, 8, 7, 16]) book.note({ ...line, port });
  t.equal(book.lines()[0]?.ports, '1-2,7-8,16,65535');
});

t.test('who is turned away is named at once, and once', async (t) => {
  const log = createRespondLog();
  const refusals = createRefusals();
  t.equal(refusals(log), '');
  const from = (address: string, served: boolean) =>
    log.note(request({ from: { address, port: 1 }, served, transaction: address }), false);
  from('198.51.100.7', true);
  from('198.51.100.7', false);
  t.equal(refusals(log), '', 'who is served and came too fast needs no --allow');
  from('203.0.113.50', false);
  from('2001:db8::50', false);
  t.match(
    refusals(log),
    /^refused, .*: 203\.0\.113\.50 at udp\/3478; --allow 203\.0\.113\.50\/32 would admit it\n.*::50\/128 /,
  );
  from('203.0.113.50', false);
  t.equal(refusals(log), '');
  for (let host = 0; host < 100; host++) from(`192.0.2.${host}`, false);
  const many = refusals(log).trimEnd().split('\n');
  t.equal(many.length, 19, 'eighteen more, and that there are more');
  t.match(many.at(-1), /more sources than these are named at the end/);
  from('192.0.2.200', false);
  t.equal(refusals(log), '');
});

t.test('the summary names ports in runs, and says where there were more', async (t) => {
  const log = createRespondLog();
  const came = (transport: 'tcp' | 'udp', ...ports: number[]): void => {
    for (const port of ports) log.note(request({ transport, to: { address: '10.45.16.30', port } }), false);
  };
  came('udp', 3478);
  came('tcp', 31502, 443, 31501, 31500, 443);
  const summary = (): string => summaryText({ bound: [] }, log);
  t.match(summary(), 'Asked by:\n  198.51.100.7 6 times: tcp/443,31500-31502 udp/3478\n');
  came('tcp', ...Array.from({ length: 20 }, (_, index) => 40_000 + 2 * index));
  t.match(summary(), /: tcp\/443,31500-31502,40000,.* udp\/3478 and more\n/);
});
