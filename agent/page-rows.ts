import type { MergedRow } from './merge-rows.ts';
import { pastOf } from './page-beside.ts';
import { oldAfter, type PageInput, wasAsked } from './page-input.ts';
import { ageElement } from './page-time.ts';
import type { ReportCheck } from './report.ts';
import { checkDetails } from './sinks/html-details.ts';
import { type Html, joined, markup, nothing, short } from './sinks/html-escape.ts';
import { rangePicture } from './sinks/html-range.ts';
import { underRow } from './sinks/html-rows.ts';
import { anchorOf, pathWords, severityBadge, signs, verdictBadge } from './sinks/html-words.ts';
import { flowWords, nodeWords, type TellDeductions } from './sinks/row-words.ts';

/** One row of the page; `find` are the words it is found by, lower case. */
export interface PageRow {
  readonly id: string;
  readonly row: MergedRow;
  readonly find: string;
  readonly html: Html;
}

/** Nodes named in a line, and characters a row is found by. */
const mostNodes = 8;
const mostFound = 600;

const checksOf = ({ places }: MergedRow): ReportCheck[] => places.flatMap(({ checks }) => checks);

const findingsOf = ({ places }: MergedRow) => places.flatMap(({ findings }) => findings);

const nodesOf = (checks: readonly ReportCheck[]): Html => {
  const shown = checks
    .slice(0, mostNodes)
    .map(
      (check) =>
        markup`<span class="node ${check.verdict}" title="${short(nodeWords(check))}"><span aria-hidden="true">${signs[check.verdict]}</span><span class="vh">${check.verdict}</span> ${short(check.target.name, 40)}</span>`,
    );
  const hidden = checks.length - shown.length;
  return markup`${joined(shown, ' ')}${hidden > 0 ? ` and ${hidden} more` : ''}`;
};

const askedOf = (input: PageInput, checks: readonly ReportCheck[]): Html => {
  const [oldest] = checks.filter(wasAsked).toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  if (oldest === undefined) return checks.length === 0 ? markup`–` : markup`not yet`;
  return ageElement(oldest.startedAt, input.report.run.timezone, oldAfter(input, oldest));
};

const wordsOf = (row: MergedRow): string =>
  [
    ...[row.rule, flowWords(row), row.from, row.to, row.protocol, row.verdict, row.because, row.table],
    ...findingsOf(row).map(({ code }) => code),
    ...checksOf(row).map(nodeWords),
  ]
    .join(' ')
    .toLowerCase()
    .slice(0, mostFound);

/** Steps, facts, the range as a picture and the last results of one check. What failed is unfolded. */
const checkOf =
  (input: PageInput, row: MergedRow) =>
  (check: ReportCheck): Html => {
    const picture = rangePicture(check, `${flowWords(row)} from ${input.report.vantage}`);
    const alone = checksOf(row).length === 1;
    return markup`<div class="check">${picture}${checkDetails(check, pastOf(input, row, check), alone || check.verdict !== 'pass')}</div>`;
  };

const findingItems = (row: MergedRow): Html => {
  const found = findingsOf(row);
  if (found.length === 0) return nothing;
  return markup`<ul class="plainlist">${found.map(
    ({ severity, code, target, message, remedy }) =>
      markup`<li>${severityBadge(severity)} <b>${code}</b> <span class="small">${short(target)}</span> ${message}. <b>Remedy:</b> ${remedy}</li>\n`,
  )}</ul>\n`;
};

const codesOf = (row: MergedRow): Html => {
  const worst = new Map(findingsOf(row).map(({ code, severity }) => [code, severity]));
  return markup`${[...worst].map(([code, severity]) => markup` ${severityBadge(severity, code)}`)}`;
};

const detailsOf = (input: PageInput, row: MergedRow, whoBlocks: TellDeductions): Html => {
  if (row.places.every(({ checks }) => checks.length === 0)) return markup`<p class="told">${row.explain}</p>`;
  return markup`<details class="row">
<summary><span class="vh">${short(row.rule)}: </span><code class="because">${row.because}</code> <span class="told">${row.explain}</span></summary>
<div class="under">
${underRow(row, whoBlocks, checkOf(input, row), row.explain)}${findingItems(row)}</div>
</details>`;
};

/** Everything that a row is made of: the same text, the same row. */
export const rowSource = (input: PageInput, row: MergedRow, whoBlocks: TellDeductions): string =>
  JSON.stringify([
    row,
    row.places.flatMap((answer) => whoBlocks(row, answer)),
    checksOf(row).map((check) => input.historyOf(row, check)),
    [input.interval, input.sweepInterval, input.report.run.timezone, input.report.vantage],
  ]);

export const rowTitles = ['Verdict', 'Row', 'Nodes', 'Path', 'Asked'] as const;

/** One row of the port summary: a line of what is so, and under it why, folded away. */
export const pageRow = (input: PageInput, row: MergedRow, whoBlocks: TellDeductions): PageRow => {
  const id = anchorOf(row);
  const checks = checksOf(row);
  const blocked = row.expect === 'blocked' ? markup` must be <b>blocked</b>` : nothing;
  const waived = row.waiver === null ? nothing : markup` <span class="badge skipped">waived</span>`;
  const html = markup`<tr role="row" class="line">
<td role="cell" class="state">${verdictBadge(row.verdict, row.verdict === 'skipped' ? 'not asked' : row.verdict)}${waived}</td>
<th scope="row" role="rowheader"><span class="flow">${short(flowWords(row))}</span> <span class="way">${short(row.from, 40)} → ${short(row.to, 40)}${blocked}</span><br /><code class="small">${short(row.rule)}</code>${codesOf(row)}</th>
<td role="cell" data-title="${rowTitles[2]}">${nodesOf(checks)}</td>
<td role="cell" data-title="${rowTitles[3]}">${row.verdict === 'skipped' ? markup`–` : pathWords(row.path)}</td>
<td role="cell" data-title="${rowTitles[4]}">${askedOf(input, checks)}</td>
</tr>
<tr role="row" class="more"><td role="cell" colspan="${rowTitles.length}">${detailsOf(input, row, whoBlocks)}</td></tr>
`;
  return { id, row, find: wordsOf(row), html };
};
