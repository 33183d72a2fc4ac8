import type { Report } from '../report.ts';

/** What a terminal might act on, and JSON lets stand unescaped: DEL, C1, direction marks, separators, U+FEFF. */
const dangerous = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The report as one JSON document that ends with a newline. It says the same as the report; a terminal may show it. */
export const jsonSink = (report: Report): string => `${JSON.stringify(report, null, 2).replace(dangerous, escaped)}\n`;
