import t from 'tap';
import { planAgain } from '../../agent/again.ts';
import { askHairpins } from '../../agent/ask-hairpins.ts';
import { diagnose } from '../../agent/diagnose.ts';
import { judgeRun } from '../../agent/judge.ts';
import { planNotice } from '../../agent/plan-notice.ts';
import { summarisePlan } from '../../agent/plan-summary.ts';
import { planText } from '../../agent/plan-text.ts';
import { type Resolver, resolvePlan } from '../../agent/resolve.ts';
import type { RunResult } from '../../agent/run.ts';
import type { Outcome } from '../../probes/observation.ts';
import type { Question } from '../../probes/probe.ts';
import { control, judged, seen, silent, startedAt } from './fixtures.ts';
import { planOf, siteWith } from './two-nodes.ts';

const [own, other] = ['131.107.155.30', '131.107.155.31'];

const resolver = async () => ({ kind: 'addresses', addresses: [] }) as const;

const nat = (more: Parameters<typeof planOf>[0] = {}) =>
  planOf({ vantage: 'dmz', packs: ['lync2013-edge-nat'], ...more });

const inWords = ({
  transport,
  source,
  name,
  published,
  port,
}: NonNullable<ReturnType<typeof nat>['hairpins']>[number]) => `${transport} ${source} ${name} ${published}:${port}`;

const planned = (more: Parameters<typeof planOf>[0] = {}): string[] => (nat(more).hairpins ?? []).map(inWords).sort();

const all = [
  'tcp 10.45.16.30 edge1 131.107.155.30:443',
  'tcp 10.45.16.30 edge2 131.107.155.31:443',
  'udp 10.45.16.30 edge1 131.107.155.30:3478',
  'udp 10.45.16.30 edge2 131.107.155.31:3478',
];

t.test('from the own address of the A/V Edge to every published one of the pool, each once', async (t) => {
  t.strictSame(planned(), all);
  const only = (id: string) => planned({ only: (rule) => rule.id === id });
  t.strictSame(only('external-stun-tcp-443-in'), all.slice(0, 2), 'for the row that comes in');
  t.strictSame(only('external-stun-udp-3478-out'), all.slice(2), 'and for the one that leaves');
  t.strictSame(only('external-sip-tcp-5061-in'), []);
  t.strictSame(planned({ site: siteWith('', { 'as: [av-partner]': 'as: [dns-server]' }) }), all);
});

t.test('nothing where nothing is translated, or no A/V Edge is here', async (t) => {
  t.strictSame(planned({ vantage: 'outside' }), []);
  t.strictSame(planned({ owned: new Set(['10.45.16.10']) }), [], 'no address of an A/V Edge');
  t.strictSame(planned({ site: siteWith('vantages: { dmz: { bind: { av-edge: 10.45.16.99 } } }\n') }), []);
  const named = siteWith('', { 'publicAddress: 131.107.155.31': 'publicAddress: av.contoso.com' });
  const behindName = ['tcp 10.45.16.30 edge2 av.contoso.com:443', 'udp 10.45.16.30 edge2 av.contoso.com:3478'];
  t.strictSame(
    planned({ site: named }),
    [all[0], behindName[0], all[2], behindName[1]],
    'a name is resolved when it is asked',
  );
  const bare = siteWith('', { ', publicAddress: 131.107.155.30': '', ', publicAddress: 131.107.155.31': '' });
  t.equal(nat({ site: bare }).hairpins, undefined);
  const moved = siteWith('', { '10.45.16.31,': '10.45.16.31, ports: { "3478": "13478" },' });
  t.ok(planned({ site: moved }).includes('udp 10.45.16.30 edge2 131.107.155.31:13478'), 'the ports of the site file');
});

/** Asks with answers from memory, by address; where nothing is said, there is an answer. */
const ask = async (
  answers: Readonly<Record<string, Outcome>>,
  controls: RunResult['controls'] = [],
  plan = nat(),
  resolved: Resolver = resolver,
) => {
  const asked: Question[] = [];
  const missing = await askHairpins(
    plan.hairpins ?? [],
    { controls },
    {
      ...{ deadline: 8, concurrency: 4, controlPort: 49151, signal: new AbortController().signal, resolver: resolved },
      clock: { now: () => startedAt, monotonic: () => 0, after: () => () => undefined },
      ask: async (question) => {
        asked.push(question);
        const outcome = answers[question.target.address] ?? 'answered';
        return outcome === 'filtered' ? silent({ probe: 'stun' }) : seen(outcome, { probe: 'stun' });
      },
    },
  );
  return { plan, asked, missing };
};

t.test('silence or refusal counts only where the A/V Edge answers the same at its own address', async (t) => {
  const told = async (answers: Readonly<Record<string, Outcome>>) =>
    (await ask(answers)).missing.map(({ hairpin }) => inWords(hairpin)).sort();
  t.strictSame(await told({}), []);
  for (const outcome of ['filtered', 'closed', 'unreachable'] as const)
    t.strictSame(await told({ [own]: outcome }), [all[0], all[2]], outcome);
  for (const outcome of ['unasked', 'open'] as const) t.strictSame(await told({ [own]: outcome }), [], outcome);
  t.strictSame(await told({ [own]: 'filtered', [other]: 'closed' }), all);
  const { asked, missing } = await ask({ '10.45.16.31': 'closed', [other]: 'filtered' });
  t.strictSame(missing, [], 'the other A/V Edge is mute itself');
  t.notOk(
    asked.some(({ target }) => target.address === other),
    'so its published address is not asked',
  );
  t.ok(asked.length === 6 && asked.every(({ source }) => source.address === '10.45.16.30'));
  const blind = await ask({ [own]: 'filtered' }, [control('vantage', '203.0.113.53', 'filtered')]);
  t.strictSame([blind.missing, blind.asked], [[], []], 'who is blind claims nothing');
});

t.test('the finding stands at the rows of A/V that are asked here, else at the run; no verdict changes', async (t) => {
  const { plan, missing } = await ask({ [own]: 'filtered' });
  const rules = await resolvePlan(plan, resolver, new Set([4]));
  const { result } = judged([]);
  const opinions = judgeRun(plan, rules, result, 8);
  const { byRule, ofRun } = diagnose(plan, opinions, result, { self: null, names: [], hairpins: missing });
  const found = [...byRule].flatMap(([{ rule }, findings]) =>
    findings.filter(({ code }) => code === 'hairpin-missing').map((one) => ({ id: rule.id, ...one })),
  );
  t.match(found, [
    {
      id: 'external-stun-udp-3478-out',
      severity: 'warning',
      target: 'edge1 131.107.155.30:3478',
      message: [
        'udp 10.45.16.30:51234, 51235, 51236 to 131.107.155.30:3478 is filtered',
        '(2026-11-20 20:04:11.207Z to 20:04:15.211Z),',
        'and 10.45.16.30:3478 answers 10.45.16.30 the same question in 12 ms',
      ].join(' '),
      remedy: /hairpin NAT/,
    },
    { id: 'external-stun-tcp-443-out', target: 'edge1 131.107.155.30:443', message: /^tcp 10\.45\.16\.30:/ },
    { id: 'public-im-stun-udp-3478-out' },
  ]);
  t.equal(found.length, 3);
  t.notOk(ofRun.some(({ code }) => code === 'hairpin-missing'));
  const none = diagnose(plan, [], result, { self: null, names: [], hairpins: missing });
  t.match(none.ofRun, [{ code: 'hairpin-missing' }, { code: 'hairpin-missing' }]);
});

t.test('a plan says so and counts it; asked again with the rows concerned', async (t) => {
  const plan = nat();
  const { hairpins: _, ...without } = plan;
  const summary = async (one: typeof plan) => summarisePlan(one, await resolvePlan(one, resolver, new Set([4])));
  const [full, less] = [await summary(plan), await summary(without)];
  t.ok(full.hairpins.includes('stun 10.45.16.30 to 131.107.155.30:443'));
  t.equal(full.hairpins.length, all.length);
  t.ok(full.total.most > less.total.most && full.total.least > less.total.least, 'they cost packets');
  const text = planText(full, { host: [], names: 'none', columns: 200 });
  t.match(text, /\nhairpin {4}published addresses of the A\/V Edges.*stun 10\.45\.16\.30 to 131\.107\.155\.31:3478/);
  t.notMatch(planText(less, { host: [], names: 'none', columns: 200 }), /\nhairpin/);
  const look = { version: '0.1.0', hostName: 'dmz-7', host: [], note: null, columns: 100 };
  t.match(planNotice(full, look), /\nhairpin +stun 10\.45\.16\.30 to/);

  const { report } = judged([]);
  const rules = plan.rules.map(({ rule }) => ({ ...rule, rule: rule.id, verdict: 'pass', checks: [], findings: [] }));
  const before = { ...report, rules } as unknown as typeof report;
  const again = (...ids: string[]) => planAgain(plan, before, new Set(ids.map((id) => `lync2013-edge-nat/${id}`)));
  const udp = again('external-stun-udp-3478-out').hairpins ?? [];
  t.ok(udp.some(({ transport }) => transport === 'udp'));
  t.strictSame(again('external-sip-tcp-5061-out').hairpins, []);
});

t.test('a published name: its addresses outside are asked, and those of the DMZ itself are none of them', async (t) => {
  const plan = nat({ site: siteWith('', { 'publicAddress: 131.107.155.31': 'publicAddress: av.contoso.com' }) });
  const from = async (...addresses: string[]): Promise<string[]> => {
    const answers = { [other]: 'filtered', '203.0.113.31': 'filtered' } as const;
    const { missing } = await ask(answers, [], plan, async () => ({ kind: 'addresses', addresses }));
    return missing.map(({ hairpin }) => `${hairpin.transport} ${hairpin.name} ${hairpin.published}`).sort();
  };
  t.strictSame(await from(other), [`tcp edge2 ${other}`, `udp edge2 ${other}`]);
  t.strictSame(await from('10.45.16.31', '10.45.16.30'), [], 'split DNS: own addresses are no hairpin');
  t.strictSame(await from('2001:db8::31'), [], 'of another family');
  t.strictSame(await from('203.0.113.31', '10.45.16.31'), ['tcp edge2 203.0.113.31', 'udp edge2 203.0.113.31']);
  const failed: Resolver = async () => ({ kind: 'unresolved', code: 'no-such-name', message: 'none' });
  const { asked, missing } = await ask({}, [], plan, failed);
  t.strictSame(missing, []);
  t.notOk(
    asked.some(({ target }) => target.address === 'av.contoso.com'),
    'no name is dialled',
  );
});
