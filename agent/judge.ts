import type { Facts, Observation, Outcome } from '../probes/observation.ts';
import type { FarSeen } from './arrived.ts';
import { type AskedRule, type Expect, sitePack } from './asked-rule.ts';
import { type ControlResult, type PortControl, portControlOf } from './controls.ts';
import type { Plan, SkipCode } from './plan.ts';
import { questionKey, questionOf } from './question.ts';
import type { Check, ResolvedRule } from './resolve.ts';
import type { RunResult } from './run.ts';
import { isInNarrowedRole } from './sources.ts';
import { type SweepGroup, sweepGroups } from './sweep-groups.ts';
import {
  type Because,
  type Evidence,
  type Judgement,
  judge,
  type Known,
  type Path,
  type Situation,
  type Verdict,
  worstOf,
} from './verdict.ts';

/** One group of ports of a sweep, with the opinion on it. */
export interface JudgedGroup extends SweepGroup {
  readonly judgement: Judgement;
}

/** A check with what was seen and what is thought of it. */
export interface JudgedCheck {
  readonly rule: AskedRule;
  readonly expect: Expect;
  readonly check: Check;
  /** Equal keys: the same question, asked once. Empty for a name without an address. */
  readonly key: string;
  readonly observation: Observation;
  readonly evidence: Evidence;
  readonly controlPort: PortControl;
  readonly judgement: Judgement;
  /** What the run knew when it was judged: with the record of a responder it is judged again. */
  readonly known: Known;
  /** What the far end saw of it, where its record was given. */
  readonly far?: FarSeen;
  /** Of a sweep; empty otherwise. */
  readonly groups: readonly JudgedGroup[];
}

/** A rule with its verdict: that of its worst check. */
export interface JudgedRule {
  readonly rule: AskedRule;
  readonly expect: Expect;
  readonly verdict: Verdict;
  readonly because: Because;
  readonly path: Path;
  readonly skip: { readonly because: SkipCode; readonly explain: string } | null;
  readonly checks: readonly JudgedCheck[];
  /** Addresses that were not asked because this host lacks their family. */
  readonly left: readonly string[];
}

/**
 * Failure codes of `open` that mean: nothing was said, or what was said broke off before it could be told from the
 * beginning of an answer. Any other code of `open` means that something else was said.
 */
const muteCodes: ReadonlySet<string> = new Set([
  'tls-silent',
  'tls-closed',
  'tls-reset',
  'tls-stalled',
  'xmpp-silent',
  'xmpp-closed',
  'xmpp-reset',
  'xmpp-stalled',
  'mute',
  'closed-by-peer',
  'reset-by-peer',
  'incomplete-answer',
]);

/** An ICMP error after this many seconds is our own neighbour discovery giving up: the host is not there. */
const neighbourDiscoverySeconds = 2.5;

/** What the judge knows beside one check: the whole run. */
interface Scene {
  readonly plan: Plan;
  readonly result: RunResult;
  readonly deadline: number;
  readonly blind: boolean;
  /** Whether silence to a sweep of that address says nothing, because we were shunned meanwhile. */
  readonly shunned: (address: string) => boolean;
  readonly portControl: ReadonlyMap<string, PortControl>;
  /** Addresses whose control port opened, whoever did that. */
  readonly opensAnything: ReadonlySet<string>;
  /** Everything asked of one address, by address. */
  readonly byAddress: ReadonlyMap<string, readonly { readonly key: string; readonly observation: Observation }[]>;
}

/** Stands for the control port among the things asked of an address: that it opens proves nobody alive. */
const controlPortKey = 'control-port';

const controlKey = (address: string, source: string | null): string => `${address} ${source}`;

const closedIn = ({ outcome, facts }: Observation): boolean =>
  outcome === 'closed' ||
  (facts['counts'] !== undefined && sweepGroups(facts, false).some((group) => group.outcome === 'closed'));

/** Stands for an observation where nothing was observed: the name had no address, or the run never came to it. */
const withoutObservation = (check: Check, at: Date): Observation => {
  const failure =
    check.address === null
      ? {
          step: 'resolve',
          code: check.unresolved?.code ?? 'no-such-name',
          message: check.unresolved?.message ?? 'the name has no address',
        }
      : { step: 'start', code: 'not-asked', message: 'the run did not come to this question' };
  return {
    probe: check.probe,
    startedAt: at.toISOString(),
    durationSeconds: 0,
    source: { address: check.source, port: null },
    outcome: check.address === null ? 'unresolved' : 'unasked',
    steps: [],
    facts: {},
    failure,
    attempts: [],
  };
};

/** Whether the answer showed the credential of our responder, wherever it had a place for it; undefined: not asked for. */
const proofIn = (facts: Facts): boolean | undefined => {
  const { tls } = facts;
  const inTls = typeof tls === 'object' && tls !== null && !Array.isArray(tls) ? (tls as Facts)['proof'] : undefined;
  const shown = [facts['proof'], inTls].filter((one) => typeof one === 'boolean');
  return shown.length === 0 ? undefined : shown.every((one) => one === true);
};

const evidenceOf = (
  check: Check,
  key: string,
  expect: Expect,
  range: boolean,
  observation: Observation,
  scene: Scene,
): Evidence => {
  if (proofIn(observation.facts) === true) return 'proven';
  if (expect === 'reachable') return range && !check.target.responder ? 'nobody' : 'service';
  const others = (scene.byAddress.get(check.address ?? '') ?? []).filter(
    (other) => other.key !== key && other.key !== controlPortKey,
  );
  // Where the control port opened too, something opens connections for the host: that proves nobody alive.
  const opensProve = !scene.opensAnything.has(check.address ?? '');
  const alive = others.some(
    ({ observation: { outcome } }) => outcome === 'answered' || (outcome === 'open' && opensProve),
  );
  return alive ? 'alive' : 'nobody';
};

const judgeCheck = (rule: AskedRule, expect: Expect, check: Check, scene: Scene): JudgedCheck => {
  const { plan, result } = scene;
  const question = check.address === null ? null : questionOf(check, check.address, rule.transport, scene.deadline);
  const key = question === null ? '' : questionKey(question);
  const observation = result.observations.get(key) ?? withoutObservation(check, result.startedAt);
  const sources = check.sourcePorts !== undefined && check.sourcePorts.to > check.sourcePorts.from;
  const range = check.target.ports.to > check.target.ports.from || sources;
  const apart = rule.table !== 'internal' && rule.only === undefined && !sources;
  const groups = range ? sweepGroups(observation.facts, apart) : [];
  const evidence = evidenceOf(check, key, expect, range && !sources, observation, scene);
  const controlPort = scene.portControl.get(controlKey(check.address ?? '', check.source)) ?? 'unknown';
  const seen = (outcome: Outcome): boolean => groups.some((group) => !group.apart && group.outcome === outcome);
  // Where our responder was asked for its proof, a port that opens and gives none was opened by somebody else.
  const openSuffices = (range || rule.pack === sitePack) && check.options.proof === undefined;
  const code = observation.failure?.code;
  const closedThere = (scene.byAddress.get(check.address ?? '') ?? []).some((other) => closedIn(other.observation));

  const situationFor = (outcome: Outcome): Situation => ({
    expect,
    outcome,
    evidence,
    ours: check.target.ours || check.target.responder,
    responder: check.target.responder,
    openSuffices,
    helloUnanswered: rule.security !== 'none' && code !== undefined && code.startsWith('tls-'),
    // The failure of a sweep is that of the sweep (aborted, out of descriptors), never what a port said.
    spokeOtherwise: outcome === 'open' && !range && !openSuffices && code !== undefined && !muteCodes.has(code),
    controlPort,
    hostAnswersHere: rule.transport === 'udp' ? seen('answered') : closedThere || seen('open'),
    trustResets: plan.site.sweep.trustResets,
    neighbourMissing: observation.attempts.some(
      (attempt) => attempt.outcome === 'unreachable' && attempt.seconds >= neighbourDiscoverySeconds,
    ),
    resolverFailed: code === 'resolver-failed',
    blind: scene.blind,
    shunned: range && scene.shunned(check.address ?? ''),
    notInRole: !isInNarrowedRole(rule, observation.source.address, plan.site, plan.vantage),
    far: 'unknown',
  });
  const {
    expect: _expect,
    outcome: _outcome,
    evidence: _evidence,
    far: _far,
    ...around
  } = situationFor(observation.outcome);
  const known = { ...around, list: rule.only !== undefined };
  const judged = { rule, expect, check, key, observation, evidence, controlPort, known };
  if (groups.length === 0) return { ...judged, judgement: judge(situationFor(observation.outcome)), groups: [] };
  const judgedGroups = groups.map((group) => ({ ...group, judgement: judge(situationFor(group.outcome)) }));
  return { ...judged, judgement: judgeSweep(judgedGroups, known.list), groups: judgedGroups };
};

/**
 * A sweep is as bad as its worst group, and partial if its groups differ. The logging agent's ports count only if they
 * fail; ports that were not asked can make a sweep unknown, but did not come out differently. A list of
 * ports is no range that could be partial.
 */
export const judgeSweep = (groups: readonly JudgedGroup[], isList: boolean): Judgement => {
  const counting = groups.filter((group) => !group.apart || group.judgement.verdict === 'fail');
  const judged = counting.length > 0 ? counting : groups;
  const worst = worstOf(judged.map((group) => group.judgement));
  const becauses = new Set(judged.filter(({ outcome }) => outcome !== 'unasked').map((one) => one.judgement.because));
  return becauses.size > 1 && !isList ? { ...worst, because: 'range-partial' } : worst;
};

/** Addresses that a repeated row was silent at; addresses without such a row share the fate of the others. */
const shunnedFrom = (repeats: readonly ControlResult[]): Scene['shunned'] => {
  const silent = new Set(
    repeats.flatMap((one) => (one.observation.outcome === 'filtered' && !one.asExpected ? [one.address] : [])),
  );
  const repeated = new Set(repeats.map((one) => one.address));
  return (address) => silent.has(address) || (silent.size > 0 && !repeated.has(address));
};

/** Blind: vantage controls were asked, and none of them answered. */
const isBlind = (controls: readonly ControlResult[]): boolean => {
  const asked = controls.filter((one) => one.observation.failure?.code !== 'aborted');
  return asked.length > 0 && asked.every((one) => !one.asExpected);
};

const sceneOf = (plan: Plan, rules: readonly ResolvedRule[], result: RunResult, deadline: number): Scene => {
  const kind = (wanted: ControlResult['kind']): ControlResult[] => result.controls.filter((one) => one.kind === wanted);
  const byAddress = new Map<string, { key: string; observation: Observation }[]>();
  for (const { rule, checks } of rules) {
    for (const check of checks) {
      if (check.address === null) continue;
      const key = questionKey(questionOf(check, check.address, rule.transport, deadline));
      const observation = result.observations.get(key);
      if (observation) byAddress.set(check.address, [...(byAddress.get(check.address) ?? []), { key, observation }]);
    }
  }
  for (const { address, observation } of kind('port')) {
    byAddress.set(address, [...(byAddress.get(address) ?? []), { key: controlPortKey, observation }]);
  }
  return {
    plan,
    result,
    deadline,
    blind: isBlind(kind('vantage')),
    shunned: shunnedFrom(kind('repeat')),
    portControl: new Map(
      kind('port').map((one) => [controlKey(one.address, one.source), portControlOf(one.observation)]),
    ),
    opensAnything: new Set(
      kind('port').flatMap((one) => (portControlOf(one.observation) === 'open' ? [one.address] : [])),
    ),
    byAddress,
  };
};

/** Judges everything a run observed: every check of every rule, and every rule by its worst check. */
export const judgeRun = (
  plan: Plan,
  rules: readonly ResolvedRule[],
  result: RunResult,
  deadline: number,
): JudgedRule[] => {
  const scene = sceneOf(plan, rules, result, deadline);
  return rules.map(({ rule, expect, skip, checks, left }): JudgedRule => {
    if (skip !== null) {
      return { rule, expect, verdict: 'skipped', because: skip.because, path: 'unknown', skip, checks: [], left };
    }
    const judged = checks.map((check) => judgeCheck(rule, expect, check, scene));
    const { verdict, because, path } = worstOf(judged.map((one) => one.judgement));
    return { rule, expect, verdict, because, path, skip: null, checks: judged, left };
  });
};
