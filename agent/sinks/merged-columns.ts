import type { MergedReport } from '../merge.ts';
import type { MergedRow } from '../merge-rows.ts';
import { displayWidth, padded } from '../printable.ts';
import { colourOf, indent, nodesOf, ruleCell, withoutPorts } from './columns.ts';
import { endCut, middleCut } from './layout.ts';
import { flowWords } from './row-words.ts';
import type { Theme } from './theme.ts';

const gap = 2;

/** Below these a column says nothing any more. */
const least = { rule: 16, flow: 12, place: 6 } as const;

/** The longest name of a place at the head of a column. */
const placeCap = 24;

/** One column of a merged table. */
interface Column {
  readonly title: string;
  readonly kind: 'rule' | 'flow' | 'path' | 'place';
  readonly cellOf: (row: MergedRow) => string;
  readonly width: number;
}

const labelsOf = ({ runs }: MergedReport): string[] => [
  ...new Set(runs.filter(({ superseded }) => !superseded).map(({ label }) => label)),
];

/** What one place says: its nodes, `-` where it could not ask, nothing where it does not ask the row. */
const placeCell = (row: MergedRow, label: string, theme: Theme): string => {
  const answers = row.places.filter((one) => one.label === label);
  if (answers.length === 0) return '';
  const checks = answers.flatMap(({ checks: all }) => all);
  return checks.length === 0 ? '-' : nodesOf(checks, theme);
};

const columnOf = (
  rows: readonly MergedRow[],
  kind: Column['kind'],
  title: string,
  cellOf: Column['cellOf'],
): Column => {
  const widest = Math.max(displayWidth(title), ...rows.map((row) => displayWidth(cellOf(row))));
  return { kind, title, cellOf, width: widest };
};

const ruleColumns = (rows: readonly MergedRow[], theme: Theme): Column[] => [
  columnOf(rows, 'rule', 'RULE', ({ rule }) => theme.say(rule, 80)),
  columnOf(rows, 'flow', 'FLOW', (row) => theme.say(flowWords(row), 60)),
  columnOf(rows, 'path', 'PATH', ({ path }) => (path === 'unknown' ? '?' : path)),
];

const placeColumns = (report: MergedReport, rows: readonly MergedRow[], theme: Theme): Column[] =>
  labelsOf(report).map((label) =>
    columnOf(rows, 'place', theme.say(label, placeCap).toUpperCase(), (row) => placeCell(row, label, theme)),
  );

/** All places in one column: most rows are asked from one place only. */
const sharedColumn = (rows: readonly MergedRow[], theme: Theme): Column =>
  columnOf(rows, 'place', 'NODES', (row) => {
    const asked = row.places.filter(({ checks }) => checks.length > 0);
    const label = (text: string): string => (asked.length > 1 ? `${theme.say(text, placeCap)} ` : '');
    return asked.map((one) => label(one.label) + nodesOf(one.checks, theme)).join(' ');
  });

const needed = (columns: readonly Column[]): number =>
  indent + columns.reduce((sum, { width }) => sum + width, gap * (columns.length - 1));

/** Takes from one kind of column what is too much, down to a floor. */
const shrunk = (columns: readonly Column[], kind: Column['kind'], floor: number, limit: number): Column[] => {
  const excess = Math.max(0, needed(columns) - limit);
  return columns.map((column) =>
    column.kind === kind
      ? { ...column, width: Math.max(Math.min(column.width, floor), column.width - excess) }
      : column,
  );
};

/**
 * The columns for a terminal. What is too wide gives way in this order: the ports within rule names, the path, columns
 * of their own for the places, the middle of rule names, the flow, the nodes.
 */
export const mergedColumns = (
  report: MergedReport,
  rows: readonly MergedRow[],
  limit: number,
  theme: Theme,
): Column[] => {
  const shortest = Math.max(
    least.rule,
    ...rows.map(({ rule }) => displayWidth(withoutPorts(theme.say(rule, 80), theme.cut))),
  );
  const rules = ruleColumns(rows, theme);
  const bare = rules.filter(({ kind }) => kind !== 'path');
  const places = placeColumns(report, rows, theme);
  const shared = [sharedColumn(rows, theme)];
  for (const columns of [
    [...rules, ...places],
    [...bare, ...places],
    [...rules, ...shared],
  ]) {
    const fitted = shrunk(columns, 'rule', shortest, limit);
    if (needed(fitted) <= limit) return fitted;
  }
  const tight = shrunk(shrunk([...bare, ...shared], 'rule', least.rule, limit), 'flow', least.flow, limit);
  return shrunk(tight, 'place', least.place, limit);
};

const cellText = ({ kind, width }: Column, text: string, theme: Theme): string => {
  if (kind === 'rule') return ruleCell(text, width, theme.cut);
  return kind === 'flow' ? middleCut(text, width, theme.cut) : endCut(text, width, theme.cut);
};

const joined = (columns: readonly Column[], textOf: (column: Column) => string, theme: Theme): string =>
  columns
    .map((column) => padded(cellText(column, textOf(column), theme), column.width))
    .join(' '.repeat(gap))
    .trimEnd();

/** The line of titles. */
export const mergedTitle = (columns: readonly Column[], theme: Theme): string =>
  theme.paint('bold', `  VERDICT   ${joined(columns, ({ title }) => title, theme)}`);

/** The first line of a row; `alarm` where a warning is attached. */
export const mergedLine = (row: MergedRow, columns: readonly Column[], alarm: boolean, theme: Theme): string => {
  const { verdict, waiver } = row;
  const colour = waiver === null ? (colourOf[verdict] ?? 'bold') : 'dim';
  const cells = joined(columns, ({ cellOf }) => cellOf(row), theme);
  const lead = theme.paint(colour, `${theme.mark(verdict)} ${verdict}`);
  return `${lead}${' '.repeat(8 - verdict.length)}${alarm ? '!' : ' '} ${cells}`;
};
