import { displayWidth, headOf } from '../printable.ts';

/** Words of a text; a number stays with its unit. */
const wordsOf = (text: string): string[] => text.split(/ +(?!m?s\b)|(?<!\d) +/).filter((word) => word !== '');

const pieces = (word: string, columns: number): string[] => {
  const out: string[] = [];
  let rest = word;
  while (displayWidth(rest) > columns) {
    // A single character may be wider than the column: it has to go somewhere.
    const head = headOf(rest, columns) || String.fromCodePoint(rest.codePointAt(0) ?? 32);
    out.push(head);
    rest = rest.slice(head.length);
  }
  return [...out, rest];
};

/** Breaks a text into lines of at most so many columns, between words where that can be done. */
export const wrap = (text: string, columns: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const piece of wordsOf(text).flatMap((word) => pieces(word, columns))) {
    const longer = line === '' ? piece : `${line} ${piece}`;
    if (line !== '' && displayWidth(longer) > columns) {
      lines.push(line);
      line = piece;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
};

/** A text wrapped under a lead: the lead stands before the first line, as many blanks before the others. */
export const hanging = (lead: string, text: string, columns: number): string[] => {
  const indent = displayWidth(lead);
  return wrap(text, Math.max(columns - indent, 20)).map(
    (line, index) => (index === 0 ? lead : ' '.repeat(indent)) + line,
  );
};

/** A text in at most so many columns, its middle cut out if need be. */
export const middleCut = (text: string, columns: number, sign: string): string => {
  if (displayWidth(text) <= columns) return text;
  const room = Math.max(columns - displayWidth(sign), 0);
  const head = headOf(text, Math.ceil(room / 2));
  const characters = [...text].reverse().join('');
  const tail = [...headOf(characters, Math.floor(room / 2))].reverse().join('');
  return head + sign + tail;
};

/** A text in at most so many columns, its end cut off if need be. */
export const endCut = (text: string, columns: number, sign: string): string =>
  displayWidth(text) <= columns ? text : headOf(text, columns - displayWidth(sign)) + sign;
