import type { Report } from '../report.ts';

/** What a terminal might act on, and JSON lets stand unescaped: DEL, C1, direction marks, separators, U+FEFF. */
const dangerous = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * A value as JSON that says the same and that a terminal may show; it ends with a newline.
 * @param indent blanks for each level; 0: all on one line
 */
export const safeJson = (value: unknown, indent: number): string =>
  `${JSON.stringify(value, null, indent).replace(dangerous, escaped)}\n`;

/** The report as one JSON document. */
export const jsonSink = (report: Report): string => safeJson(report, 2);
