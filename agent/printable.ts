/** The longest text from the network that is worth a reader's time in one place, in characters. */
const defaultCap = 200;

/** U+061C, U+200E-200F, U+202A-202E, U+2066-2069: they turn the order of what stands beside them. */
const isBidi = (code: number): boolean =>
  code === 0x61c ||
  code === 0x200e ||
  code === 0x200f ||
  (code >= 0x202a && code <= 0x202e) ||
  (code >= 0x2066 && code <= 0x2069);

/** Characters that show nothing, or break lines: soft hyphen, zero-width ones, separators, fillers, tags, U+FEFF. */
const isInvisible = (code: number): boolean =>
  code === 0xad ||
  code === 0x34f ||
  code === 0x115f ||
  code === 0x1160 ||
  code === 0x17b4 ||
  code === 0x17b5 ||
  (code >= 0x180b && code <= 0x180f) ||
  (code >= 0x200b && code <= 0x200d) ||
  code === 0x2028 ||
  code === 0x2029 ||
  (code >= 0x2060 && code <= 0x2065) ||
  (code >= 0x206a && code <= 0x206f) ||
  code === 0x3164 ||
  code === 0xfeff ||
  code === 0xffa0 ||
  (code >= 0xfff0 && code <= 0xfffb) ||
  (code >= 0xfe00 && code <= 0xfe0f) ||
  (code >= 0xe0000 && code <= 0xe0fff);

const isControl = (code: number): boolean => code < 0x20 || (code >= 0x7f && code <= 0x9f);

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff;

/** Marks that stand on the character before them: a heap of them spills over neighbouring lines. */
const isCombining = (character: string): boolean => /^\p{M}$/u.test(character);

const mostMarksInARow = 2;

const hex = (code: number): string => code.toString(16);

const escaped = (code: number): string =>
  code <= 0xff ? `\\x${hex(code).padStart(2, '0')}` : `\\u{${hex(code).padStart(4, '0')}}`;

/** Whether a terminal must not get that code point as it is. */
const isHarmful = (code: number): boolean => isControl(code) || isSurrogate(code) || isBidi(code) || isInvisible(code);

/** What most texts are made of: nothing to look at one by one. */
const plain = /^[\x20-\x7e→…·×✓✗–]*$/;

/**
 * Text that somebody else wrote, fit for a terminal: control characters (ESC and line breaks among them), characters
 * that turn the writing direction or show nothing, lone surrogates and heaps of combining marks come out as visible
 * escapes such as `\x1b` or `\u{202e}`. Longer texts end in `…`. What has passed once passes again unchanged.
 * @param cap most characters kept, before escaping
 */
export const printable = (text: string, cap = defaultCap): string => {
  if (text.length <= cap && plain.test(text)) return text;
  let out = '';
  let kept = 0;
  let marks = 0;
  for (const character of text) {
    if (kept === cap) return `${out}…`;
    kept++;
    const code = character.codePointAt(0) ?? 0;
    marks = isCombining(character) ? marks + 1 : 0;
    out += isHarmful(code) || marks > mostMarksInARow ? escaped(code) : character;
  }
  return out;
};

/** The same for a terminal whose locale has ASCII only: our own signs are spelled, others escaped. */
export const asciiOnly = (text: string): string =>
  text
    .replaceAll('→', '->')
    .replaceAll('…', '...')
    .replaceAll('·', '-')
    .replaceAll('×', 'x')
    .replace(/[^\x00-\x7f]/gu, (character) => escaped(character.codePointAt(0) ?? 0));

/** East Asian wide and fullwidth blocks, and emoji, as far as terminals agree on them. */
const wideBlocks: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

const widthOf = (character: string): number => {
  const code = character.codePointAt(0) ?? 0;
  if (isCombining(character)) return 0;
  return wideBlocks.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
};

/** Columns that a printable text takes on a terminal. */
export const displayWidth = (text: string): number => {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
};

/** The longest beginning of a text that fits into so many columns. */
export const headOf = (text: string, columns: number): string => {
  let out = '';
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) return out;
    out += character;
  }
  return out;
};

/** Filled with blanks on the right up to so many columns. */
export const padded = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
