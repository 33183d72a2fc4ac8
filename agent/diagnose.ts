import type { Finding } from './findings.ts';
import type { JudgedRule } from './judge.ts';
import type { Plan } from './plan.ts';
import type { RunResult } from './run.ts';

/** What was diagnosed, for each rule and for the run as a whole. */
export interface Diagnosis {
  readonly byRule: ReadonlyMap<JudgedRule, readonly Finding[]>;
  readonly ofRun: readonly Finding[];
}

/** Placeholder under construction. */
export const diagnose = (_plan: Plan, _rules: readonly JudgedRule[], _result: RunResult): Diagnosis => ({
  byRule: new Map(),
  ofRun: [],
});
