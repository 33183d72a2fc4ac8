import { inWords } from '../explain-words.ts';
import { displayWidth, padded } from '../printable.ts';
import type { ReportCheck } from '../report.ts';
import { byWorst, type Verdict } from '../verdict.ts';
import type { Block } from './blocks.ts';
import { grouped } from './grouped.ts';
import { endCut, middleCut } from './layout.ts';
import type { Colour, Theme } from './theme.ts';

/** Columns before the rule: mark, verdict, `!` where a warning is attached. Details stand under the rule. */
export const indent = 12;

const gap = 2;

/** The cells of one block beside its verdict. */
interface Cells {
  readonly rule: string;
  readonly flow: string;
  readonly to: string;
  readonly path: string;
  readonly nodes: string;
  readonly took: string;
}

type Column = keyof Cells;

/** How wide each column is; 0: left out. */
export type Widths = Readonly<Record<Column, number>>;

const titles: Cells = { rule: 'RULE', flow: 'FLOW', to: 'TO', path: 'PATH', nodes: 'NODES', took: 'TOOK' };
const order = Object.keys(titles) as readonly Column[];

/** Below these a column says nothing any more. */
const least = { rule: 16, flow: 12, nodes: 6 } as const;

/** More nodes than this are counted instead of named. */
const nodesNamed = 4;

const worst = (checks: readonly ReportCheck[]): Verdict =>
  checks.map(({ verdict }) => verdict).toSorted(byWorst)[0] ?? 'unknown';

/** `✓1 ✗2` where names differ by their number only, `✓litware ✗lab` otherwise, `2✓ 3✗` where they are many. */
export const nodesOf = (checks: readonly ReportCheck[], theme: Theme): string => {
  const nodes = grouped(checks, ({ target }) => target.name).map((all) => ({
    name: all[0].target.name,
    verdict: worst(all),
  }));
  if (nodes.length > nodesNamed) {
    return grouped(nodes, ({ verdict }) => verdict)
      .toSorted(([a], [b]) => byWorst(a.verdict, b.verdict))
      .map((all) => `${all.length}${theme.mark(all[0].verdict)}`)
      .join(' ');
  }
  const parts = nodes.map(({ name }) => /^(.*?)(\d+)$/.exec(name));
  const numbered = nodes.length > 1 && parts.every((part) => part !== null && part[1] === parts[0]?.[1]);
  return nodes
    .map(({ name, verdict }, index) => theme.mark(verdict) + (numbered ? parts[index]?.[2] : theme.say(name, 12)))
    .join(' ');
};

/** `MSTURN udp/3478`, `SIP mtls tcp/5061` */
const flowOf = ({ rule }: Block): string => {
  const protocol = rule.protocol === 'STUN/MSTURN' ? 'MSTURN' : rule.protocol;
  const security = rule.security === 'none' || rule.protocol === 'HTTPS' ? '' : ` ${rule.security}`;
  const named = protocol.toLowerCase() === rule.transport ? '' : `${protocol}${protocol === 'MTLS' ? '' : security} `;
  return `${named}${rule.transport}/${rule.ports}`;
};

const cellsOf = (block: Block, theme: Theme): Cells => {
  const { rule, checks } = block;
  const { path } = rule;
  return {
    rule: theme.say(rule.rule, 80),
    flow: theme.say(flowOf(block), 60),
    to: theme.say(rule.to === 'any' ? (checks[0]?.target.role ?? rule.to) : rule.to, 40),
    path: path === 'unknown' ? '?' : path,
    nodes: nodesOf(checks, theme),
    took: inWords(Math.max(0, ...checks.map(({ durationSeconds }) => durationSeconds))),
  };
};

/** A rule's name without its ports, which the flow names as well. */
export const withoutPorts = (id: string, sign: string): string => id.replace(/-\d+(?:-\d+)?-(in|out)$/, `-${sign}-$1`);

export const ruleCell = (id: string, columns: number, sign: string): string => {
  if (displayWidth(id) <= columns) return id;
  return middleCut(withoutPorts(id, sign), columns, sign);
};

/**
 * The widths for a terminal of so many columns. What is too wide gives way in this order: the ports within rule names,
 * the role asked (details name it then), the time taken, the path, the middle of rule names, the flow, the nodes.
 */
export const widthsFor = (blocks: readonly Block[], columns: number, theme: Theme): Widths => {
  const rows = blocks.map((block) => cellsOf(block, theme));
  const natural = (column: Column): number =>
    Math.max(displayWidth(titles[column]), ...rows.map((cells) => displayWidth(cells[column])));
  const widths = Object.fromEntries(order.map((column) => [column, natural(column)])) as Record<Column, number>;
  const excess = (): number => {
    const shown = order.filter((column) => widths[column] > 0);
    const needed = shown.reduce((sum, column) => sum + widths[column], gap * (shown.length - 1));
    return Math.max(0, indent + needed - columns);
  };
  const shrink = (column: Column, floor: number): void => {
    widths[column] = Math.max(Math.min(widths[column], floor), widths[column] - excess());
  };
  const shortest = Math.max(4, ...rows.map(({ rule }) => displayWidth(withoutPorts(rule, theme.cut))));
  const drop = (column: Column): void => {
    if (excess() > 0) widths[column] = 0;
    // What a column leaves may give the rules their ports back.
    widths.rule = natural('rule');
    shrink('rule', shortest);
  };
  shrink('rule', shortest);
  drop('to');
  drop('took');
  drop('path');
  shrink('rule', least.rule);
  shrink('flow', least.flow);
  shrink('nodes', least.nodes);
  return widths;
};

const cellText = (column: Column, text: string, width: number, theme: Theme): string => {
  if (column === 'rule') return ruleCell(text, width, theme.cut);
  return column === 'flow' ? middleCut(text, width, theme.cut) : endCut(text, width, theme.cut);
};

const joined = (cells: Cells, widths: Widths, theme: Theme): string =>
  order
    .filter((column) => widths[column] > 0)
    .map((column) => {
      const text = cellText(column, cells[column], widths[column], theme);
      return column === 'took' ? ' '.repeat(widths.took - displayWidth(text)) + text : padded(text, widths[column]);
    })
    .join(' '.repeat(gap))
    .trimEnd();

export const colourOf: Readonly<Record<string, Colour>> = { pass: 'green', fail: 'red', unknown: 'yellow' };

/** The line of titles. */
export const titleLine = (widths: Widths, theme: Theme): string =>
  theme.paint('bold', `  VERDICT   ${joined(titles, widths, theme)}`);

/** The first line of a block. */
export const blockLine = (block: Block, widths: Widths, theme: Theme): string => {
  const { verdict, waiver } = block.rule;
  const colour = waiver === null ? (colourOf[verdict] ?? 'bold') : 'dim';
  const alarm = block.findings.some(({ severity }) => severity !== 'info') ? '!' : ' ';
  const cells = joined(cellsOf(block, theme), widths, theme);
  return `${theme.paint(colour, `${theme.mark(verdict)} ${verdict}`)}${' '.repeat(8 - verdict.length)}${alarm} ${cells}`;
};
