/** The user gave us something we cannot work with: exit 2, one message, a hint, no stack trace. */
export class UsageError extends Error {
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}

const longestQuote = 80;

/** What the user typed, in quotes: a line on a terminal, whatever was typed. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}...` : text);
