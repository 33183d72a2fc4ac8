import t from 'tap';
import { xmppOneWay } from '../../agent/diagnose-across.ts';
import type { MergedRow } from '../../agent/merge-rows.ts';
import { row } from './fixtures.ts';

type Came = Partial<Pick<MergedRow, 'verdict' | 'because' | 'expect'>>;

const merged = (id: string, came: Came): MergedRow => {
  const { pack, id: rule, table, protocol, security, transport, ports, from, to } = row(id);
  return {
    ...{ pack, rule, table, protocol, security, transport, ports, from, to },
    ...{ expect: 'reachable', verdict: 'pass', because: 'answered', path: 'open', explain: '', waiver: null },
    ...{ places: [], history: [], ...came },
  };
};

const inwards = (came: Came): MergedRow => merged('external-xmpp-tcp-5269-in', came);
const outwards = (came: Came): MergedRow => merged('external-xmpp-tcp-5269-out', came);

const pass: Came = {};
const lost: Came = { verdict: 'fail', because: 'filtered' };
const unknown: Came = { verdict: 'unknown', because: 'prober-blind' };

const told = (rows: readonly MergedRow[]): string[] =>
  xmppOneWay(rows).map(({ finding: { code, message } }) => `${code}: ${message}`);

t.test('XMPP in one direction only', async (t) => {
  t.same(told([inwards(pass), outwards(pass)]), []);
  t.same(told([inwards(pass), outwards(lost)]), [
    'xmpp-one-way: partners reach us, and our streams do not reach them (filtered)',
  ]);
  t.same(told([inwards(lost), outwards(pass)]), [
    'xmpp-one-way: our streams reach partners, and theirs do not reach us (filtered)',
  ]);
  t.same(told([inwards(lost), outwards(lost)]), [], 'neither direction is another matter');
  t.same(told([inwards(pass)]), [], 'one direction alone says nothing of the other');
  t.same(told([inwards(pass), outwards(unknown)]), [], 'silence that was not earned is not closed');
  t.same(told([inwards({ ...lost, expect: 'blocked' }), outwards(pass)]), [], 'nobody wants it');
  t.same(told([inwards(pass), outwards(lost), { ...outwards(pass), pack: 'other' }]), [], 'open in another pack');
  const federation = merged('internal-xmpp-tcp-23456-in', lost);
  t.same(told([federation, outwards(pass)]), [], 'the inner leg is no direction of federation');
});

t.test('the finding names the rows it stands on', async (t) => {
  const rows = [inwards(pass), outwards(lost)];
  t.same(xmppOneWay(rows)[0]?.rows, rows);
  t.equal(xmppOneWay(rows)[0]?.finding.severity, 'warning');
});
