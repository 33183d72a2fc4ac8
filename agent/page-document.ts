import { rowKey } from './merge-rows.ts';
import { pageChanges, pageControls, pageFindings } from './page-beside.ts';
import { pageFilter } from './page-filter.ts';
import { pageHead } from './page-head.ts';
import { type PageInput, worstOf } from './page-input.ts';
import type { Memo, Part, Versions } from './page-parts.ts';
import { isWanted, type PageQuery } from './page-query.ts';
import { type PageRow, pageRow, rowSource, rowTitles } from './page-rows.ts';
import type { PageAssets } from './page-script.ts';
import { type Html, markup, nothing, scriptElement, short, styleElement } from './sinks/html-escape.ts';
import { htmlSection } from './sinks/html-page.ts';
import { rangePatterns } from './sinks/html-range.ts';
import { rowsByTable } from './sinks/html-rows.ts';
import { htmlTodo } from './sinks/html-todo.ts';
import { signs } from './sinks/html-words.ts';
import { deductionsOf } from './sinks/row-words.ts';
import type { Verdict } from './verdict.ts';

/** A page that was made, as a reader asks for it. */
export type PageDocument = (query: PageQuery, assets: PageAssets, now: Date) => string;

const colours: Readonly<Record<Verdict, string>> = {
  fail: '#cf222e',
  unknown: '#bf8700',
  pass: '#1a7f37',
  skipped: '#6e7781',
};

/** The icon of the tab: the worst state, by colour and sign. */
const iconOf = (state: Verdict): string => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="${colours[state]}"/><text x="16" y="24" font-size="22" font-family="sans-serif" font-weight="700" text-anchor="middle" fill="#fff">${signs[state]}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
};

const titleOf = (input: PageInput | null): string => {
  if (input === null) return '… edgeprobe agent';
  const { state, words } = worstOf(input);
  return `${signs[state]} ${words} · ${input.report.site} · ${input.report.vantage}`;
};

interface Table {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly PageRow[];
}

/** Everything that changes, by its id. */
const partsOf = (input: PageInput, tables: readonly Table[]): Map<string, Html> => {
  const whoBlocks = deductionsOf(input.merged);
  return new Map([
    ['head', pageHead(input)],
    ['todo-part', htmlTodo(input.merged, whoBlocks)],
    ['changes-part', pageChanges(input)],
    ['controls-part', pageControls(input)],
    ['findings-part', pageFindings(input)],
    ...tables.flatMap(({ rows }) => rows.map(({ id, html }): [string, Html] => [id, html])),
  ]);
};

/** A part as it is, or a sign that the reader has it already. */
const part = (tag: 'header' | 'div', from: ReadonlyMap<string, Part>, id: string, since: number): Html => {
  const found = from.get(id);
  const open = markup`id="${id}"`;
  const inner = found === undefined ? nothing : found.html;
  if (found !== undefined && found.version <= since) {
    return tag === 'header' ? markup`<header ${open} data-same=""></header>` : markup`<div ${open} data-same=""></div>`;
  }
  return tag === 'header' ? markup`<header ${open}>\n${inner}</header>` : markup`<div ${open}>\n${inner}</div>`;
};

const bodyOf = ({ id, row, find }: PageRow, found: Part | undefined, since: number): Html =>
  found === undefined || found.version <= since
    ? markup`<tbody id="${id}" data-same=""></tbody>\n`
    : markup`<tbody role="rowgroup" class="${row.verdict}" id="${id}" data-state="${row.verdict}" data-find="${find}">
${found.html}</tbody>
`;

const tableOf = ({ id, title, rows }: Table, parts: ReadonlyMap<string, Part>, since: number): Html =>
  markup`<table role="table" class="live" id="${id}">
<caption>${short(title)}</caption>
<thead role="rowgroup"><tr role="row">${rowTitles.map((one) => markup`<th scope="col" role="columnheader">${one}</th>`)}</tr></thead>
${rows.map((row) => bodyOf(row, parts.get(row.id), since))}</table>
`;

const htmlOf = (
  title: string,
  state: Verdict,
  version: string,
  now: Date,
  assets: PageAssets | null,
  body: Html,
): string => {
  const loaded = assets === null ? nothing : markup`${styleElement(assets.style)}\n${scriptElement(assets.script)}\n`;
  const { source } = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${short(title, 200)}</title>
<link id="icon" rel="icon" href="${markup`${iconOf(state)}`}" />
${loaded}</head>
<body data-version="${short(version, 100)}" data-now="${now.toISOString()}">
${body}</body>
</html>
`;
  return source;
};

const links: Html = markup`<a href="./metrics">metrics</a>, <a href="./api/v1/report">the report as JSON</a>, <a href="./api/v1/events">events</a>, <a href="./-/ready">ready</a>, <a href="./-/healthy">healthy</a>`;

/** What is kept from page to page. */
export interface Kept {
  readonly versions: Versions;
  readonly rows: Memo<PageRow>;
}

const tablesOf = (input: PageInput, rows: Memo<PageRow>): Table[] => {
  const whoBlocks = deductionsOf(input.merged);
  const tables = rowsByTable(input.merged.rows).map(({ title, rows: all }, index) => ({
    id: `table-${index + 1}`,
    title,
    rows: all.map((row) =>
      rows.of(rowKey(row), rowSource(input, row, whoBlocks), () => pageRow(input, row, whoBlocks)),
    ),
  }));
  rows.sweep();
  return tables;
};

const contentOf = (
  input: PageInput,
  tables: readonly Table[],
  parts: ReadonlyMap<string, Part>,
  query: PageQuery,
  since: number,
): Html => {
  const wanted = tables
    .map((table) => ({ ...table, rows: table.rows.filter(({ row, find }) => isWanted(query, row.verdict, find)) }))
    .filter(({ rows }) => rows.length > 0);
  const shown = wanted.reduce((sum, { rows }) => sum + rows.length, 0);
  const all = tables.reduce((sum, { rows }) => sum + rows.length, 0);
  const { summary } = input.merged;
  const inner = (id: string): Html => part('div', parts, `${id}-part`, since);
  const list = markup`<div id="tables">${wanted.map((table) => tableOf(table, parts, since))}</div>`;
  return markup`${part('header', parts, 'head', since)}
<div class="columns"><main>
${htmlSection('todo', 'What to do', inner('todo'))}${htmlSection('summary', 'Port summary', markup`${pageFilter(summary, query, shown, all)}${rangePatterns}${list}`)}${htmlSection('findings', 'Findings', inner('findings'))}</main>
<aside aria-label="Changes and controls">
${htmlSection('changes', 'Last changes', inner('changes'))}${htmlSection('controls', 'Controls', inner('controls'))}</aside></div>
`;
};

const nothingYet: Html = markup`<header id="head"><h1>edgeprobe agent</h1><p>Nothing was asked yet.</p></header>\n`;

/** Contents that are kept for the next who asks for the same. */
const mostKept = 8;

/** Makes the page of what is known now; null: nothing yet. */
export const pageDocument = (input: PageInput | null, kept: Kept, tool: string): PageDocument => {
  const tables = input === null ? [] : tablesOf(input, kept.rows);
  const parts = kept.versions.next(input === null ? new Map() : partsOf(input, tables));
  const title = titleOf(input);
  const state = input === null ? 'skipped' : worstOf(input).state;
  const run = input?.report.run.id ?? 'none';
  const version = `${run}.${kept.versions.current()}`;
  const made = new Map<string, Html>();
  const content = (query: PageQuery, since: number): Html => {
    if (input === null) return nothingYet;
    const key = JSON.stringify([since, [...query.states], query.words]);
    const known = made.get(key) ?? contentOf(input, tables, parts, query, since);
    if (made.size >= mostKept) made.clear();
    made.set(key, known);
    return known;
  };

  return (query, assets, now) => {
    const [known, number = ''] = [query.since.slice(0, query.since.lastIndexOf('.')), query.since.split('.').at(-1)];
    const since = known === run && /^\d{1,9}$/.test(number) ? Number(number) : 0;
    const body = markup`<a class="skip" href="#summary">Skip to the port summary</a>
<p id="announce" class="vh" role="status" aria-live="polite" data-keep=""></p>
<div id="lost" class="banner fail" role="status" data-keep=""></div>
<p id="live" data-keep=""></p>
${content(query, since)}<footer><p class="small">edgeprobe ${short(tool, 30)}: ${links}.<noscript data-keep=""> Without a script this page does not renew itself: <a href="./">load it again</a>.</noscript></p></footer>
`;
    return htmlOf(title, state, version, now, query.since === '' ? assets : null, body);
  };
};
