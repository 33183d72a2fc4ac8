import { appendFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { readPack } from '../../../agent/packs.ts';
import { edgeNodes } from '../addresses.ts';
import { sameFlow } from '../firewall.ts';
import { type Mutation, mutationRules, mutations } from '../firewall-mutations.ts';
import { casesOf, keyOf, rowsBeside } from './cases.ts';
import type { Result } from './result.ts';
import { summaryText } from './summary.ts';
import { appendTable, keysOf, readTable } from './table.ts';

const line: Result = {
  ...{ pack: 'p', vantage: 'outside', row: 'r', how: 'drop', verdict: 'fail', because: 'filtered', errors: '' },
  ...{ result: 'caught', others: '', blamed: 'right', deduction: 'request-dropped', seconds: '2.1' },
};

const { rules } = readPack('lync2013-edge-public', '.');
const nodes = edgeNodes(1);
const lab = {
  rules,
  nodes,
  sameFlow: (id: string) => {
    const row = rules.find((one) => one.id === id);
    return row === undefined ? [] : sameFlow(row, rules, nodes);
  },
};

t.test('a table that was interrupted is read on from its last whole line', async (t) => {
  const file = path.join(t.testdir(), 'sub', 'results.csv');
  t.strictSame(readTable(file), []);
  appendTable(file, [line, { ...line, how: 'reset', others: 'a: fail x, "y"; b: fail' }]);
  appendFileSync(file, 'p,outside,r,ic');
  const read = readTable(file);
  t.strictSame(read, [line, { ...line, how: 'reset', others: 'a: fail x   y ; b: fail' }]);
  t.strictSame([...keysOf(read)], [keyOf('p', 'r', 'drop'), keyOf('p', 'r', 'reset')]);
});

t.test('each flow once in each way that is possible; rows that share a flow change together', async (t) => {
  const asked = ['external-sip-tcp-443-in', 'public-im-sip-tcp-443-in', 'external-rtp-udp-50000-59999-in'];
  const cases = casesOf(lab, 'lync2013-edge-public', 'outside', asked, mutations);
  t.strictSame(
    cases.map(({ rows, how }) => `${rows.length} ${how}`),
    [
      ...['1 drop', '1 reset', '1 icmp', '1 one-way', '1 nat-idle', '1 nat-answering'].map((one) =>
        one.replace('1', '2'),
      ),
      ...['1 drop', '1 reset', '1 icmp', '1 one-way', '1 half', '1 nat-idle'],
    ],
  );
  const [first] = cases;
  if (first === undefined) throw new Error('no case');
  t.strictSame(rowsBeside(first, [...asked, 'external-stun-tcp-443-in']), [
    'external-sip-tcp-443-in',
    'public-im-sip-tcp-443-in',
    'external-stun-tcp-443-in',
  ]);
});

t.test('what the firewalls are told', async (t) => {
  const of = (id: string, how: Mutation, firewall: 'fwext' | 'fwint' = 'fwext', behind = nodes): string => {
    const row = rules.find((one) => one.id === id);
    if (row === undefined) throw new Error(id);
    return mutationRules(firewall, [{ row, how }], behind, 50_099);
  };
  const inward = 'iifname "outside" oifname "dmz" ip daddr { 131.107.155.10 } tcp dport 443-443';
  t.match(of('external-sip-tcp-443-in', 'drop'), `${inward} counter drop`);
  t.match(of('external-sip-tcp-443-in', 'reset'), `${inward} counter reject with tcp reset`);
  t.match(
    of('external-sip-tcp-443-in', 'one-way'),
    'iifname "dmz" oifname "outside" ip saddr { 131.107.155.10 } tcp sport 443-443 counter drop',
  );
  t.match(of('external-rtp-udp-50000-59999-in', 'half'), 'udp dport 50050-59999 counter drop');
  t.match(
    of('external-sip-tcp-443-in', 'nat-answering', 'fwext', edgeNodes(1, true)),
    'iifname "outside" ip daddr { 131.107.155.10 } tcp dport 443-443 counter meta mark set 0x6d75 dnat to 10.45.16.30',
    'the published address is dialled, a private one is behind it',
  );
  t.match(of('internal-sip-tcp-5061-out', 'nat-idle', 'fwint'), 'iifname "dmz" ip saddr { 172.25.33.10 }');
  t.notMatch(of('internal-sip-tcp-5061-out', 'drop', 'fwext'), 'counter', "nothing in the other firewall's rows");
});

t.test('the summary counts, and lists what is not as one would wish', async (t) => {
  const text = summaryText([
    line,
    {
      ...line,
      how: 'reset',
      verdict: 'unknown',
      because: 'far-side-not-listening',
      result: 'unknown',
      blamed: 'nobody',
    },
    { ...line, how: 'icmp', verdict: 'pass', because: 'answered', result: 'missed', others: 'x: fail filtered' },
  ]);
  t.match(text, '| drop | 1 | 1 | 0 | 0 | 0 | 1 | 0 |');
  t.match(text, '| all | 3 | 1 | 1 | 1 | 1 | 2 | 0 |');
  t.match(text, /\| far-side-not-listening \| reset \| 1 \| a reset from the address of a host that is not ours/);
  t.match(text, '- p `r` icmp: pass answered');
  t.match(text, '- p `r` icmp: x: fail filtered');
  t.match(summaryText([{ ...line, result: 'unknown', because: 'new' }]), 'NOT EXPLAINED');
});
