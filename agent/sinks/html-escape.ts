import { printable } from '../printable.ts';

/** Longest text of others in one place, in characters. */
const cap = 2000;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Code points that are no characters at all: neither HTML nor XML lets them stand. */
const noncharacters = /\p{Noncharacter_Code_Point}/gu;

/**
 * Text of others, fit for an element or a quoted attribute: no markup, no control characters, no change of writing
 * direction, and no more than so many characters.
 */
export const escapeHtml = (text: string, most = cap): string =>
  printable(text, most)
    .replace(noncharacters, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** Markup that was made here. Only `markup` makes it, so that no text of others becomes any. */
class Markup {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

export type Html = Markup;

/** What may stand in markup: other markup as it is, everything else as text. */
export type Part = string | number | Html | readonly Html[];

const sourceOf = (part: Part): string => {
  if (part instanceof Markup) return part.source;
  if (Array.isArray(part)) return part.map(sourceOf).join('');
  return escapeHtml(String(part));
};

/** Markup with texts in it, escaped: `` markup`<td>${name}</td>` ``. Attributes have to be in double quotes. */
export const markup = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Markup(strings.map((text, index) => text + (index < parts.length ? sourceOf(parts[index] ?? '') : '')).join(''));

/** Nothing. */
export const nothing: Html = markup``;

/** Markup of several parts with something between them. */
export const joined = (parts: readonly Part[], between: Part): Html =>
  markup`${parts.flatMap((part, index) => (index === 0 ? [markup`${part}`] : [markup`${between}`, markup`${part}`]))}`;

/** A shorter limit than the usual one, for names and addresses. */
export const short = (text: string, most = 120): Html => new Markup(escapeHtml(text, most));

/** A style sheet of ours: it is not escaped, because nothing is within `style`. Throws Error if it could end there. */
export const styleElement = (css: string): Html => {
  if (css.includes('<') || css.includes('&')) throw new Error('a style sheet with markup in it');
  return new Markup(`<style>${css}</style>`);
};

/** A script of ours, not escaped either. Throws Error if it could end there. */
export const scriptElement = (script: string): Html => {
  if (/<\/script|<!--/i.test(script)) throw new Error('a script with markup in it');
  return new Markup(`<script>${script}</script>`);
};
