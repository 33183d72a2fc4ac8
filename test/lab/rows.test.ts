import t from 'tap';
import { needing } from '../require.ts';
import { dialAll, dialOf, rowOf } from './dial.ts';
import { labNeeds, startLab } from './lab.ts';

t.setTimeout(900_000);
const everything = needing(...labNeeds);

// What the far end of each row says in this lab once its packet got through; all other rows are answered with `open`.
const nobodyListens = [/-rtp-/];

for (const [pack, size] of [
  ['lync2013-edge-public', 37],
  ['lync2013-federation', 10],
] as const) {
  t.test(`the lab carries exactly the rows of ${pack}`, everything, async (t) => {
    const lab = await startLab({ pack });
    t.teardown(() => lab.close());
    t.equal(lab.rules.length, size);

    const heard = await dialAll(
      lab,
      lab.rules.map((row) => dialOf(lab, row)),
    );
    for (const [index, row] of lab.rules.entries()) {
      const expected = nobodyListens.some((pattern) => pattern.test(row.id)) ? 'refused' : 'open';
      t.equal(heard[index], expected, `${row.id} gets through`);
    }
    // Of rows that say the same, the first takes the packets of all.
    const counted = lab.counters();
    for (const row of lab.rules) {
      const packets = lab.sameFlow(row.id).reduce((sum, id) => sum + (counted.get(id) ?? 0), 0);
      t.ok(packets >= lab.sameFlow(row.id).length, `${row.id} was counted by its own row of the firewall`);
    }
    t.equal(counted.get('dropped'), 0, 'and nothing met the policy');

    const flows = new Set(lab.rules.map((row) => lab.sameFlow(row.id).join(' ')));
    for (const flow of flows) {
      const gone = flow.split(' ');
      lab.remove(gone);
      const dials = lab.rules.map((row) => dialOf(lab, row, gone.includes(row.id) ? 400 : undefined));
      const now = await dialAll(lab, dials);
      const changed = lab.rules.filter((_, index) => now[index] !== heard[index]).map((row) => row.id);
      t.strictSame(changed, gone, `without ${flow}`);
      const silent = lab.rules.filter((_, index) => now[index] === 'silent').map((row) => row.id);
      t.strictSame(silent, gone, 'and they are silent');
    }
    lab.restore();
    const again = await dialAll(
      lab,
      lab.rules.map((row) => dialOf(lab, row)),
    );
    t.strictSame(again, heard, 'restored');
  });
}

t.test('rows that say the same in two tables are one flow', everything, async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  t.strictSame(lab.sameFlow('external-xmpp-tcp-5269-in'), ['external-xmpp-tcp-5269-in', 'xmpp-xmpp-tcp-5269-in']);
  lab.remove(['external-xmpp-tcp-5269-in']);
  const row = rowOf(lab, 'external-xmpp-tcp-5269-in');
  t.strictSame(await dialAll(lab, [dialOf(lab, row)]), ['open'], 'one of the two is enough to let it through');
  lab.reject(['external-xmpp-tcp-5269-in'], 'reset');
  t.strictSame(await dialAll(lab, [dialOf(lab, row)]), ['open'], 'a refusal does not close what the other row allows');
  lab.remove(lab.sameFlow(row.id));
  t.strictSame(await dialAll(lab, [dialOf(lab, row, 400)]), ['silent']);
});

t.test('what no row allows is silent, in every direction', everything, async (t) => {
  const lab = await startLab();
  t.teardown(() => lab.close());
  const dial = (vantage: 'outside' | 'dmz' | 'inside', source: string, target: string, port: number) =>
    ({ vantage, source, target, port, transport: 'tcp', wait: 400 }) as const;
  const heard = await dialAll(lab, [
    dial('outside', '203.0.113.50', '131.107.155.30', 49_151),
    dial('outside', '203.0.113.50', '172.25.33.10', 5061),
    dial('outside', '203.0.113.50', '10.1.0.20', 5061),
    dial('inside', '10.1.0.20', '131.107.155.10', 5061),
    dial('inside', '10.1.0.20', '203.0.113.60', 5061),
    dial('dmz', '131.107.155.30', '203.0.113.60', 5061),
    dial('dmz', '172.25.33.10', '10.1.0.20', 443),
    dial('dmz', '131.107.155.10', '10.1.0.20', 5061),
  ]);
  t.strictSame(new Set(heard), new Set(['silent']));
  t.ok((lab.counters().get('dropped') ?? 0) >= 8, 'the firewalls dropped it');
});
