import t from 'tap';
import { type JudgedCheck, type JudgedRule, judgeRun } from '../../agent/judge.ts';
import { readPack } from '../../agent/packs.ts';
import { makePlan } from '../../agent/plan.ts';
import { questionKey } from '../../agent/question.ts';
import { makeReport, type Report } from '../../agent/report.ts';
import { resolvePlan } from '../../agent/resolve.ts';
import { distinctQuestions } from '../../agent/run.ts';
import { parseSite } from '../../agent/site.ts';
import type { Observation } from '../../probes/observation.ts';
import { seen, startedAt } from './fixtures.ts';

const deadline = 8;

const siteOf = (servers: number): string => {
  const lines = Array.from(
    { length: servers },
    (_, n) => `  edge${n}: { access-edge: { address: 198.51.${n >> 8}.${n & 255}, fqdn: sip${n}.example.org } }\n`,
  );
  return `site: many\nfeatures: all\nservers:\n${lines.join('')}`;
};

/** A certificate that is good for nobody here, so that the names of the whole site are looked at. */
const answered = (): Observation =>
  seen('answered', {
    facts: { protocol: 'TLSv1.2', certificate: { subject: { CN: 'x.example.net' }, sans: ['x.example.net'] } },
  });

interface Made {
  readonly report: Report;
  /** How often the checks of the run were looked at. */
  readonly looks: number;
  readonly checks: number;
}

/** The report of a run at so many servers, every so-manieth of which is silent. */
const madeOf = async (servers: number, silent: (n: number) => boolean): Promise<Made> => {
  const site = parseSite(siteOf(servers), '/etc/site.yaml', startedAt);
  const { rules: pack } = readPack('lync2013-edge-public', '/');
  const plan = makePlan({ site, vantage: 'outside', place: 'outside', rules: pack, owned: new Set() });
  const rules = await resolvePlan(plan, async () => Promise.reject(new Error('no names here')), new Set([4]));
  const observations = new Map<string, Observation>();
  let number = 0;
  for (const { question } of distinctQuestions(rules, deadline).values())
    observations.set(questionKey(question), silent(number++) ? seen('filtered') : answered());
  const run = { startedAt, finishedAt: startedAt, seconds: 1, interrupted: false, controls: [], observations };
  let looks = 0;
  const watched = (one: JudgedCheck): JudgedCheck =>
    new Proxy(one, {
      get: (target, name, self) => {
        looks++;
        return Reflect.get(target, name, self);
      },
    });
  const judged = judgeRun(plan, rules, run, deadline).map(
    (rule): JudgedRule => ({ ...rule, checks: rule.checks.map(watched) }),
  );
  const identity = { id: 'r', host: 'h', platform: 'linux', note: null, version: '0' };
  const report = makeReport(plan, judged, run, identity);
  return { report, looks, checks: judged.flatMap(({ checks }) => checks).length };
};

t.test('a report of four times the servers takes four times the looks', async (t) => {
  const few = await madeOf(50, () => false);
  const many = await madeOf(200, () => false);
  t.ok(few.checks >= 100, `${few.checks} checks`);
  t.equal(many.checks, 4 * few.checks);
  t.ok(many.looks < 4.2 * few.looks, `${few.looks} and ${many.looks} looks`);
});

t.test('a sentence names few of many nodes', async (t) => {
  const { report } = await madeOf(200, (n) => n === 0);
  const [rule] = report.rules.filter(({ verdict }) => verdict === 'fail');
  t.match(rule?.checks[0]?.explain, /edge1, edge2, .*, edge8 and 191 more nodes pass the same question/);
  t.ok((rule?.checks[0]?.explain.length ?? Number.NaN) < 500);
});
