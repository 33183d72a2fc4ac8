import { adviceFor } from './advice.ts';
import { type Around, aroundOf, contextWords, whatOf } from './explain-around.ts';
import { factWords } from './explain-facts.ts';
import { farMeaning, farWords } from './explain-far.ts';
import { meanings } from './explain-meaning.ts';
import { seenWords } from './explain-seen.ts';
import { instantInWords, later, listed, socketAddress } from './explain-words.ts';
import type { JudgedCheck, JudgedRule } from './judge.ts';
import { formatPorts } from './ports.ts';
import { byWorst } from './verdict.ts';

/** A check in words: what was seen and what it means, what to do next, and what to search in firewall logs. */
export interface Explanation {
  readonly explain: string;
  readonly advice: string | null;
  readonly log: string;
}

/** Source ports that a log line names before it says that there are more. */
const portsShown = 8;

/** `udp/3478 outside → av-edge edge2 131.107.155.31` */
const headOf = (judged: JudgedCheck, around: Around): string => {
  const { role, name } = judged.check.target;
  const address = judged.check.address ?? judged.check.host ?? '';
  return [whatOf(judged), around.vantage, '→', role, ...(name === address ? [] : [name]), address].join(' ').trim();
};

/** Whether what else was heard helps to read it. What answered as it should speaks for itself. */
const needsContext = ({ judgement, observation, expect }: JudgedCheck): boolean =>
  expect === 'blocked'
    ? observation.outcome === 'filtered' || observation.outcome === 'unreachable'
    : judgement.verdict !== 'pass' && observation.outcome !== 'unresolved' && observation.outcome !== 'unasked';

const bodyOf = (judged: JudgedCheck, around: Around): string => {
  const seen = seenWords(judged);
  const context = [farWords(judged) ?? '', needsContext(judged) ? contextWords(judged, around) : '']
    .filter((words) => words !== '')
    .join(', and ');
  const because = judged.judgement.because;
  const facts = judged.observation.outcome === 'answered' ? factWords(judged) : '';
  const heard = context === '' ? seen : `${seen}; ${context}`;
  if (because === 'answered') return facts === '' ? heard : `${heard}: ${facts}`;
  const meaning = farMeaning({ judged, around }) ?? meanings[because]({ judged, around });
  return `${facts === '' ? heard : `${heard} (${facts})`}: ${meaning}`;
};

const dateOf = (iso: string): string => iso.slice(0, 10);

/** What was once told of a run: every check of it asks the same. */
const crossing = new WeakMap<readonly JudgedRule[], boolean>();

/** Whether a run began on one day (UTC) and ended on another: then every instant needs its date. */
const crossesDays = (rules: readonly JudgedRule[]): boolean => {
  const known = crossing.get(rules);
  if (known !== undefined) return known;
  const days = rules.flatMap(({ checks }) =>
    checks.flatMap(({ observation: { startedAt, durationSeconds } }) => [
      dateOf(startedAt),
      dateOf(later(startedAt, durationSeconds)),
    ]),
  );
  const crosses = new Set(days).size > 1;
  crossing.set(rules, crosses);
  return crosses;
};

/** The instants in UTC and the 5-tuples, as firewall logs are searched by them. Empty if nothing was sent. */
const logOf = (judged: JudgedCheck, rules: readonly JudgedRule[]): string => {
  const { observation, check, rule } = judged;
  if (check.address === null || observation.outcome === 'unresolved' || observation.outcome === 'unasked') return '';
  const withDate = crossesDays(rules);
  const from = instantInWords(observation.startedAt, withDate);
  const to = instantInWords(later(observation.startedAt, observation.durationSeconds), withDate);
  const dialled = observation.attempts.flatMap(({ sourcePort }) => (sourcePort === null ? [] : [sourcePort]));
  const fixed = rule.sourcePorts === undefined || dialled.length > 0 ? [] : [rule.sourcePorts];
  const ports = [...new Set([...dialled, ...fixed])];
  const shown = ports.slice(0, portsShown).join(' ');
  const list = ports.length === 0 ? '' : ` port${ports.length > 1 ? 's' : ''} ${shown}`;
  const more = ports.length > portsShown ? ` and ${ports.length - portsShown} more` : '';
  const source = observation.source.address ?? 'this host';
  const target = socketAddress(check.address, formatPorts([check.target.ports]));
  return `${from} to ${to}, ${rule.transport} ${source}${list}${more} → ${target}`;
};

/**
 * A check in words. The sentence names outcome, effort and times, what else was heard around it, and what follows; it
 * says what is not known, and blames no device.
 * @param rules everything judged in the same run
 */
export const explainCheck = (judged: JudgedCheck, rules: readonly JudgedRule[]): Explanation => {
  const around = aroundOf(judged, rules);
  return {
    explain: `${headOf(judged, around)}: ${bodyOf(judged, around)}`,
    advice: adviceFor(judged, around),
    log: logOf(judged, rules),
  };
};

/** The rule in words: its worst check, and how the others fared; or why it was not asked. */
export const explainRule = (judged: JudgedRule, rules: readonly JudgedRule[]): string => {
  if (judged.skip !== null) return `not asked: ${judged.skip.explain}`;
  const [worst, ...others] = judged.checks.toSorted((a, b) => byWorst(a.judgement.verdict, b.judgement.verdict));
  if (worst === undefined) throw new Error(`rule ${judged.rule.id} was asked and has no check`);
  const { explain } = explainCheck(worst, rules);
  if (others.length === 0) return explain;
  const fared = (['fail', 'unknown', 'pass'] as const).flatMap((verdict) => {
    const count = others.filter(({ judgement }) => judgement.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  const rest =
    others.length === 1
      ? `the other check: ${others[0]?.judgement.verdict}`
      : `${others.length} other checks: ${listed(fared)}`;
  return `${explain} (${rest})`;
};
