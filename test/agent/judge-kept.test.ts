import t from 'tap';
import type { ControlResult } from '../../agent/controls.ts';
import { judgeRun } from '../../agent/judge.ts';
import type { Plan } from '../../agent/plan.ts';
import { resolvePlan } from '../../agent/resolve.ts';
import { distinctQuestions, type RunResult } from '../../agent/run.ts';
import { parseSite } from '../../agent/site.ts';
import type { Observation } from '../../probes/observation.ts';
import { control, seen, startedAt, sweepFacts } from './fixtures.ts';
import { planOf } from './two-nodes.ts';

const deadline = 8;
const av = '131.107.155.30';

const siteText = `site: contoso
features: all
servers:
  edge1:
    access-edge: { address: 131.107.155.10, fqdn: sip.contoso.com, sipDomain: contoso.com, xmppDomain: contoso.com }
    av-edge: { address: ${av} }
expect:
  - { to: av-edge, ports: "443", vantage: outside, expect: blocked }
`;

/** A plan and its checks: the same objects for every run of an agent. */
const asked = async (more = '') => {
  const plan = planOf({ site: parseSite(siteText + more, '/etc/site.yaml', startedAt) });
  const rules = await resolvePlan(plan, async () => Promise.reject(new Error('no names here')), new Set([4]));
  return { plan, rules, keys: [...distinctQuestions(rules, deadline)] };
};
type Asked = Awaited<ReturnType<typeof asked>>;

/** What is different in a run: what was seen of a port of the A/V address, and the controls. */
interface Difference {
  readonly at?: Readonly<Record<string, Observation>>;
  readonly controls?: readonly ControlResult[];
  readonly startedAt?: Date;
}

const silence = seen('filtered', { code: 'timeout' });
const swept = seen('filtered', { code: 'timeout', facts: sweepFacts([[50_000, 59_999, 'filtered']]) });

const runOf = ({ keys }: Asked, { at = {}, controls = [], startedAt: from = startedAt }: Difference): RunResult => ({
  ...{ startedAt: from, finishedAt: from, seconds: 1, interrupted: false, controls },
  observations: new Map(
    keys.flatMap(([key, { question }]) => {
      const { target, transport } = question;
      const name = `${target.address === av ? 'av' : 'access'} ${transport}/${target.port}`;
      const usual = target.lastPort > target.port ? swept : silence;
      return name === 'access tcp/5269' ? [] : [[key, at[name] ?? usual] as const];
    }),
  ),
});

const opinions = (plan: Plan, of: Asked, run: RunResult) =>
  judgeRun(plan, of.rules, run, deadline).flatMap(({ rule, checks }) =>
    checks.map(({ check, observation, evidence, judgement, known, controlPort }) => ({
      ...{
        rule: rule.id,
        address: check.address,
        at: observation.startedAt,
        evidence,
        ...judgement,
        known,
        controlPort,
      },
    })),
  );

const differences: Readonly<Record<string, Difference>> = {
  nothing: {},
  'a row answers': { at: { 'av udp/3478': seen('answered') } },
  'a row is refused': { at: { 'av tcp/443': seen('closed', { code: 'refused' }) } },
  'a blind vantage': { controls: [control('vantage', '203.0.113.53', 'filtered')] },
  'a control port that opens': { controls: [control('port', av, 'open')] },
  'a control port that is silent': { controls: [control('port', av, 'filtered')] },
  'a sweep that got us shunned': { controls: [control('repeat', av, 'filtered', { asExpected: false })] },
  'another start': { startedAt: new Date(startedAt.getTime() + 60_000) },
};

t.test('what was judged before changes no opinion: each is that of somebody who comes anew', async (t) => {
  const old = await asked();
  const fresh = new Map<string, string>();
  for (const [name, difference] of Object.entries(differences)) {
    const one = await asked();
    fresh.set(name, JSON.stringify(opinions(one.plan, one, runOf(one, difference))));
  }
  t.equal(new Set(fresh.values()).size, fresh.size, 'each of these differences makes one');
  for (const [before, first] of Object.entries(differences)) {
    for (const [after, second] of Object.entries(differences)) {
      opinions(old.plan, old, runOf(old, first));
      t.equal(
        JSON.stringify(opinions(old.plan, old, runOf(old, second))),
        fresh.get(after),
        `${before}, then ${after}`,
      );
    }
  }
  const trusting = { ...old.plan, site: { ...old.plan.site, sweep: { ...old.plan.site.sweep, trustResets: true } } };
  t.ok(opinions(trusting, old, runOf(old, {})).every(({ known }) => known.trustResets));
});

t.test('what rests on the same is the same opinion: not made anew', async (t) => {
  const old = await asked();
  const first = judgeRun(old.plan, old.rules, runOf(old, {}), deadline).flatMap(({ checks }) => checks);
  const changed = runOf(old, { at: { 'av udp/3478': seen('answered') } });
  const next = judgeRun(old.plan, old.rules, changed, deadline).flatMap(({ checks }) => checks);
  const kept = next.filter((one) => first.includes(one));
  t.ok(kept.length > 0);
  t.ok(kept.every(({ check }) => check.address !== av));
  t.ok(next.filter(({ check }) => check.address !== av).every((one) => kept.includes(one)));
});
