import { type Outcome, outcomes } from '../probes/observation.ts';
import type { PortControl } from './controls.ts';

export type Verdict = 'pass' | 'fail' | 'unknown' | 'skipped';

/** How sure we are that somebody is there. */
export type Evidence = 'proven' | 'alive' | 'service' | 'nobody';

/** What firewall people sign: whether the path let us through. */
export type Path = 'open' | 'lost' | 'refused' | 'cut' | 'unknown';

/** Why a verdict is what it is: a closed list, part of the report format. The last ones are those of skipped rows. */
export const becauses = [
  ...outcomes,
  'exposed',
  'wrong-service',
  'tls-swallowed',
  'intercepted',
  'service-mute',
  'everything-open',
  'refused',
  'service-down',
  'far-side-not-listening',
  'idle-or-reset',
  'path-open',
  'host-absent',
  'idle-or-filtered',
  'silent',
  'dns',
  'resolver',
  'range-partial',
  'prober-blind',
  'source-shunned',
  'source-not-in-role',
  'no-endpoint',
  'no-probe-yet',
  'not-required',
  'absent',
  'no-source-address',
  'no-such-family',
] as const;

export type Because = (typeof becauses)[number];

/** An opinion on one check. */
export interface Judgement {
  readonly verdict: Exclude<Verdict, 'skipped'>;
  readonly because: Because;
  readonly path: Path;
}

/**
 * What a responder's record says of one question.
 *
 * - `unknown` nothing · `listening` it listened on this very port all the time; what arrived cannot be told
 * - `nothing` it listened, and nothing arrived · `heard` our request arrived
 * - `refused` our request arrived, and is not served from that address
 */
export type Far = 'unknown' | 'listening' | 'nothing' | 'heard' | 'refused';

/** Everything the judge may know of one outcome: the row of the table, and what decides between its cells. */
export interface Situation {
  readonly expect: 'reachable' | 'blocked';
  readonly outcome: Outcome;
  readonly evidence: Evidence;
  /** One of our servers, or a host with our responder. */
  readonly ours: boolean;
  /** The site says that our responder listens there. */
  readonly responder: boolean;
  /** That the transport opens is all that was asked: ranges of ports, and ports that the site file adds. */
  readonly openSuffices: boolean;
  /** Where the outcome is `open`: neither a modern nor a legacy TLS hello was answered. */
  readonly helloUnanswered: boolean;
  /** Where the outcome is `open`: whether the peer spoke something else, rather than nothing. */
  readonly spokeOtherwise: boolean;
  readonly controlPort: PortControl;
  /** TCP, nobody: some port of this host was seen closed, or another port of this range open. UDP: another port answered. */
  readonly hostAnswersHere: boolean;
  readonly trustResets: boolean;
  /** An ICMP error that came after neighbour discovery had timed out. */
  readonly neighbourMissing: boolean;
  /** Where the outcome is `unresolved`: our own resolver failed, rather than the name having no address. */
  readonly resolverFailed: boolean;
  /** The vantage control is silent: we are blind. */
  readonly blind: boolean;
  /** A row that had passed was silent when asked again after the sweeps. */
  readonly shunned: boolean;
  /** The document lets "any" be narrowed to roles that our source is none of. */
  readonly notInRole: boolean;
  /** What the record of our responder says, where one was given that holds requests of this run. */
  readonly far: Far;
}

/** What a run itself knows around an outcome. `list`: a sweep of chosen ports, which is no range that could be partial. */
export type Known = Omit<Situation, 'expect' | 'outcome' | 'evidence' | 'far'> & { readonly list: boolean };

const pass = (because: Because, path: Path): Judgement => ({ verdict: 'pass', because, path });
const fail = (because: Because, path: Path): Judgement => ({ verdict: 'fail', because, path });
const unknown = (because: Because, path: Path = 'unknown'): Judgement => ({ verdict: 'unknown', because, path });

/** Silence that says nothing about the path, because of us. */
const unearned = (situation: Situation): Judgement | null => {
  if (situation.blind) return unknown('prober-blind');
  return situation.shunned ? unknown('source-shunned') : null;
};

/** Our responder is known to listen there: from its record, where the site file does not say so. */
const isKnown = ({ far }: Situation): boolean => far === 'listening' || far === 'nothing' || far === 'heard';

const judgeOpen = (s: Situation): Judgement => {
  if (s.far === 'refused') return unknown('service-mute');
  if (s.spokeOtherwise) return fail('wrong-service', 'open');
  if (s.helloUnanswered) return fail('tls-swallowed', 'cut');
  if (s.openSuffices) return s.controlPort === 'open' ? unknown('everything-open') : pass('open', 'open');
  if (s.responder || isKnown(s)) return fail('intercepted', 'cut');
  return unknown('service-mute', 'open');
};

const judgeClosed = (s: Situation): Judgement => {
  // A port that is listened on is not reset by its host.
  if (isKnown(s)) return fail('refused', 'refused');
  if (s.evidence === 'nobody') {
    return s.trustResets && s.controlPort === 'silent' ? pass('closed', 'open') : unknown('idle-or-reset');
  }
  if (!s.ours) return unknown('far-side-not-listening');
  return s.controlPort === 'silent' ? fail('service-down', 'open') : fail('refused', 'refused');
};

const judgeFiltered = (s: Situation): Judgement => {
  const excuse = unearned(s);
  if (excuse !== null) return excuse;
  if (s.notInRole) return unknown('source-not-in-role');
  if (s.far === 'refused') return unknown('service-mute');
  if (isKnown(s)) return fail('filtered', 'lost');
  if (s.evidence !== 'nobody') return fail('filtered', 'lost');
  return s.hostAnswersHere ? fail('filtered', 'lost') : unknown('idle-or-filtered');
};

const judgeReachable = (s: Situation): Judgement => {
  switch (s.outcome) {
    case 'answered':
      return pass('answered', 'open');
    case 'open':
      return judgeOpen(s);
    case 'closed':
      return judgeClosed(s);
    case 'unreachable':
      return s.neighbourMissing && !isKnown(s) ? fail('host-absent', 'unknown') : fail('unreachable', 'refused');
    case 'filtered':
      return judgeFiltered(s);
    case 'unresolved':
      return s.resolverFailed ? unknown('resolver') : fail('dns', 'unknown');
    case 'unasked':
      return unknown('unasked');
  }
};

const judgeBlocked = (s: Situation): Judgement => {
  const someoneThere = s.evidence === 'proven' || s.evidence === 'alive' || isKnown(s);
  // One way is enough for harm: what arrives is not blocked, whatever becomes of the answer.
  const arrived = s.far === 'heard' || s.far === 'refused';
  switch (s.outcome) {
    case 'answered':
    case 'open':
      return fail('exposed', 'open');
    case 'closed':
      if (arrived) return fail('path-open', 'open');
      // It listened, so its host had no reset to send: somebody on the way did, whatever the control port says.
      if (isKnown(s)) return pass('closed', 'refused');
      return s.controlPort === 'silent' ? fail('path-open', 'open') : unknown('closed');
    case 'unreachable':
      if (arrived) return fail('exposed', 'open');
      return someoneThere ? pass('unreachable', 'refused') : unknown('unreachable');
    case 'filtered': {
      const excuse = unearned(s);
      if (arrived) return fail('exposed', 'open');
      if (excuse !== null) return excuse;
      return someoneThere ? pass('filtered', 'lost') : unknown('silent');
    }
    case 'unresolved':
      return unknown(s.resolverFailed ? 'resolver' : 'dns');
    case 'unasked':
      return unknown('unasked');
  }
};

/** The judge: a pure function of expectation, outcome, evidence and controls. */
export const judge = (situation: Situation): Judgement =>
  situation.expect === 'reachable' ? judgeReachable(situation) : judgeBlocked(situation);

const worstFirst: readonly Verdict[] = ['fail', 'unknown', 'pass', 'skipped'];

/** Orders verdicts worst first. */
export const byWorst = (a: Verdict, b: Verdict): number => worstFirst.indexOf(a) - worstFirst.indexOf(b);

/** The worst of several judgements: a rule's verdict is its worst check. Throws if there are none. */
export const worstOf = <T extends Judgement>(judgements: readonly T[]): T => {
  const [first, ...rest] = judgements;
  if (first === undefined) throw new Error('no judgements');
  return rest.reduce((worst, one) => (byWorst(one.verdict, worst.verdict) < 0 ? one : worst), first);
};
