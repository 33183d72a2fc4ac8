import type { Report } from '../../agent/report.ts';
import { samplePool } from './sample-report.ts';

/** Keys whose values have a closed vocabulary or a format: a file with anything else in them is refused. */
const closed: ReadonlySet<string> = new Set([
  ...['schema', 'vantage', 'expect', 'verdict', 'because', 'path', 'evidence', 'outcome', 'severity', 'code', 'kind'],
  ...['startedAt', 'finishedAt', 'at', 'until', 'timezone', 'controlPort'],
]);

const poisoned = (value: unknown, key: string, text: string): unknown => {
  if (typeof value === 'string') return closed.has(key) ? value : text;
  if (Array.isArray(value)) return value.map((one) => poisoned(one, key, text));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poisoned(inner, name, text)]));
};

/** A report whose every free text, also names and addresses of our own, is that text. */
export const poisonedReport = (text: string): Report => {
  const { report } = samplePool();
  const waiver = { reason: text, ticket: text, until: '2026-12-31' };
  const [first, second, ...others] = report.rules;
  if (first === undefined || second === undefined) throw new Error('the sample has rules');
  const run = { ...report.run, note: text };
  const rules = [{ ...first, waiver }, second, ...others];
  const { startedAt, finishedAt } = report;
  const records = [{ host: text, as: 'edge', digest: text, startedAt, finishedAt, ended: true }];
  const made = poisoned({ ...report, run, rules, records }, '', text) as Report;
  // Rows stay apart: a report that names a row twice is refused.
  return { ...made, rules: made.rules.map((rule, index) => ({ ...rule, rule: `${text} ${index}` })) };
};

/** Texts that mean harm to one format or another. */
export const harms: readonly string[] = [
  '\x1b]0;owned\x07\x1b[2J\r\n✓ pass everything\x9b31m\u202etxt.exe\u2066\u200b\ud800\ufffe\uffff\x00',
  "<script>alert(1)</script><img src=x onerror=alert(1)>]]></failure><!--\" onload='x' &lt;&#0;",
  '| pass | `code` **bold** [link](http://evil.example) ![i](http://evil.example/x.png) @team #1 www.evil.example $x$',
  "=cmd|'/c calc'!A0",
  '@SUM(1+1)*cmd',
  '\t=1+1',
  'a;=1+1',
  '-2+3',
  'line one\nnot ok 99 - forged\n1..1\nBail out! forged\n# SKIP x \\# y',
  '"quoted", and; commas',
  '--- \n...\n- item\n1. one\n# heading',
  '+'.repeat(5000),
  '北'.repeat(3000),
];
