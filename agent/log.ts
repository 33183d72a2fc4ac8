import { pino } from 'pino';
import type { VerdictChange } from './watch-changes.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ['json', 'logfmt'] as const;
export type LogFormat = (typeof logFormats)[number];

type Fields = Readonly<Record<string, string | number | boolean | null>>;

/** A structured log: a message that is always the same words, and fields that tell what is particular. */
export interface Log {
  readonly debug: (message: string, fields?: Fields) => void;
  readonly info: (message: string, fields?: Fields) => void;
  readonly warn: (message: string, fields?: Fields) => void;
  readonly error: (message: string, fields?: Fields) => void;
}

/** What a terminal might act on, and JSON lets stand unescaped: DEL, C1, direction marks, separators, U+FEFF. */
const dangerous = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

const escaped = (text: string): string =>
  text.replace(dangerous, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Longer texts are cut: what a server sent must not fill a disk. In characters. */
const textCap = 2_000;

const capped = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) =>
      typeof value === 'string' && value.length > textCap ? [name, `${value.slice(0, textCap)}…`] : [name, value],
    ),
  );

const plain = /^[\w.:/+-]+$/;

const logfmt = (line: string): string => {
  const fields = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${name}=${plain.test(text) ? text : JSON.stringify(text)}`;
  });
  return `${pairs.join(' ')}\n`;
};

/**
 * A log of one line per event, written by `write`. No text in it can break out of its line or steer a terminal.
 * @param now for the time of each line, UTC
 */
export const createLog = (level: LogLevel, format: LogFormat, now: () => Date, write: (line: string) => void): Log => {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(escaped(format === 'json' ? line : logfmt(line))) },
  );
  const at =
    (named: LogLevel) =>
    (message: string, fields: Fields = {}): void =>
      logger[named](capped(fields), message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

/** One line for a verdict that changed. The first verdicts of an agent are news only where something is wrong. */
export const logChange = (log: Log, change: VerdictChange): void => {
  const { at: _at, from, verdict, ...rest } = change;
  const fields = { ...rest, from: from ?? 'none', verdict };
  const quiet = from === null && (verdict === 'pass' || verdict === 'skipped');
  const level = quiet ? 'debug' : verdict === 'fail' ? 'warn' : 'info';
  log[level](from === null ? 'first verdict' : 'verdict changed', fields);
};
