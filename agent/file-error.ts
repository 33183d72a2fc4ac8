/** Control and direction characters would let a file rewrite the terminal it is complained about on. */
export const plain = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);

/** One thing that is wrong in a file. `line` and `column` count from 1; `path` is empty where the whole file is meant. */
export interface FileProblem {
  line: number;
  column: number;
  path: string;
  message: string;
}

/** A file of the user's that cannot be used: exit code 2. The message is all problems, one per line. */
export class FileError extends Error {
  readonly file: string;
  readonly problems: FileProblem[];
  constructor(file: string, problems: FileProblem[]) {
    const lines = problems.map(({ line, column, path, message }) =>
      [`${plain(file)}:${line}:${column}`, ...(path === '' ? [] : [path]), message].join(': '),
    );
    super(lines.join('\n'));
    this.name = 'FileError';
    this.file = file;
    this.problems = problems;
  }
}
