import { otherwiseWords } from '../advice.ts';
import { listed } from '../explain-words.ts';
import type { MergedReport } from '../merge.ts';
import type { MergedFinding } from '../merge-findings.ts';
import { type MergedRow, rowKey } from '../merge-rows.ts';
import { byWorst } from '../verdict.ts';
import { grouped } from './grouped.ts';
import { type Html, joined, markup, nothing, short } from './html-escape.ts';
import { type Column, htmlTable } from './html-page.ts';
import { anchorOf, severityBadge, verdictBadge } from './html-words.ts';
import { adviceOf, aheadAdvice, deductionText, flowWords, oldAdvice, type TellDeductions } from './row-words.ts';

const linkTo = (row: MergedRow): Html => markup`<a href="#${anchorOf(row)}">${short(row.rule)}</a>`;

/** Whether every check of a row that did not pass is blamed on a segment, and the blame is sure. */
const isSegments = (row: MergedRow, deductions: MergedReport['deductions']): boolean => {
  const own = deductions.filter((one) => rowKey(one) === rowKey(row));
  return row.places.every(({ label, checks }) =>
    checks.every(
      ({ verdict, target }) =>
        verdict === 'pass' ||
        own.some((one) => one.node === target.name && one.label === label && one.blame === 'segment' && one.sure),
    ),
  );
};

/** Advice without what is to be done where somebody else is to blame. */
const settled = (advice: string): string => advice.replace(new RegExp(` ${otherwiseWords}.*$`), '');

const sentences = (words: readonly string[]): Html[] => words.map((text) => markup`<p>${text}</p>`);

/** Rows that want the same are one item. */
const rowItems = ({ rows, deductions }: MergedReport, whoBlocks: TellDeductions): [weight: number, Html][] => {
  const open = rows
    .filter(({ verdict, waiver }) => (verdict === 'fail' || verdict === 'unknown') && waiver === null)
    .toSorted((a, b) => byWorst(a.verdict, b.verdict));
  const wants = open.map((row) => {
    const who = row.places.flatMap((answer) => whoBlocks(row, answer));
    const all = adviceOf(row);
    const advice = isSegments(row, deductions) ? all.map(settled) : all;
    return { row, who: [...new Set(who)], advice: advice.length > 0 ? advice : [row.explain] };
  });
  return grouped(wants, ({ row, who, advice }) => JSON.stringify([row.verdict, who, advice])).map((same) => {
    const [{ row, who, advice }] = same;
    const links = same.map((one) => markup`${linkTo(one.row)}`);
    const flows = [...new Set(same.map((one) => flowWords(one.row)))];
    return [
      row.verdict === 'fail' ? 0 : 2,
      markup`<li>${verdictBadge(row.verdict)} <b>${short(flows.join(', '))}</b> <span class="small">${joined(links, ', ')}</span>
${sentences(advice)}${who.map((text) => markup`<p><b>Who blocks:</b> ${text}</p>`)}</li>
`,
    ];
  });
};

/** Errors are repaired even where every row passed. */
const errorItems = ({ findings }: MergedReport): [weight: number, Html][] =>
  findings
    .filter(({ severity, waived }) => severity === 'error' && !waived)
    .map(({ severity, code, target, message, remedy }) => [
      1,
      markup`<li>${severityBadge(severity)} <b>${code}</b> <span class="small">${short(target, 200)}</span>
<p>${message}. ${remedy}</p></li>
`,
    ]);

/** Runs that cannot be signed as they are, although their rows may have passed. */
const runItems = (report: MergedReport): [weight: number, Html][] =>
  [aheadAdvice(report), oldAdvice(report)].flatMap((advice): [number, Html][] =>
    advice === null ? [] : [[1, markup`<li><p>${advice}.</p></li>\n`]],
  );

/** What to do, the worst first. */
export const htmlTodo = (report: MergedReport, whoBlocks: TellDeductions): Html => {
  const items = [...rowItems(report, whoBlocks), ...errorItems(report), ...runItems(report)].toSorted(
    ([a], [b]) => a - b,
  );
  if (items.length > 0) return markup`<ol class="todo">${items.map(([, item]) => item)}</ol>`;
  return report.exitCode === 0
    ? markup`<p>Nothing: every row that was asked passed.</p>`
    : markup`<p>Every row that was asked passed; see below what was not tested.</p>`;
};

const deductionColumns: readonly Column[] = [
  { title: 'Row', heads: true },
  { title: 'Node' },
  { title: 'Asked from' },
  { title: 'Segment' },
  { title: 'Deduction' },
];

/** Who blocks: by segment, never by device. */
export const htmlWhoBlocks = ({ deductions, rows }: MergedReport): Html => {
  const byKey = new Map(rows.map((row) => [rowKey(row), row]));
  const told = deductions.filter(({ code }) => code !== 'nobody-blocks');
  const free = deductions.length - told.length;
  const alike = grouped(told, ({ node, label, segment, sure, explain, doubts }) =>
    JSON.stringify([node, label, segment, sure, explain, doubts]),
  );
  const cells = alike.map((same) => {
    const [one] = same;
    const links = [...new Map(same.map((each) => [rowKey(each), each])).entries()].map(([key, { rule }]) => {
      const row = byKey.get(key);
      return row === undefined ? short(rule) : linkTo(row);
    });
    return [
      joined(links, ', '),
      short(one.node),
      short(one.label),
      markup`${one.segment}`,
      markup`${one.sure ? nothing : markup`<b>not sure:</b> `}${deductionText(one)}`,
    ];
  });
  if (told.length > 0) return htmlTable('Deduced from what several places saw', deductionColumns, cells);
  return free > 0
    ? markup`<p>Nobody blocks, as far as the runs together tell.</p>`
    : markup`<p>Nothing to deduce: no row failed that several places asked.</p>`;
};

const rowsOf = (alike: readonly MergedFinding[]): Html => {
  const names = new Set(alike.flatMap(({ rows }) => rows).map((one) => one.slice(one.lastIndexOf('/') + 1)));
  return names.size === 0 ? nothing : markup`<p class="small">${short(listed([...names]), 600)}</p>`;
};

const unique = (words: readonly string[]): string[] => [...new Set(words)];

/** Findings with what was seen and what repairs it; what was seen alike at many targets stands once. */
export const htmlFindings = ({ findings }: MergedReport): Html => {
  if (findings.length === 0) return markup`<p>None.</p>`;
  const items = grouped(findings, ({ code, severity, waived, message, remedy }) =>
    JSON.stringify([code, severity, waived, message, remedy]),
  ).map((alike) => {
    const [one] = alike;
    const targets = listed(unique(alike.map(({ target }) => target)));
    const where = `${targets}, from ${listed(unique(alike.flatMap(({ places }) => places)))}`;
    return markup`<li>${severityBadge(one.severity)} <b>${one.code}</b>${one.waived ? ' (waived)' : ''} <span class="small">${short(where, 600)}</span>
<p>${one.message}.</p><p><b>Remedy:</b> ${one.remedy}</p>${rowsOf(alike)}</li>
`;
  });
  return markup`<ul class="todo">${items}</ul>`;
};
