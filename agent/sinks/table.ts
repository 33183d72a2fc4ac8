import type { Report } from '../report.ts';
import { blocksOf } from './blocks.ts';
import { blockLine, titleLine, widthsFor } from './columns.ts';
import { detailLines } from './details.ts';
import { footerLines } from './footer.ts';
import { headerLines } from './header.ts';
import { type Look, themeOf } from './theme.ts';

/** How to show a report, and what only its caller knows of it. */
export interface RenderOptions extends Look {
  readonly exitCode: number;
  /** The command that asks the same again, up to its rules; null: a general one. */
  readonly command?: string | null;
}

/** Narrower, nothing can be read; wider, lines become too long to read. */
const columnLimits = { least: 60, most: 200 } as const;

/** The report for people: one block for each flow, the worst first, each with what to do next. Ends with a newline. */
export const tableSink = (report: Report, options: RenderOptions): string => {
  const theme = themeOf(options);
  const columns = Math.min(columnLimits.most, Math.max(columnLimits.least, options.columns));
  const blocks = blocksOf(report);
  const widths = widthsFor(blocks, columns, theme);
  const shown = blocks.flatMap((block) => [
    blockLine(block, widths, theme),
    ...detailLines(block, widths, columns, theme),
  ]);
  const table = blocks.length > 0 ? [titleLine(widths, theme), ...shown] : ['no row was asked'];
  const lines = [
    ...headerLines(report, columns, theme),
    '',
    ...table,
    '',
    ...footerLines(report, blocks, { ...options, columns }, theme),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
};
