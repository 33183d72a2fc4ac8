import type { JudgedCheck, JudgedRule } from './judge.ts';

/** A check in words: what was seen and what it means, what to do next, and what to search in firewall logs. */
export interface Explanation {
  readonly explain: string;
  readonly advice: string | null;
  readonly log: string;
}

/** Placeholder under construction. */
export const explainCheck = (judged: JudgedCheck, _rules: readonly JudgedRule[]): Explanation => ({
  explain: judged.judgement.because,
  advice: null,
  log: '',
});

export const explainRule = (judged: JudgedRule, _rules: readonly JudgedRule[]): string => judged.because;
