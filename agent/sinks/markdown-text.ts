import { printable } from '../printable.ts';

/** Punctuation that Markdown, GitHub's tables, its strikethrough and its formulas give a meaning within a line. */
const special = /[\\`*_[\]|~$]/g;

/**
 * Text of others within a line of Markdown: nothing in it is markup, HTML, a link or a mention. Line breaks are gone
 * (`printable` shows them as escapes), so it cannot begin a block either, except at the start of a list item.
 */
export const inline = (text: string, cap = 2000): string =>
  printable(text, cap)
    .replace(special, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    // Bare addresses become links, and names people who are told of it.
    .replaceAll('://', ':\\/\\/')
    .replace(/\bwww\./gi, (found) => `${found.slice(0, 3)}\\.`)
    .replaceAll('@', '@<!-- -->')
    .trim()
    .replace(/^[#+=-]+(?=\s|$)/, '\\$&')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2');

/** A table: a header and rows of cells, each of them inline text already. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell || ' ').join(' | ')} |`;
  return rows.length === 0 ? [] : [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
};

/** A heading with what stands under it; nothing at all where nothing does. */
export const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`## ${title}`, '', ...lines, ...(lines.at(-1) === '' ? [] : [''])];
