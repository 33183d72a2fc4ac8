import type { MergedReport } from '../merge.ts';
import type { MergedFinding } from '../merge-findings.ts';
import type { MergedAnswer, MergedRow } from '../merge-rows.ts';
import { printable } from '../printable.ts';
import { grouped } from './grouped.ts';
import { adviceOf, deductionsOf, nodeWords, roleOf, type TellDeductions, waiverWords } from './row-words.ts';

const caps = { name: 200, text: 2000 } as const;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * Text for an attribute or an element of XML 1.0. `printable` has made visible escapes of what XML cannot say, all but
 * the two code points that are no characters.
 */
const xml = (text: string, cap: number = caps.text): string =>
  printable(text, cap)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${xml(String(value))}"`)
    .join('');

const properties = (values: readonly (readonly [string, string])[], margin: string): string[] => {
  if (values.length === 0) return [];
  const lines = values.map(([name, value]) => `${margin}  <property${attributes({ name, value })}/>`);
  return [`${margin}<properties>`, ...lines, `${margin}</properties>`];
};

interface Case {
  readonly row: MergedRow;
  readonly answer: MergedAnswer;
}

type Result = 'passed' | 'failed' | 'skipped';

const resultOf = ({ answer: { verdict, waiver } }: Case): Result => {
  if (verdict === 'fail') return waiver === null ? 'failed' : 'skipped';
  return verdict === 'pass' ? 'passed' : 'skipped';
};

const secondsOf = ({ answer }: Case): number => Math.max(0, ...answer.checks.map((check) => check.durationSeconds));

const body = (one: Case, who: TellDeductions): string[] => {
  const { row, answer } = one;
  const { verdict, because, explain, waiver, checks } = answer;
  if (resultOf(one) === 'passed') return [];
  if (resultOf(one) === 'skipped') {
    const waived = waiver === null ? '' : `${waiverWords(waiver)}; `;
    return [`      <skipped${attributes({ message: `${waived}${verdict} ${because}: ${explain}` })}/>`];
  }
  const bad = checks.filter((check) => check.verdict !== 'pass');
  const lines = [
    ...bad.map((check) => check.explain),
    ...who(row, answer).map((text) => `who: ${text}`),
    ...adviceOf({ ...row, places: [answer] }).map((advice) => `do: ${advice}`),
    ...bad.map(({ log }) => `log: ${log}`),
  ];
  const text = lines.map((line) => xml(line)).join('\n');
  return [`      <failure${attributes({ type: because, message: explain })}>${text}</failure>`];
};

const caseLines = (one: Case, suite: string, who: TellDeductions): string[] => {
  const { row, answer } = one;
  const findings = answer.findings.map(
    ({ severity, code, message, target }) => `${severity} ${code}: ${message} (${target})`,
  );
  const facts: (readonly [string, string])[] = [
    ['pack', row.pack],
    ['verdict', answer.verdict],
    ['because', answer.because],
    ['path', answer.path],
    ...answer.checks.map((check) => ['target', `${nodeWords(check)} ${check.verdict} ${check.evidence}`] as const),
  ];
  return [
    `    <testcase${attributes({ name: row.rule, classname: suite, time: secondsOf(one) })}>`,
    ...properties(facts, '      '),
    ...body(one, who),
    ...(findings.length === 0
      ? []
      : [`      <system-out>${findings.map((line) => xml(line)).join('\n')}</system-out>`]),
    '    </testcase>',
  ];
};

const suiteLines = (cases: readonly [Case, ...Case[]], report: MergedReport, who: TellDeductions): string[] => {
  const [{ row, answer }] = cases;
  const name = `${answer.label} → ${roleOf(row, answer)}`;
  const run = report.runs.find(({ number }) => number === answer.run);
  const count = (wanted: Result): number => cases.filter((one) => resultOf(one) === wanted).length;
  const facts: (readonly [string, string])[] = [
    ['site', run?.site ?? report.site],
    ['siteDigest', run?.siteDigest ?? report.siteDigest],
    ['vantage', answer.vantage],
    ['place', answer.place],
    ['tool', `${report.tool.name} ${report.tool.version}`],
    ...(run?.sources ?? []).map((address) => ['source', address] as const),
    ...(run?.note == null ? [] : [['note', run.note] as const]),
  ];
  const head = attributes({
    name: printable(name, caps.name),
    tests: cases.length,
    failures: count('failed'),
    errors: 0,
    skipped: count('skipped'),
    time: cases.reduce((sum, one) => sum + secondsOf(one), 0).toFixed(3),
    timestamp: (run?.startedAt ?? report.madeAt).slice(0, 19),
    hostname: run?.host ?? '',
  });
  return [
    `  <testsuite${head}>`,
    ...properties(facts, '    '),
    ...cases.flatMap((one) => caseLines(one, name, who)),
    '  </testsuite>',
  ];
};

/** Findings of severity error fail a run even where every row passes: they are tests of their own. */
const findingLines = (findings: readonly MergedFinding[]): string[] => {
  if (findings.length === 0) return [];
  const cases = findings.flatMap(({ code, target, message, remedy }) => [
    `    <testcase${attributes({ name: `${code} ${printable(target, caps.name)}`, classname: 'findings', time: 0 })}>`,
    `      <failure${attributes({ type: code, message })}>${xml(`do: ${remedy}`)}</failure>`,
    '    </testcase>',
  ]);
  const head = attributes({
    name: 'findings',
    tests: findings.length,
    failures: findings.length,
    errors: 0,
    skipped: 0,
    time: 0,
  });
  return [`  <testsuite${head}>`, ...cases, '  </testsuite>'];
};

/**
 * JUnit XML as CI servers read it: a test suite for each place and role asked, a test case for each rule. `unknown` and
 * rows that were not asked or are waived are skipped tests.
 */
export const junitSink = (report: MergedReport): string => {
  const cases = report.rows.flatMap((row) => row.places.map((answer): Case => ({ row, answer })));
  const suites = grouped(cases, ({ row, answer }) => JSON.stringify([answer.run, answer.label, roleOf(row, answer)]));
  const who = deductionsOf(report);
  const errors = report.findings.filter(({ severity, waived }) => severity === 'error' && !waived);
  const count = (wanted: Result): number => cases.filter((one) => resultOf(one) === wanted).length;
  const head = attributes({
    name: `edgeprobe ${printable(report.site, caps.name)}`,
    tests: cases.length + errors.length,
    failures: count('failed') + errors.length,
    errors: 0,
    skipped: count('skipped'),
    time: cases.reduce((sum, one) => sum + secondsOf(one), 0).toFixed(3),
  });
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${head}>`,
    ...suites.flatMap((suite) => suiteLines(suite, report, who)),
    ...findingLines(errors),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
};
