import t from 'tap';
import { alignColumns } from '../../agent/columns.ts';
import { summarisePlan } from '../../agent/plan-summary.ts';
import { planText } from '../../agent/plan-text.ts';
import { resolvePlan } from '../../agent/resolve.ts';
import { planOf, siteWith } from './two-nodes.ts';

const textOf = async (
  given: Parameters<typeof planOf>[0],
  host: readonly string[] = ['203.0.113.50 (eth0)'],
  resolved = true,
  columns = 200,
): Promise<string> => {
  const plan = planOf(given);
  const rules = await resolvePlan(plan, async (name) => ({ kind: 'addresses', addresses: [name] }), new Set([4, 6]));
  return planText(summarisePlan(plan, rules), { host, names: resolved ? 'none' : 'kept', columns });
};

const ids = /^external-(sip-tcp-443|rtp-tcp-50000-59999)-in$/;

t.test('points, then ranges, then the sums', async (t) => {
  const text = await textOf({ only: ({ id }) => ids.test(id) });
  const lines = text.split('\n');
  t.match(lines[0], /^contoso · outside · lync2013-edge-public · config [0-9a-f]{8} · nothing was sent$/);
  const at = (start: string): number => lines.findIndex((line) => line.startsWith(start));
  const order = [
    '#',
    'single ports first',
    '1 ',
    '2 ',
    'ranges last',
    '3 ',
    '4 ',
    'and one row',
    'controls',
    'this host',
    'states',
    'time',
    'packets',
  ];
  const found = order.map(at);
  t.strictSame(
    found,
    [...found].sort((a, b) => a - b),
    'in this order',
  );
  t.notOk(found.includes(-1), 'all there');
  t.match(
    lines[at('1 ')],
    /SIP tls tcp\/443\s+sip\s+any address\s+access-edge edge1\s+131\.107\.155\.10:443\s+reachable/,
  );
  t.match(lines[at('3 ')], /RTP tcp\/50000-59999\s+tcp\s+any address\s+av-edge edge1\s+131\.107\.155\.30:50000-59999/);
  t.match(lines[at('ranges last')], /500 new connections a second/);
  t.match(lines[at('packets')], /[\d,]+\.\.[\d,]+$/);
  t.ok(
    lines.every((line) => line === line.trimEnd()),
    'no blanks at the end of a line',
  );
  t.notMatch(text, /undefined|NaN|names {6}stand/);
});

t.test('no ranges, no limit, no address, names left as they are, rows not asked', async (t) => {
  const site = siteWith('sweep: { rate: 0 }\n', { 'features: all': 'features: [av]' });
  const text = await textOf({ site, only: ({ id }) => id.startsWith('external-sip') }, [], false);
  t.notMatch(text, /ranges last|shunned|single ports first/);
  t.match(text, /this host {2}has only loopback addresses/);
  t.match(text, /names {6}stand as names: --resolve asks the resolver/);
  t.match(text, /not asked\n {2}1 row, not-required: needed for remote-users, .*\n {4}external-sip-tcp-443-in\n/);
  const ranges = await textOf({ site: siteWith('sweep: { rate: 0 }\n'), only: ({ id }) => ids.test(id) });
  t.match(ranges, /no limit on new connections/);
});

t.test('columns', async (t) => {
  t.equal(alignColumns([]), '');
  t.equal(alignColumns([['a', 'bbb', 'c'], ['aaa', 'b', ''], ['x']]), 'a    bbb  c\naaa  b\nx\n');
});

t.test('a range of which only a sample is asked says so, and why', async (t) => {
  const text = await textOf({ only: ({ id }) => id === 'external-rtp-udp-50000-59999-in' });
  t.match(text, /^RTP udp\/50000-59999 of edge1: 16 ports only, because nobody can answer there; a responder/m);
  const whole = await textOf({ only: ({ id }) => id === 'external-rtp-tcp-50000-59999-in' });
  t.notMatch(whole, /ports only/);
});

t.test('no line is wider than the terminal', async (t) => {
  for (const columns of [80, 100, 140, 200]) {
    const text = await textOf({}, ['203.0.113.50 (eth0)'], true, columns);
    const wide = text.split('\n').filter((line) => line.length > columns);
    t.strictSame(wide, [], `${columns} columns`);
  }
  const narrow = await textOf({ only: ({ id }) => ids.test(id) }, [], true, 80);
  t.match(narrow, /^1 .*SIP tls tcp\/443.*\n {5}any address → access-edge edge1 131\.107\.155\.10:443$/m);
});
