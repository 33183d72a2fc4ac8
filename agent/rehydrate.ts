import type { Observation, Outcome } from '../probes/observation.ts';
import type { AskedRule } from './asked-rule.ts';
import { portsAsked } from './far-match.ts';
import type { JudgedCheck, JudgedRule } from './judge.ts';
import type { SkipCode } from './plan.ts';
import type { Report, ReportCheck, ReportRule } from './report.ts';
import { serverRoles } from './site-roles.ts';
import { sweepGroups } from './sweep-groups.ts';
import type { Target } from './targets.ts';
import { type Judgement, judge, type Known } from './verdict.ts';

/** Of a report that an older version wrote: nothing is known beside the outcome. */
const nothingKnown: Known = {
  ...{ ours: false, responder: false, openSuffices: false, helloUnanswered: false, spokeOtherwise: false },
  ...{ controlPort: 'unknown', hostAnswersHere: false, trustResets: false, neighbourMissing: false },
  ...{ resolverFailed: false, blind: false, shunned: false, notInRole: false, list: false },
};

/** A row as far as a report tells of it: enough to explain its checks, not enough to plan them. */
const ruleOf = (row: ReportRule): AskedRule =>
  ({
    ...{ pack: row.pack, id: row.rule, table: row.table, role: 'access-edge', protocol: row.protocol },
    ...{ security: row.security, transport: row.transport, ports: row.ports, from: row.from, to: row.to },
    ...{ why: '', requiredFor: [], mayNarrowTo: [], notes: [], erratum: null },
    source: { document: '', table: row.table, row: 0 },
  }) as unknown as AskedRule;

const targetOf = ({ target, known }: ReportCheck): Target => {
  const [ports = { from: 0, to: 0 }] = portsAsked({ target });
  return {
    ...{ role: target.role as Target['role'], name: target.name, ports, sweep: true },
    address: target.host ?? target.address ?? '',
    ours: (serverRoles as readonly string[]).includes(target.role),
    responder: known?.responder ?? false,
    ...{ fqdn: null, sipDomain: null, xmppDomain: null, query: null, url: null },
  };
};

const observationOf = (check: ReportCheck): Observation => {
  const { probe, startedAt, durationSeconds, source, steps, facts, failure, attempts } = check;
  return {
    probe,
    startedAt,
    durationSeconds,
    source,
    steps,
    facts,
    failure,
    attempts,
    outcome: check.outcome as Outcome,
  };
};

const checkOf = (rule: AskedRule, expect: ReportRule['expect'], check: ReportCheck): JudgedCheck => {
  const { evidence, verdict, because, path, known = nothingKnown, far } = check;
  const target = targetOf(check);
  const observation = observationOf(check);
  const judgement = { verdict, because, path } as Judgement;
  const groups =
    check.target.port === null ? sweepGroups(observation.facts, rule.table !== 'internal' && !known.list) : [];
  const { address, host } = check.target;
  return {
    ...{ rule, expect, observation, evidence, known, judgement, controlPort: known.controlPort },
    ...(far === undefined ? {} : { far }),
    key: JSON.stringify([check.probe, rule.transport, address, target.ports, check.bound ?? null]),
    check: {
      ...{ probe: check.probe, target, host, address, source: check.bound ?? null, options: {} },
      unresolved: null,
    },
    groups: groups.map((group) => ({
      ...group,
      judgement: judge({ ...known, expect, evidence, outcome: group.outcome, far: 'unknown' }),
    })),
  };
};

/** The rows of a report as the judge had them, as far as the report tells. The order of rows and checks is kept. */
export const rehydrated = ({ rules }: Pick<Report, 'rules'>): JudgedRule[] =>
  rules.map((row): JudgedRule => {
    const rule = ruleOf(row);
    const { expect, verdict, because, path, explain } = row;
    const skip = verdict === 'skipped' ? { because: because as SkipCode, explain } : null;
    const checks = row.checks.map((check) => checkOf(rule, expect, check));
    return { rule, expect, verdict, because, path, skip, checks, left: [] };
  });
