import type { Finding } from '../findings.ts';
import type { Report, ReportCheck, ReportRule } from '../report.ts';
import { byWorst } from '../verdict.ts';
import { grouped } from './grouped.ts';
import { drowning, sayingOf } from './shared-findings.ts';

/** Rules that asked the same questions and came out alike: one block of the table. */
export interface Block {
  readonly rule: ReportRule;
  /** Other rules with the same questions, asked once. */
  readonly twins: readonly ReportRule[];
  readonly checks: readonly ReportCheck[];
  /** Warnings and errors, and what is worth knowing of a row that did not pass. */
  readonly findings: readonly Finding[];
  /** Those of them that are said under this block, and not once for many. */
  readonly own: readonly Finding[];
}

/** Checks with equal keys are the same question. */
export const checkKey = ({ probe, target, startedAt, source }: ReportCheck, transport: string): string =>
  JSON.stringify([
    probe,
    transport,
    target.address ?? target.host,
    target.port ?? target.ports,
    source.address,
    startedAt,
  ]);

const foldKey = (rule: ReportRule): string =>
  JSON.stringify([
    rule.verdict,
    rule.because,
    rule.expect,
    rule.waiver,
    rule.checks.map((check) => checkKey(check, rule.transport)).toSorted(),
  ]);

const isRange = ({ rule }: Block): boolean => rule.ports.includes('-');

const hasError = ({ findings }: Block): boolean => findings.some(({ severity }) => severity === 'error');

const worthShowing = (findings: readonly Finding[], verdict: string): Finding[] => {
  const wanted = findings.filter(({ severity }) => severity !== 'info' || verdict !== 'pass');
  return [...new Map(wanted.map((one) => [`${one.code} ${one.message} ${one.target}`, one])).values()];
};

/** The blocks of a report: worst first, ranges after single ports, else in the order of the rules. */
export const blocksOf = ({ rules }: Pick<Report, 'rules'>): Block[] => {
  const folded = grouped(
    rules.filter(({ verdict }) => verdict !== 'skipped'),
    foldKey,
  );
  const told = folded.map(([rule, ...twins]) => {
    const findings = worthShowing(
      [rule, ...twins].flatMap((one) => one.findings),
      rule.verdict,
    );
    return { rule, twins, checks: rule.checks, findings };
  });
  const shared = drowning(told);
  const blocks = told.map((one): Block => ({ ...one, own: one.findings.filter((it) => !shared.has(sayingOf(it))) }));
  return blocks.toSorted(
    (a, b) =>
      Number(a.rule.waiver !== null) - Number(b.rule.waiver !== null) ||
      byWorst(a.rule.verdict, b.rule.verdict) ||
      Number(hasError(b)) - Number(hasError(a)) ||
      Number(isRange(a)) - Number(isRange(b)),
  );
};
