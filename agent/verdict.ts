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
  /** The responder's record says that it listened and heard nothing. */
  readonly heardNothing: boolean;
}

const pass = (because: Because, path: Path): Judgement => ({ verdict: 'pass', because, path });
const fail = (because: Because, path: Path): Judgement => ({ verdict: 'fail', because, path });
const unknown = (because: Because, path: Path = 'unknown'): Judgement => ({ verdict: 'unknown', because, path });

/** Silence that says nothing about the path, because of us. */
const unearned = (situation: Situation): Judgement | null => {
  if (situation.blind) return unknown('prober-blind');
  return situation.shunned ? unknown('source-shunned') : null;
};

const judgeOpen = (s: Situation): Judgement => {
  if (s.spokeOtherwise) return fail('wrong-service', 'open');
  if (s.helloUnanswered) return fail('tls-swallowed', 'cut');
  if (s.openSuffices) return s.controlPort === 'open' ? unknown('everything-open') : pass('open', 'open');
  if (s.responder) return fail('intercepted', 'cut');
  return unknown('service-mute', 'open');
};

const judgeClosed = (s: Situation): Judgement => {
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
      return s.neighbourMissing ? fail('host-absent', 'unknown') : fail('unreachable', 'refused');
    case 'filtered':
      return judgeFiltered(s);
    case 'unresolved':
      return s.resolverFailed ? unknown('resolver') : fail('dns', 'unknown');
    case 'unasked':
      return unknown('unasked');
  }
};

const judgeBlocked = (s: Situation): Judgement => {
  const someoneThere = s.evidence === 'proven' || s.evidence === 'alive';
  switch (s.outcome) {
    case 'answered':
    case 'open':
      return fail('exposed', 'open');
    case 'closed':
      if (s.controlPort === 'silent') return fail('path-open', 'open');
      return s.heardNothing ? pass('closed', 'refused') : unknown('closed');
    case 'unreachable':
      return someoneThere ? pass('unreachable', 'refused') : unknown('unreachable');
    case 'filtered': {
      const excuse = unearned(s);
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
