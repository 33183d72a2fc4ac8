import type { MergedReport } from '../merge.ts';
import type { MergedFinding } from '../merge-findings.ts';
import type { MergedAnswer, MergedRow } from '../merge-rows.ts';
import { printable } from '../printable.ts';
import { adviceOf, deductionsOf, nodeWords, roleOf, type TellDeductions, waiverWords } from './row-words.ts';

const caps = { description: 300, text: 2000 } as const;

/** A description: `#` would begin a directive, and `\` an escape (TAP 14, "Test Points"). */
const described = (text: string, cap: number = caps.description): string =>
  printable(text, cap).replace(/[\\#]/g, '\\$&');

/** Noncharacters and other oddities that YAML does not allow in a stream (YAML 1.2, section 5.1). */
const unsayable = /[\ufffe\uffff]/g;

/** A text as a double-quoted scalar of YAML: JSON is one. */
const quoted = (text: string): string => JSON.stringify(printable(text, caps.text).replace(unsayable, '\ufffd'));

const list = (key: string, texts: readonly string[]): string[] =>
  texts.length === 0 ? [] : [`${key}:`, ...texts.map((text) => `  - ${quoted(text)}`)];

/** A block of diagnostics under its test point, indented by two. */
const diagnostics = (lines: readonly string[]): string[] => ['---', ...lines, '...'].map((line) => `  ${line}`);

interface Point {
  readonly ok: boolean;
  readonly description: string;
  readonly skip: string | null;
  readonly diagnostics: readonly string[];
}

const rowPoint = (who: TellDeductions, row: MergedRow, answer: MergedAnswer): Point => {
  const { verdict, because, path, explain, waiver, checks, findings, label } = answer;
  const skip = waiver !== null ? waiverWords(waiver) : verdict === 'pass' || verdict === 'fail' ? null : because;
  const bad = checks.filter((check) => check.verdict !== 'pass');
  const told = [
    `verdict: ${verdict}`,
    `because: ${quoted(because)}`,
    `path: ${path}`,
    `explain: ${quoted(explain)}`,
    ...list('who', who(row, answer)),
    ...list('do', adviceOf({ ...row, places: [answer] })),
    ...list(
      'targets',
      checks.map((check) => `${nodeWords(check)} ${check.verdict} ${check.because}`),
    ),
    ...list(
      'log',
      bad.map(({ log }) => log),
    ),
    ...list(
      'findings',
      findings.map(({ severity, code, message, target }) => `${severity} ${code}: ${message} (${target})`),
    ),
  ];
  const quiet = verdict === 'pass' && findings.length === 0;
  return {
    ok: verdict !== 'fail' || waiver !== null,
    description: `${label} → ${roleOf(row, answer)}: ${row.pack}/${row.rule}`,
    skip: skip === null ? null : verdict === 'skipped' ? explain : `${verdict}: ${skip}`,
    diagnostics: quiet || verdict === 'skipped' ? [] : told,
  };
};

const findingPoint = ({ code, target, message, remedy }: MergedFinding): Point => ({
  ok: false,
  description: `finding ${code} ${target}`,
  skip: null,
  diagnostics: [`message: ${quoted(message)}`, ...list('do', [remedy])],
});

const pointLines = ({ ok, description, skip, diagnostics: told }: Point, index: number): string[] => [
  `${ok ? 'ok' : 'not ok'} ${index + 1} - ${described(description)}${skip === null ? '' : ` # SKIP ${described(skip)}`}`,
  ...(told.length === 0 ? [] : diagnostics(told)),
];

/**
 * TAP version 14: a test point for each rule and place, with the reasons as YAML. `unknown` and rows that were not
 * asked or are waived are skipped; findings of severity error are test points of their own.
 */
export const tapSink = (report: MergedReport): string => {
  const who = deductionsOf(report);
  const errors = report.findings.filter(({ severity, waived }) => severity === 'error' && !waived);
  const points = [
    ...report.rows.flatMap((row) => row.places.map((answer) => rowPoint(who, row, answer))),
    ...errors.map(findingPoint),
  ];
  const plan = points.length === 0 ? '1..0 # SKIP no row was asked' : `1..${points.length}`;
  return `${['TAP version 14', plan, ...points.flatMap(pointLines)].join('\n')}\n`;
};
