import { pageChanges, pageControls, pageFindings } from './page-beside.ts';
import { pageFilter } from './page-filter.ts';
import { pageHead } from './page-head.ts';
import { type PageInput, worstOf } from './page-input.ts';
import type { Part, Versions } from './page-parts.ts';
import { isWanted, type PageQuery } from './page-query.ts';
import { type PageRow, pageRow, rowTitles } from './page-rows.ts';
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
  const { state, words } = worstOf(input.report);
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

/** Makes the page of what is known now; null: nothing yet. */
export const pageDocument = (input: PageInput | null, versions: Versions, tool: string): PageDocument => {
  const whoBlocks = input === null ? () => [] : deductionsOf(input.merged);
  const tables = rowsByTable(input?.merged.rows ?? []).map(
    ({ title, rows }, index): Table => ({
      id: `table-${index + 1}`,
      title,
      rows: input === null ? [] : rows.map((row) => pageRow(input, row, whoBlocks)),
    }),
  );
  const parts = versions.next(input === null ? new Map() : partsOf(input, tables));
  const title = titleOf(input);
  const state = input === null ? 'skipped' : worstOf(input.report).state;
  const run = input?.report.run.id ?? 'none';
  const version = `${run}.${versions.current()}`;
  const count = tables.reduce((sum, { rows }) => sum + rows.length, 0);

  const contentOf = (query: PageQuery, since: number): Html => {
    if (input === null)
      return markup`<header id="head"><h1>edgeprobe agent</h1><p>Nothing was asked yet.</p></header>\n`;
    const wanted = tables
      .map((table) => ({ ...table, rows: table.rows.filter(({ row, find }) => isWanted(query, row.verdict, find)) }))
      .filter(({ rows }) => rows.length > 0);
    const shown = wanted.reduce((sum, { rows }) => sum + rows.length, 0);
    const { summary } = input.merged;
    return markup`${part('header', parts, 'head', since)}
<div class="columns"><main>
${htmlSection('todo', 'What to do', part('div', parts, 'todo-part', since))}${htmlSection(
  'summary',
  'Port summary',
  markup`${pageFilter(summary, query, shown, count)}${rangePatterns}<div id="tables">${wanted.map((table) => tableOf(table, parts, since))}</div>`,
)}${htmlSection('findings', 'Findings', part('div', parts, 'findings-part', since))}</main>
<aside aria-label="Changes and controls">
${htmlSection('changes', 'Last changes', part('div', parts, 'changes-part', since))}${htmlSection('controls', 'Controls', part('div', parts, 'controls-part', since))}</aside></div>
`;
  };

  return (query, assets, now) => {
    const [known, number = ''] = [query.since.slice(0, query.since.lastIndexOf('.')), query.since.split('.').at(-1)];
    const since = known === run && /^\d{1,9}$/.test(number) ? Number(number) : 0;
    const body = markup`<a class="skip" href="#summary">Skip to the port summary</a>
<p id="announce" class="vh" role="status" aria-live="polite" data-keep=""></p>
<div id="lost" class="banner fail" role="status" data-keep=""></div>
<p id="live" data-keep=""></p>
${contentOf(query, since)}<footer><p class="small">edgeprobe ${short(tool, 30)}: ${links}.<noscript data-keep=""> Without a script this page does not renew itself: <a href="./">load it again</a>.</noscript></p></footer>
`;
    return htmlOf(title, state, version, now, query.since === '' ? assets : null, body);
  };
};
