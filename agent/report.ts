import type { Sent } from '../probes/meter.ts';
import { type Attempt, type Facts, type Failure, roundSeconds, type Step } from '../probes/observation.ts';
import type { AlongsideCheck } from './alongside.ts';
import type { FarSeen } from './arrived.ts';
import { matchesRule } from './asked-rule.ts';
import { diagnose, type Learned, nothingLearned } from './diagnose.ts';
import { publicAddressOf } from './diagnose-stun.ts';
import { explainCheck, explainRule } from './explain.ts';
import type { Finding } from './findings.ts';
import type { JudgedCheck, JudgedRule } from './judge.ts';
import type { Plan } from './plan.ts';
import { formatPorts } from './ports.ts';
import type { RunResult } from './run.ts';
import type { Site, Waiver } from './site.ts';
import type { UsedRecord } from './used-records.ts';
import type { Because, Evidence, Known, Path, Verdict } from './verdict.ts';

export interface ReportCheck {
  readonly probe: string;
  readonly startedAt: string;
  /** `ports`: the range of source ports that was asked. */
  readonly source: { readonly address: string | null; readonly port: number | null; readonly ports?: string };
  /** The address it was bound to; left out where the routing table chose. */
  readonly bound?: string;
  readonly target: {
    readonly role: string;
    readonly name: string;
    readonly host: string | null;
    readonly address: string | null;
    readonly port: number | null;
    readonly ports?: string;
  };
  readonly outcome: string;
  readonly evidence: Evidence;
  readonly path: Path;
  readonly verdict: Verdict;
  readonly because: Because;
  readonly durationSeconds: number;
  readonly steps: readonly Step[];
  readonly facts: Facts;
  readonly failure: Failure | null;
  readonly attempts: readonly Attempt[];
  /** What the judge knew beside the outcome: with the record of a responder, the same judge decides again. */
  readonly known?: Known;
  /** The address that the far end should see, where the site file says it. */
  readonly published?: string;
  /** What the far end saw of it, where its record was given. */
  readonly far?: FarSeen;
  /** What was seen and what it means, in one or two sentences. */
  readonly explain: string;
  /** What to do next; null where nothing needs doing. */
  readonly advice: string | null;
  /** Times in UTC and the 5-tuples, as firewall logs are searched. */
  readonly log: string;
}

export interface ReportRule {
  readonly pack: string;
  readonly rule: string;
  readonly table: string;
  readonly protocol: string;
  readonly security: string;
  readonly transport: string;
  readonly ports: string;
  readonly from: string;
  readonly to: string;
  readonly expect: 'reachable' | 'blocked';
  readonly verdict: Verdict;
  readonly because: Because;
  readonly path: Path;
  readonly explain: string;
  /** Shown, not counted: somebody accepts this verdict until a date. */
  readonly waiver: { readonly reason: string; readonly ticket: string | null; readonly until: string } | null;
  /** Of a row that was not asked again: the run that asked it, and when (UTC). Left out where it was asked now. */
  readonly kept?: { readonly run: string; readonly at: string };
  readonly findings: readonly Finding[];
  readonly checks: readonly ReportCheck[];
}

export interface ReportControl {
  readonly kind: string;
  readonly target: string;
  readonly address: string;
  readonly port: number;
  readonly outcome: string;
  readonly asExpected: boolean;
  readonly durationSeconds: number;
}

/** What a run cost: what its sockets sent, and its process from start to end. */
export interface RunStats extends Sent {
  /** Null where the system does not tell. */
  readonly mostDescriptors: number | null;
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly wallSeconds: number;
  readonly mostMemoryBytes: number;
}

/** One run at one vantage: the document of `--format json`. Other people's files depend on these names. */
export interface Report {
  readonly schema: 'edgeprobe/report/v1';
  readonly site: string;
  readonly siteDigest: string;
  readonly vantage: string;
  readonly place: string;
  readonly run: {
    readonly id: string;
    readonly host: string;
    readonly platform: string;
    readonly note: string | null;
    readonly interrupted: boolean;
    readonly packs: readonly string[];
    readonly features: readonly string[];
    readonly timezone: string;
  };
  readonly tool: { readonly name: 'edgeprobe'; readonly version: string };
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly summary: Readonly<Record<Verdict, number>>;
  readonly controls: readonly ReportControl[];
  readonly findings: readonly Finding[];
  readonly rules: readonly ReportRule[];
  /** Of the DMZ: the inbound questions asked beside the server, without a verdict; left out where there are none. */
  readonly alongside?: readonly AlongsideCheck[];
  /** What responders heard of it, where it was judged with that; left out where it was not. */
  readonly records?: readonly UsedRecord[];
  /** With `--stats`. */
  readonly stats?: RunStats;
}

/** What a report says of the run itself. */
export interface RunIdentity {
  readonly id: string;
  readonly host: string;
  readonly platform: string;
  readonly note: string | null;
  readonly version: string;
}

const checkOf = (judged: JudgedCheck, rules: readonly JudgedRule[], site: Site): ReportCheck => {
  const { check, observation, judgement, evidence } = judged;
  const { role, name, ports } = check.target;
  const range = ports.to > ports.from;
  const sources = check.sourcePorts !== undefined && check.sourcePorts.to > check.sourcePorts.from && check.sourcePorts;
  const { explain, advice, log } = explainCheck(judged, rules);
  const published = check.target.ours ? null : publicAddressOf(judged.rule.from, check.source, site);
  return {
    probe: observation.probe,
    startedAt: observation.startedAt,
    source: sources ? { ...observation.source, ports: formatPorts([sources]) } : observation.source,
    ...(check.source === null ? {} : { bound: check.source }),
    target: {
      role,
      name,
      host: check.host,
      address: check.address,
      port: range ? null : ports.from,
      ...(range ? { ports: formatPorts([ports]) } : {}),
    },
    outcome: observation.outcome,
    evidence,
    path: judgement.path,
    verdict: judgement.verdict,
    because: judgement.because,
    durationSeconds: observation.durationSeconds,
    steps: observation.steps,
    facts: observation.facts,
    failure: observation.failure,
    attempts: observation.attempts,
    known: judged.known,
    ...(published === null ? {} : { published }),
    explain,
    advice,
    log,
  };
};

const waiverFor = (judged: JudgedRule, waivers: readonly Waiver[], now: Date): ReportRule['waiver'] => {
  const found = waivers.find(
    (waiver) => matchesRule(waiver.rule, judged.rule) && waiver.verdict === judged.verdict && now < waiver.endsAt,
  );
  return found === undefined ? null : { reason: found.reason, ticket: found.ticket, until: found.until };
};

/** The report of a judged run. */
export const makeReport = (
  plan: Plan,
  rules: readonly JudgedRule[],
  result: RunResult,
  identity: RunIdentity,
  learned: Learned = nothingLearned,
): Report => {
  const { site } = plan;
  const { id, host, platform, note, version } = identity;
  const diagnosed = diagnose(plan, rules, result, learned);
  const reported = rules.map((judged): ReportRule => {
    const { rule, expect, verdict, because, path } = judged;
    const { pack, table, protocol, security, transport, ports, from, to } = rule;
    return {
      ...{ pack, rule: rule.id, table, protocol, security, transport, ports, from, to, expect, verdict, because, path },
      explain: explainRule(judged, rules),
      waiver: waiverFor(judged, site.waivers, result.startedAt),
      findings: diagnosed.byRule.get(judged) ?? [],
      checks: judged.checks.map((check) => checkOf(check, rules, site)),
    };
  });
  const count = (verdict: Verdict): number => reported.filter((rule) => rule.verdict === verdict).length;
  return {
    schema: 'edgeprobe/report/v1',
    site: site.name,
    siteDigest: site.digest,
    vantage: plan.vantage,
    place: plan.place,
    run: {
      ...{ id, host, platform, note },
      interrupted: result.interrupted,
      packs: plan.packs,
      features: site.features,
      timezone: site.timezone,
    },
    tool: { name: 'edgeprobe', version },
    startedAt: result.startedAt.toISOString(),
    finishedAt: result.finishedAt.toISOString(),
    summary: { pass: count('pass'), fail: count('fail'), unknown: count('unknown'), skipped: count('skipped') },
    controls: result.controls.map(({ kind, target, address, port, asExpected, observation }) => ({
      ...{ kind, target, address, port, asExpected },
      outcome: observation.outcome,
      durationSeconds: roundSeconds(observation.durationSeconds),
    })),
    findings: diagnosed.ofRun,
    rules: reported,
  };
};
