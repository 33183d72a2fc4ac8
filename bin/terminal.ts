import { printable } from '../agent/printable.ts';

/** What the terminal can show. */
export interface TerminalLook {
  readonly columns: number;
  readonly colour: boolean;
  readonly ascii: boolean;
}

const utf8 = (): boolean => {
  const locale = process.env['LC_ALL'] || process.env['LC_CTYPE'] || process.env['LANG'];
  // Windows consoles and bare environments set nothing, and show UTF-8 all the same.
  return locale === undefined || locale === '' || /utf-?8/i.test(locale);
};

/** FORCE_COLOR before NO_COLOR, as in Node itself; then only terminals that can. */
const coloured = (isTerminal: boolean): boolean => {
  const { FORCE_COLOR: forced, NO_COLOR: unwanted, TERM: terminal } = process.env;
  if (forced !== undefined) return !['0', 'false'].includes(forced);
  return isTerminal && !unwanted && terminal !== 'dumb';
};

/** How standard output is to be written to: as wide as the terminal, coloured where people look and allow it. */
export const terminalLook = (): TerminalLook => {
  const { columns, isTTY } = process.stdout;
  const wide = Number(process.env['COLUMNS']);
  // A terminal whose size nobody set (a serial line, some containers) calls itself 0 columns wide.
  const width = columns > 0 ? columns : wide;
  return {
    columns: Number.isInteger(width) && width > 0 ? width : 100,
    colour: coloured(isTTY === true),
    ascii: !utf8(),
  };
};

const longestWarning = 500;

/** Something to know that stops nothing; on standard error. */
export const warn = (line: string): void => {
  process.stderr.write(`edgeprobe: warning: ${printable(line, longestWarning)}\n`);
};

/** Something that happened while people wait, on standard error. */
export const say = (line: string): void => {
  process.stderr.write(`edgeprobe: ${printable(line, longestWarning)}\n`);
};

/** Often enough to see that it moves. In milliseconds. */
const redrawEvery = 100;

/** A line that overwrites itself on a terminal, and is silent elsewhere. */
export const progressLine = (): { show: (text: string) => void; clear: () => void } => {
  const stream = process.stderr;
  if (!stream.isTTY || process.env['TERM'] === 'dumb') return { show: () => undefined, clear: () => undefined };
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    show: (text) => {
      const now = performance.now();
      if (now - drawn < redrawEvery) return;
      drawn = now;
      stream.write(`\r\x1b[2K${text.slice(0, (stream.columns || 80) - 1)}`);
    },
    clear: () => {
      if (drawn > 0) stream.write('\r\x1b[2K');
      drawn = Number.NEGATIVE_INFINITY;
    },
  };
};
