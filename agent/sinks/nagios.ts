import { firstFew } from '../explain-words.ts';
import type { MergedReport } from '../merge.ts';
import { printable } from '../printable.ts';

/** The exit codes of monitoring plugins: OK, WARNING, CRITICAL, UNKNOWN. */
export type NagiosCode = 0 | 1 | 2 | 3;

const words = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

/** Rows and findings that the line names before it counts them. */
const named = 4;

/** Text of the line: a bar would begin the performance data, and a line must stay one. */
const said = (text: string, cap: number): string => printable(text, cap).replaceAll('|', '/');

const isEndedEarly = ({ runs }: MergedReport): boolean =>
  runs.some(({ interrupted, superseded }) => interrupted && !superseded);

const countedFindings = ({ findings }: MergedReport): MergedReport['findings'] =>
  findings.filter(({ waived }) => !waived);

/** CRITICAL if a rule failed or an error was found, UNKNOWN if something is not known, WARNING if there are warnings only. */
export const nagiosCode = (report: MergedReport): NagiosCode => {
  if (report.exitCode === 1) return 2;
  if (report.exitCode === 3 || isEndedEarly(report)) return 3;
  return countedFindings(report).some(({ severity }) => severity === 'warning') ? 1 : 0;
};

const bad = (report: MergedReport, verdict: string): string[] =>
  report.rows
    .filter((row) => row.verdict === verdict && row.waiver === null)
    .map(({ rule, because }) => `${said(rule, 80)} (${said(because, 40)})`);

/** One line with performance data, as monitoring plugins print it. */
export const nagiosSink = (report: MergedReport): string => {
  const code = nagiosCode(report);
  const { pass, fail, unknown, skipped } = report.summary;
  const all = pass + fail + unknown + skipped;
  const findings = countedFindings(report).filter(({ severity }) => severity !== 'info');
  const labels = [...new Set(report.runs.map(({ label }) => label))];
  const told = [
    `${pass} pass, ${fail} fail, ${unknown} unknown, ${skipped} not asked`,
    ...[['fail', bad(report, 'fail')] as const, ['unknown', bad(report, 'unknown')] as const]
      .filter(([, rows]) => rows.length > 0)
      .map(([word, rows]) => `${word}: ${firstFew(rows, named, 'rows')}`),
    ...(findings.length === 0
      ? []
      : [`findings: ${firstFew([...new Set(findings.map((one) => said(one.code, 60)))], named, 'findings')}`]),
    ...(isEndedEarly(report) ? ['a run was ended early'] : []),
  ];
  const who = said(`${report.site} ${labels.join(', ')}`, 120);
  const count = (severity: string): number => findings.filter((one) => one.severity === severity).length;
  const data = [
    `pass=${pass};;;0;${all}`,
    `fail=${fail};;0;0;${all}`,
    `unknown=${unknown};;;0;${all}`,
    `skipped=${skipped};;;0;${all}`,
    `warnings=${count('warning')};0;;0`,
    `errors=${count('error')};;0;0`,
  ];
  return `EDGEPROBE ${words[code]} - ${who}: ${told.join('; ')} | ${data.join(' ')}\n`;
};
