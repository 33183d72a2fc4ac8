import type { MergedReport } from '../merge.ts';
import type { MergedAnswer, MergedRow } from '../merge-rows.ts';
import type { MergedRun } from '../merge-runs.ts';
import { printable } from '../printable.ts';
import type { ReportCheck } from '../report.ts';
import { deductionsOf, waiverWords } from './row-words.ts';

const cap = 4000;

/** What a spreadsheet takes for the beginning of a formula, also after blanks, and in fullwidth. */
const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/;

/**
 * One cell: quoted where it has to be (RFC 4180), and never a formula. A semicolon is the separator of spreadsheets in
 * many countries, so what follows one must be none either.
 */
export const csvCell = (value: string | number | null): string => {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = printable(value, cap).replace(/;(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/g, ";'");
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",;\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

type Cells = Readonly<Record<string, string | number | null>>;

const findingsText = ({ findings }: MergedAnswer): string =>
  findings.map(({ severity, code, message, target }) => `${severity} ${code}: ${message} (${target})`).join(' / ');

/** One line: a row, the place that asked it, and one node; where nobody was asked the node is empty. */
const cellsOf = (
  run: MergedRun | undefined,
  row: MergedRow,
  answer: MergedAnswer,
  check: ReportCheck | null,
  who: string,
): Cells => ({
  site: run?.site ?? '',
  vantage: answer.vantage,
  place: answer.place,
  host: run?.host ?? '',
  pack: row.pack,
  rule: row.rule,
  table: row.table,
  protocol: row.protocol,
  security: row.security,
  transport: row.transport,
  ports: row.ports,
  from: row.from,
  to: row.to,
  expect: answer.expect,
  node: check?.target.name ?? '',
  role: check?.target.role ?? '',
  address: check?.target.address ?? check?.target.host ?? '',
  port: check === null ? '' : (check.target.ports ?? check.target.port),
  source: check?.source.address ?? '',
  verdict: check?.verdict ?? answer.verdict,
  because: check?.because ?? answer.because,
  path: check?.path ?? answer.path,
  evidence: check?.evidence ?? '',
  outcome: check?.outcome ?? '',
  asked: check?.startedAt ?? '',
  seconds: check?.durationSeconds ?? null,
  old: answer.old ? 'old' : '',
  waiver: answer.waiver === null ? '' : waiverWords(answer.waiver),
  findings: findingsText(answer),
  explain: check?.explain || answer.explain,
  who,
  do: check?.advice ?? '',
  log: check?.log ?? '',
});

const header = [
  ...['site', 'vantage', 'place', 'host', 'pack', 'rule', 'table', 'protocol', 'security', 'transport', 'ports'],
  ...['from', 'to', 'expect', 'node', 'role', 'address', 'port', 'source', 'verdict', 'because', 'path', 'evidence'],
  ...['outcome', 'asked', 'seconds', 'old', 'waiver', 'findings', 'explain', 'who', 'do', 'log'],
];

/** CSV (RFC 4180, UTF-8, with a header): one line for each rule, place and node. */
export const csvSink = (report: MergedReport): string => {
  const runs = new Map(report.runs.map((run) => [run.number, run]));
  const whoBlocks = deductionsOf(report);
  const lines = report.rows.flatMap((row) =>
    row.places.flatMap((answer) => {
      const checks = answer.checks.length > 0 ? answer.checks : [null];
      return checks.map((check) => {
        const who = check === null ? '' : whoBlocks(row, answer, check.target.name).join(' / ');
        const cells = cellsOf(runs.get(answer.run), row, answer, check, who);
        return header.map((name) => csvCell(cells[name] ?? null)).join(',');
      });
    }),
  );
  return [header.join(','), ...lines].map((line) => `${line}\r\n`).join('');
};
