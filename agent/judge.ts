import type { Facts, Observation, Outcome } from '../probes/observation.ts';
import type { FarSeen } from './arrived.ts';
import { type AskedRule, type Expect, sitePack } from './asked-rule.ts';
import type { PortControl } from './controls.ts';
import { controlKey, controlPortKey, type Scene, sceneOf } from './judge-scene.ts';
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

const judgeAnew = (
  { rule, expect, check, key, observation }: Pick<JudgedCheck, 'rule' | 'expect' | 'check' | 'key' | 'observation'>,
  scene: Scene,
): JudgedCheck => {
  const { plan } = scene;
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

/** The last opinion on a check, and all that it was made of. */
const lastOf = new WeakMap<Check, { readonly of: readonly unknown[]; readonly judged: JudgedCheck }>();

/** An agent judges all it knows again and again: an opinion is made anew only where something that it rests on is new. */
const judgeCheck = (rule: AskedRule, expect: Expect, check: Check, scene: Scene): JudgedCheck => {
  const { plan, result, deadline, blind, shunned, byAddress } = scene;
  const question = check.address === null ? null : questionOf(check, check.address, rule.transport, deadline);
  const key = question === null ? '' : questionKey(question);
  const known = result.observations.get(key);
  const address = check.address ?? '';
  const of = [
    ...[rule, expect, plan, known ?? result.startedAt.getTime(), blind, shunned(address)],
    // The control ports of the address are among these.
    ...(byAddress.get(address) ?? []).map((other) => other.observation),
  ];
  const last = lastOf.get(check);
  if (last?.of.length === of.length && of.every((one, index) => one === last.of[index])) return last.judged;
  const observation = known ?? withoutObservation(check, result.startedAt);
  const judged = judgeAnew({ rule, expect, check, key, observation }, scene);
  lastOf.set(check, { of, judged });
  return judged;
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
