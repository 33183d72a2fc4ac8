import { basename } from 'node:path';
import type { MergedReport } from '../merge.ts';
import type { MergedAnswer, MergedRow } from '../merge-rows.ts';
import type { ReportCheck } from '../report.ts';
import { grouped } from './grouped.ts';
import { checkDetails } from './html-details.ts';
import { type Html, markup, nothing, short } from './html-escape.ts';
import { anchorOf, pathWords, serviceWords, verdictBadge } from './html-words.ts';
import { adviceOf, badChecks, flowWords, nodeWords, type TellDeductions, waiverWords } from './row-words.ts';

const tableNames: Readonly<Record<string, string>> = {
  external: 'External interface',
  internal: 'Internal interface',
  federation: 'Federation',
  'public-im': 'Public IM connectivity',
  xmpp: 'XMPP',
  site: 'Added by the site file',
};

const titles = ['Row', 'From place', 'Node', 'Verdict', 'Path', 'Service', 'Evidence'] as const;

const cell = (index: number, content: Html): Html =>
  markup`<td role="cell" data-title="${titles[index] ?? ''}"><span>${content}</span></td>`;

/** Where one host asks a node from several addresses, each line says from which. */
const sourceWords = ({ checks }: MergedAnswer, check: ReportCheck): Html => {
  const alike = checks.filter((one) => nodeWords(one) === nodeWords(check));
  const sources = new Set(alike.map(({ source }) => source.address));
  return sources.size < 2 || check.source.address === null
    ? nothing
    : markup`<br /><span class="small">from ${short(check.source.address)}</span>`;
};

/** One line of a row: what one place says of one node. */
const nodeCells = (answer: MergedAnswer, check: ReportCheck): Html =>
  markup`${[
    cell(1, markup`${short(answer.label)}${answer.old ? ' (old)' : ''}${answer.kept === undefined ? '' : ' (kept)'}`),
    cell(2, markup`${short(nodeWords(check))}${sourceWords(answer, check)}`),
    cell(3, verdictBadge(check.verdict)),
    cell(4, pathWords(check.path)),
    cell(5, markup`${serviceWords(check)}`),
    cell(6, markup`${check.evidence}`),
  ]}`;

const rowHead = (row: MergedRow, lines: number): Html => {
  const { rule, from, to, expect, waiver } = row;
  const blocked = expect === 'blocked' ? markup`<br />must be <b>blocked</b>` : nothing;
  const waived = waiver === null ? nothing : markup` <span class="badge skipped">waived</span>`;
  return markup`<th scope="rowgroup" role="rowheader" rowspan="${lines}">${verdictBadge(row.verdict)}${waived} <span class="flow">${short(flowWords(row))}</span><br />
<span class="small">${short(from, 40)} → ${short(to, 40)}${blocked}<br /><code>${short(rule)}</code></span></th>`;
};

const unique = (words: readonly string[]): string[] => [...new Set(words.filter((word) => word !== ''))];

/** Sentences of one row before it says how many more there are. */
const most = 12;

const few = (items: readonly Html[]): Html[] => {
  const hidden = items.length - most;
  return hidden > 0 ? [...items.slice(0, most), markup`<p>and ${hidden} more, see --format json</p>\n`] : [...items];
};

/** Sentences, each once, with a word before each. */
const paragraphs = (before: string, words: readonly string[]): Html[] =>
  few(unique(words).map((text) => markup`<p>${before === '' ? nothing : markup`<b>${before}</b> `}${text}</p>\n`));

/** The reasons: one sentence where all passed, else one for each check that did not. */
const reasons = (row: MergedRow, before?: string): Html[] => {
  const bad = badChecks(row);
  const told: readonly Pick<ReportCheck, 'because' | 'explain'>[] =
    row.verdict === 'pass' || bad.length === 0 ? [row] : bad;
  const others = told.filter(({ explain }) => before === undefined || explain === '' || !before.startsWith(explain));
  const said = grouped(others, ({ because, explain }) => JSON.stringify([because, explain]));
  return few(
    said.map(
      ([{ because, explain }]) => markup`<p><code class="because">${because}</code> ${explain || row.explain}</p>\n`,
    ),
  );
};

/**
 * Why, in words; who blocks, what to do, where to look in the logs; and everything else of each check.
 * @param said a sentence that stands there already
 */
export const underRow = (
  row: MergedRow,
  whoBlocks: TellDeductions,
  tell: (check: ReportCheck) => Html = (check) => checkDetails(check),
  said?: string,
): Html => {
  const who = row.places.flatMap((answer) => whoBlocks(row, answer));
  const waivers = row.places.flatMap(({ waiver }) => (waiver === null ? [] : [waiverWords(waiver)]));
  const logs = unique(badChecks(row).map(({ log }) => log));
  const checks = row.places.flatMap((answer) => answer.checks);
  return markup`${reasons(row, said)}${paragraphs('Who blocks:', who)}${paragraphs('Do:', adviceOf(row))}${paragraphs('', waivers)}${few(logs.map((text) => markup`<p class="log"><b>Log:</b> ${text}</p>\n`))}${checks.map((check) => tell(check))}`;
};

/** One row of the port summary: a line for each place and node, and what is to be said of them. */
const htmlRow = (row: MergedRow, id: string, whoBlocks: TellDeductions): Html => {
  const lines = row.places.flatMap((answer) => answer.checks.map((check) => nodeCells(answer, check)));
  if (lines.length === 0) {
    return markup`<tbody role="rowgroup" class="row ${row.verdict}" id="${id}">
<tr role="row">${rowHead(row, 1)}<td role="cell" colspan="6" class="wide">${row.explain}</td></tr>
</tbody>
`;
  }
  const [first = nothing, ...others] = lines;
  return markup`<tbody role="rowgroup" class="row ${row.verdict}" id="${id}">
<tr role="row">${rowHead(row, lines.length)}${first}</tr>
${others.map((cells) => markup`<tr role="row">${cells}</tr>\n`)}<tr role="row"><td role="cell" colspan="7" class="wide">${underRow(row, whoBlocks)}</td></tr>
</tbody>
`;
};

/** A table of so few rows is not torn apart on paper; a longer one begins on a sheet of its own. */
const fewRows = 8;

/** Rows by the table of the documents they stand in, in the order of the packs, with its title. */
export const rowsByTable = (rows: readonly MergedRow[]): { title: string; rows: readonly MergedRow[] }[] => {
  const packs = new Set(rows.map(({ pack }) => pack));
  return grouped(rows, ({ pack, table }) => JSON.stringify([pack, table])).map((same) => {
    const [{ pack, table }] = same;
    const name = tableNames[table] ?? table;
    return { title: packs.size > 1 ? `${name} (${basename(pack)})` : name, rows: same };
  });
};

/** The port summary: a table for each table of the documents. */
export const htmlRows = ({ rows }: MergedReport, whoBlocks: TellDeductions): Html => {
  const all = rowsByTable(rows).map(({ title, rows: same }) => {
    return markup`<table role="table" class="${same.length <= fewRows ? 'rows few' : 'rows'}">
<caption>${short(title)}</caption>
<thead role="rowgroup"><tr role="row">${titles.map((one) => markup`<th scope="col" role="columnheader">${one}</th>`)}</tr></thead>
${same.map((row) => htmlRow(row, anchorOf(row), whoBlocks))}</table>
`;
  });
  return markup`<fieldset class="filter"><legend>Show</legend>
<label><input type="radio" name="show" id="show-all" checked="checked" /> all rows</label>
<label><input type="radio" name="show" id="show-bad" /> what did not pass</label>
</fieldset>
${all}`;
};
