import t from 'tap';
import { askAlongside } from '../../agent/alongside.ts';
import { summarisePlan } from '../../agent/plan-summary.ts';
import { planText } from '../../agent/plan-text.ts';
import type { Resolver } from '../../agent/resolve.ts';
import { resolvePlan } from '../../agent/resolve.ts';
import type { Question } from '../../probes/probe.ts';
import { named } from './fake-run.ts';
import { seen, startedAt } from './fixtures.ts';
import { planOf, siteWith } from './two-nodes.ts';

const nobody: Resolver = async (host) => ({ kind: 'unresolved', code: 'no-such-name', message: `no ${host}` });

const ask = async (plan: ReturnType<typeof planOf>, controller = new AbortController()) => {
  const asked: Question[] = [];
  const settings = {
    deadline: 8,
    concurrency: 32,
    controlPort: 49151,
    clock: { now: () => startedAt, monotonic: () => 0, after: () => () => undefined },
    signal: controller.signal,
    resolver: nobody,
    ask: async (question: Question) => {
      asked.push(question);
      return seen('answered', { probe: question.probe });
    },
  };
  return { checks: await askAlongside(plan, settings, new Set([4, 6] as const)), asked };
};

t.test('the dmz asks the inbound rows too, beside the servers', async (t) => {
  const { checks, asked } = await ask(planOf({ vantage: 'dmz' }));
  const of = (rule: string) => checks.filter((one) => one.rule === rule);
  t.match(of('external-sip-tcp-5061-in'), [
    {
      pack: 'lync2013-edge-public',
      onHost: true,
      probe: 'sip',
      outcome: 'answered',
      target: { role: 'access-edge', name: 'edge1', address: '10.45.16.10', port: 5061 },
    },
    { onHost: false, target: { name: 'edge2', address: '10.45.16.11' } },
  ]);
  t.equal(of('internal-stun-udp-3478-in').length, 2, 'those of the internal interface as well');
  t.equal(of('external-sip-tcp-5061-out').length, 0, 'what the dmz asks for its verdict is asked there');
  t.notOk(
    checks.some(({ rule }) => rule.includes('50000')),
    'no range',
  );
  t.notOk(
    checks.some((one) => 'verdict' in one),
    'no verdict',
  );
  t.equal(new Set(asked.map(named)).size, asked.length, 'identical questions are asked once');
  t.ok(checks.length > asked.length, 'and told of for each row');
});

t.test('outside and inside ask what leaves the Edge, on their side of the firewall', async (t) => {
  const askedOf = async (vantage: 'outside' | 'inside') =>
    [...new Set((await ask(planOf({ vantage }))).checks.map(({ rule, target }) => `${rule} ${target.name}`))].sort();
  const outside = await askedOf('outside');
  t.ok(outside.includes('external-sip-tcp-5061-out sip') && outside.includes('external-stun-udp-3478-out av'));
  t.notOk(outside.some((one) => one.startsWith('internal-')));
  t.strictSame(await askedOf('inside'), ['internal-sip-tcp-5061-out dir1', 'internal-sip-tcp-5061-out fe1']);
  const bound = siteWith('vantages: { outside: { bind: { any: 203.0.113.50 } } }\n');
  const { asked } = await ask(planOf({ site: bound, only: ({ id }) => id === 'external-sip-tcp-5061-out' }));
  t.match(asked, [{ source: { address: '203.0.113.50' }, target: { address: '198.51.100.1', port: 5061 } }]);
});

t.test('only what was wanted, and not after an end', async (t) => {
  t.equal(planOf({ only: ({ id }) => id === 'external-sip-tcp-443-in' }).alongside, undefined);
  const some = planOf({ vantage: 'dmz', only: ({ id }) => id === 'external-sip-tcp-443-in' });
  t.strictSame((await ask(some)).asked.map(named), ['sip 10.45.16.10:443', 'sip 10.45.16.11:443']);
  t.equal(planOf({ vantage: 'dmz', only: ({ id }) => id.endsWith('-out') }).alongside, undefined);
  const controller = new AbortController();
  controller.abort();
  t.strictSame((await ask(planOf({ vantage: 'dmz' }), controller)).checks, []);
  const site = siteWith('', { 'address: 10.45.16.11, publicAddress': 'address: edge2.contoso.com, publicAddress' });
  const named2 = await ask(planOf({ site, vantage: 'dmz', only: ({ id }) => id === 'external-sip-tcp-443-in' }));
  t.strictSame(
    named2.checks.map(({ target }) => target.name),
    ['edge1'],
    'a name without an address is not asked',
  );
});

t.test('a plan says so, and counts it', async (t) => {
  const plan = planOf({ vantage: 'dmz' });
  const { alongside, ...bare } = plan;
  const summary = async (one: typeof plan) =>
    summarisePlan(one, await resolvePlan(one, nobody, new Set([4, 6] as const)));
  const [full, less] = [await summary(plan), await summary(bare)];
  t.ok(alongside !== undefined && full.alongside.includes('sip tcp 10.45.16.11:5061'));
  t.ok(full.total.most > less.total.most && full.total.least > less.total.least, 'they cost packets');
  t.match(
    planText(full, { host: [], names: 'none', columns: 200 }),
    /\nbeside {5}\d+ inbound questions from the dmz too, without a verdict: .*sip tcp 10\.45\.16\.10:5061/,
  );
  t.notMatch(planText(less, { host: [], names: 'none', columns: 200 }), /\nbeside/);
});
