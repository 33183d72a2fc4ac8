import t from 'tap';
import { readPack } from '../../agent/packs.ts';
import { makePlan } from '../../agent/plan.ts';
import { planCsv } from '../../agent/plan-csv.ts';
import { planNotice } from '../../agent/plan-notice.ts';
import { type PlanSummary, summarisePlan } from '../../agent/plan-summary.ts';
import { resolvePlan } from '../../agent/resolve.ts';
import { parseSite } from '../../agent/site.ts';
import type { Vantage } from '../../agent/site-roles.ts';
import { siteText, startedAt } from './fixtures.ts';

const summaryOf = async (vantage: Vantage, packs: readonly string[], text = siteText): Promise<PlanSummary> => {
  const site = parseSite(text, 'contoso.yaml', startedAt);
  const rules = packs.flatMap((pack) => readPack(pack, '.').rules);
  const owned = new Set(['131.107.155.10', '131.107.155.30']);
  const plan = makePlan({ site, vantage, place: vantage, rules, owned });
  const names = async (host: string) => ({ kind: 'addresses' as const, addresses: [host] });
  return summarisePlan(plan, await resolvePlan(plan, names, new Set([4, 6])));
};

const look = {
  ...{ version: '0.1.0', hostName: 'jump-ext-01', host: ['203.0.113.50 (eth0)'], columns: 100 },
  note: 'CHG4711, netops +41 44 555 01 02',
};

t.test(
  'the notice says who, from where, to where, when, how much, what it looks like, and how to stop it',
  async (t) => {
    const summary = await summaryOf('outside', ['lync2013-edge-public', 'strict']);
    const text = planNotice(summary, look);
    t.match(text, /^Notice of a check of firewall rules: contoso, from outside\n/);
    for (const label of [
      'what',
      'who',
      'from',
      'when',
      'how much',
      'to',
      'controls',
      'looks like',
      'alarms',
      'to stop it',
    ])
      t.match(text, new RegExp(`^${label} +\\S`, 'm'), label);
    t.match(text, /CHG4711/);
    t.match(text, /203\.0\.113\.50/);
    for (const { address } of summary.questions) t.ok(text.includes(address), address);
    t.match(text, /tcp\/1-65535 \(\d+ ports of it\)/);
    t.match(text, /at most 500 new connections a\s+second/);
    t.match(text, /User-Agent edgeprobe/);
    t.match(text, /port scan/);
    t.match(text, /ports that must be shut/);
    t.ok(
      text.split('\n').every((line) => line.length <= 100 && line === line.trimEnd()),
      'in the columns given',
    );
  },
);

t.test('what a note brings stays in its line, and no note is asked for one', async (t) => {
  const summary = await summaryOf('outside', ['lync2013-edge-public']);
  t.match(planNotice(summary, { ...look, note: null }), /^who +name a contact and a ticket with --note$/m);
  const hostile = planNotice(summary, { ...look, note: 'a\u001b[2Jb\nwho         mallory' });
  t.notMatch(hostile, /\u001b/);
  t.equal(hostile.split('\n').filter((line) => line.startsWith('who ')).length, 1);
  t.notMatch(planNotice(summary, look), /must be shut/, 'only what is asked');
});

const cellsOf = (csv: string): string[][] =>
  csv
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));

t.test('CSV: one line per flow, as the rule of the firewall has it', async (t) => {
  const summary = await summaryOf(
    'dmz',
    ['lync2013-edge-public', 'derived'],
    siteText.replace('as: [', 'sweep: true, as: ['),
  );
  const [head = [], ...lines] = cellsOf(planCsv(summary));
  t.equal(lines.length, summary.questions.length);
  t.ok(lines.every((line) => line.length === head.length));
  const named = lines.map((line) => Object.fromEntries(head.map((name, index) => [name, line[index]])));
  t.match(
    named.find(({ rules }) => rules === 'external-sip-tcp-5061-out federation-sip-tcp-5061-out'),
    {
      ...{ site: 'contoso', asked_from: 'dmz', from: 'access-edge', source: '131.107.155.10', source_ports: 'any' },
      ...{ to: 'sip-partner', node: 'litware', destination: '198.51.100.80', transport: 'tcp', ports: '5061' },
      ...{ protocol: 'SIP', security: 'mtls', expect: 'reachable', tested_from: '131.107.155.10' },
    },
  );
  t.match(
    named.find(({ rules }) => rules === 'external-rtp-tcp-50000-59999-to-443-out'),
    { source: '131.107.155.30', source_ports: '50000-59999', ports: '443' },
  );
});

t.test('inbound rows are for everybody, and what must be shut says so', async (t) => {
  const [head = [], ...lines] = cellsOf(planCsv(await summaryOf('outside', ['strict'])));
  const at = (line: string[] | undefined, name: string) => line?.[head.indexOf(name)];
  const [first] = lines;
  t.same(
    ['from', 'source', 'expect', 'rules', 'ports'].map((name) => at(first, name)),
    ['any', 'any', 'blocked', 'external-https-tcp-4443-in', '4443'],
  );
});

t.test('no cell is a formula', async (t) => {
  const summary = await summaryOf('outside', ['lync2013-edge-public']);
  const [first] = summary.questions;
  if (first === undefined) throw new Error('nothing planned');
  const csv = planCsv({ ...summary, questions: [{ ...first, address: '=cmd', name: '@x', role: '-1+2' }] });
  t.match(csv, /,'-1\+2,'@x,'=cmd,/);
});
