import { createHash } from 'node:crypto';
import { type Html, markup, short, styleElement } from './html-escape.ts';
import { htmlStyle } from './html-style.ts';

/** What stands in the head of a page and at the foot of its sheets of paper. */
export interface PageHead {
  readonly title: string;
  /** At the foot of every sheet: sheets of two reports must not be mixed up. */
  readonly foot: string;
}

/** Text for a style sheet: everything that could mean something there is a question mark. */
const quotedCss = (text: string): string => `"${text.slice(0, 80).replace(/[^\w .:+/()-]/g, '?')}"`;

/** What the page may load: nothing but its own style, named by its hash. No script ever runs. */
const contentSecurity = (style: string): string => {
  const hash = createHash('sha256').update(style).digest('base64');
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
};

/** A whole document, complete in itself: nothing is loaded, and no script is needed. */
export const htmlPage = ({ title, foot }: PageHead, body: Html): string => {
  const style = `${htmlStyle}@page{@bottom-left{content:${quotedCss(foot)}}}`;
  const { source } = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="${contentSecurity(style)}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="referrer" content="no-referrer" />
<title>${short(title, 200)}</title>
${styleElement(style)}
</head>
<body>
${body}
</body>
</html>
`;
  return source;
};

/** A part of the page with its heading. */
export const htmlSection = (id: string, title: string, content: Html): Html =>
  markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>
`;

/** A cell: its text, or markup, and more attributes. */
export interface Column {
  readonly title: string;
  /** Whether its cells name their row. */
  readonly heads?: boolean;
}

/**
 * A plain table. On narrow screens its rows become blocks, so the roles are spelled out (a changed `display` takes them
 * away in some browsers), and each cell knows the title of its column.
 */
export const htmlTable = (caption: string, columns: readonly Column[], rows: readonly (readonly Html[])[]): Html => {
  const cellOf = (content: Html, index: number): Html => {
    const { title = '', heads = false } = columns[index] ?? {};
    return heads
      ? markup`<th scope="row" role="rowheader" data-title="${short(title)}">${content}</th>`
      : markup`<td role="cell" data-title="${short(title)}"><span>${content}</span></td>`;
  };
  return markup`<table role="table" class="plain">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(({ title }) => markup`<th scope="col" role="columnheader">${short(title)}</th>`)}</tr></thead>
<tbody role="rowgroup">
${rows.map((cells) => markup`<tr role="row">${cells.map(cellOf)}</tr>\n`)}</tbody>
</table>
`;
};

/** A list of paragraphs; nothing where there are none. */
export const htmlList = (items: readonly Html[]): Html =>
  items.length === 0 ? markup`` : markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>\n`;
