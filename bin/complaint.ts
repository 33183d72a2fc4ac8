import { FileError } from '../agent/file-error.ts';
import { printable } from '../agent/printable.ts';
import { UnknownPackError } from '../agent/unknown-pack.ts';
import { UsageError } from './usage-error.ts';

/** Messages quote names and paths, which are long at times; a line longer than this helps nobody. */
const longestLine = 2000;

const lastHint = "See 'edgeprobe --help'.";

/** Problems with the file itself rather than with what stands in it. */
const ofTheFile = /^(there is no such file|is not a file|is larger|cannot be read|the file is empty|is no fence)/;

const messageOf = ({ message, problems }: FileError): string => {
  const [first, ...more] = problems;
  // A line and a column of a file that nobody could read would only send people looking there.
  return more.length === 0 && ofTheFile.test(first?.message ?? '') ? message.replace(/:1:1: /, ': ') : message;
};

const hintOf = (error: Error): string => {
  if (error instanceof UsageError) return error.hint ?? lastHint;
  if (error instanceof UnknownPackError) return "'edgeprobe rules list' shows the packs and all their rules.";
  return lastHint;
};

/** An error about a file with what helps with that kind of file; any other error as it is. */
export const hinted = (hint: string, error: unknown): unknown =>
  error instanceof FileError ? new UsageError(messageOf(error), hint) : error;

/** Reads a file; an error about it gets the hint. */
export const withHint = <T>(hint: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw hinted(hint, error);
  }
};

/** The lines for standard error that say what is wrong and what to do; only for a fault of ours with a stack trace. */
export const complaint = (error: unknown): string => {
  const known = error instanceof UsageError || error instanceof FileError || error instanceof UnknownPackError;
  if (!known) {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `edgeprobe: a fault in edgeprobe itself, please report it:\n${trace}\n`;
  }
  const message = error instanceof FileError ? messageOf(error) : error.message;
  const lines = `edgeprobe: ${message}\n${hintOf(error)}`.split('\n');
  return lines.map((line) => `${printable(line, longestLine)}\n`).join('');
};
