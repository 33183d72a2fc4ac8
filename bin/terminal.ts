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

/** How standard output is to be written to: as wide as the terminal, coloured where people look and allow it. */
export const terminalLook = (): TerminalLook => {
  const environment = process.env;
  const allowed = !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  const forced = environment['FORCE_COLOR'] !== undefined && environment['FORCE_COLOR'] !== '0';
  const wide = Number(environment['COLUMNS']);
  return {
    columns: process.stdout.columns ?? (Number.isInteger(wide) && wide > 0 ? wide : 100),
    colour: allowed && (process.stdout.isTTY || forced),
    ascii: !utf8(),
  };
};

/** A line that overwrites itself on a terminal, and is silent elsewhere. */
export const progressLine = (): { show: (text: string) => void; clear: () => void } => {
  const stream = process.stderr;
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined };
  return {
    show: (text) => stream.write(`\r\x1b[2K${text.slice(0, (stream.columns ?? 80) - 1)}`),
    clear: () => stream.write('\r\x1b[2K'),
  };
};
