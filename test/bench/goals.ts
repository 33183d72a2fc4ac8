/** One line of what was measured. */
export interface Line {
  readonly what: string;
  /** The program that did it, with its flags. */
  readonly who: string;
  /** In words: `0.41 s, cpu 0.38`. */
  readonly measured: string;
  /** Ours as a share of this program's; null where there is nothing to compare. */
  readonly ratio: number | null;
  /** The most that the ratio may be; null: no goal, for information. */
  readonly goal: number | null;
  /** Whether everything was right. */
  readonly exact: string;
}

/** What a part of the bench found. */
export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Tables and remarks in Markdown. */
  readonly notes: readonly string[];
}

/** Whether a line reached its goal; null where it has none. */
export const metGoal = ({ ratio, goal }: Pick<Line, 'ratio' | 'goal'>): boolean | null =>
  goal === null || ratio === null ? null : ratio <= goal;

const share = (value: number | null): string => (value === null ? '' : value.toFixed(2));

const goalText = (line: Line): string => (line.goal === null ? '' : `≤ ${share(line.goal)}`);

const resultText = (line: Line): string => {
  const met = metGoal(line);
  return met === null ? '' : met ? 'reached' : 'missed';
};

const heads = ['what', 'who', 'measured', 'ours is', 'goal', 'result', 'exact'] as const;

const cellsOf = (line: Line): string[] => [
  line.what,
  line.who,
  line.measured,
  share(line.ratio),
  goalText(line),
  resultText(line),
  line.exact,
];

/** Rows of cells in columns of equal width. */
const columns = (rows: readonly (readonly string[])[]): string => {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  const line = (row: readonly string[]): string => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');
  return `${rows.map((row) => line(row).trimEnd()).join('\n')}\n`;
};

/** A table in Markdown; bars in cells are escaped. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
};

/** A section for the terminal. */
export const sectionText = ({ title, lines, notes }: Section): string =>
  [`\n${title}\n`, lines.length > 0 ? columns([heads, ...lines.map(cellsOf)]) : '', ...notes.map((n) => `${n}\n`)].join(
    '',
  );

/** A section for RESULTS.md. */
export const sectionMarkdown = ({ title, lines, notes }: Section): string =>
  [`## ${title}`, ...(lines.length > 0 ? [markdownTable(heads, lines.map(cellsOf))] : []), ...notes].join('\n\n');
