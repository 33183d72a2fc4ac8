import type { Test } from 'tap';
import { FileError } from '../../agent/file-error.ts';
import { parseSite } from '../../agent/site.ts';

/** The day the tests are read at. */
export const today = new Date('2026-11-20T12:00:00Z');

/** What is wrong in a text, as `line:column path: message`; empty if nothing is. */
export const problemsOf = (text: string): string[] => {
  try {
    parseSite(text, 'site.yaml', today);
    return [];
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
  }
};

/**
 * Checks bad site files, written one after the other: the text, every problem as `=> line:column path: message`, an
 * empty line. A text that does not begin with `site:` or `!` gets the line `site: x` before it; `!` is taken off.
 * A problem that ends in ` ...` may go on.
 */
export const checkBadFiles = (t: Test, cases: string): number => {
  const blocks = cases.trim().split('\n\n');
  for (const block of blocks) {
    const lines = block.split('\n');
    const body = lines.filter((line) => !line.startsWith('=> ')).join('\n');
    const wanted = lines.filter((line) => line.startsWith('=> ')).map((line) => line.slice(3));
    const text = body.startsWith('!') ? body.slice(1) : body.startsWith('site:') ? body : `site: x\n${body}`;
    const found = problemsOf(`${text}\n`);
    const agreed = found.map((problem, index) => {
      const want = wanted[index] ?? '';
      return want.endsWith(' ...') && problem.startsWith(want.slice(0, -3)) ? want : problem;
    });
    t.strictSame(agreed, wanted, body);
    t.ok(wanted.length > 0, `${body}: expects a problem`);
  }
  return blocks.length;
};
