import { asciiOnly, printable } from '../printable.ts';

/** How a text is shown: how wide the terminal is, whether it has colours, and whether it has more than ASCII. */
export interface Look {
  readonly columns: number;
  readonly colour: boolean;
  readonly ascii: boolean;
}

export type Colour = 'red' | 'yellow' | 'green' | 'bold' | 'dim';

/** The one place that knows marks and colours. */
export interface Theme {
  /** Text of others or of ours, fit for the terminal. */
  readonly say: (text: string, cap?: number) => string;
  /** Colours a text that is fit already; the text itself must say all, because colours may be off. */
  readonly paint: (colour: Colour, text: string) => string;
  readonly mark: (verdict: string) => string;
  readonly dot: string;
  readonly cut: string;
}

const sgr: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  bold: [1, 22],
  dim: [2, 22],
};

const marks: Readonly<Record<string, string>> = { pass: '✓', fail: '✗', unknown: '?' };
const plainMarks: Readonly<Record<string, string>> = { pass: '+', fail: 'x', unknown: '?' };

/** The longest text of a report in one place: no sentence of ours is longer. */
const longest = 2000;

export const themeOf = ({ colour, ascii }: Look): Theme => ({
  say: (text, cap = longest) => (ascii ? asciiOnly(printable(text, cap)) : printable(text, cap)),
  paint: (name, text) => (colour && text !== '' ? `\x1b[${sgr[name][0]}m${text}\x1b[${sgr[name][1]}m` : text),
  mark: (verdict) => (ascii ? plainMarks : marks)[verdict] ?? '-',
  dot: ascii ? ' - ' : ' · ',
  cut: ascii ? '~' : '…',
});
