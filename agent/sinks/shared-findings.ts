import { counted, firstFew } from '../explain-words.ts';
import type { Finding } from '../findings.ts';
import type { ReportRule } from '../report.ts';
import { grouped } from './grouped.ts';
import { hanging } from './layout.ts';
import type { Theme } from './theme.ts';

/** On so many blocks the same finding drowns what else they say: it is said once, under the table. */
const drownsFrom = 3;

/** Endpoints of a shared finding before there are "more". */
const mostNames = 4;

/** A block, as far as its findings go. */
interface Block {
  readonly rule: ReportRule;
  readonly twins: readonly ReportRule[];
  readonly findings: readonly Finding[];
  readonly own: readonly Finding[];
}

/** What makes two findings the same, wherever they were made. */
export const sayingOf = ({ code, message }: Finding): string => JSON.stringify([code, message]);

/** What the same finding says of so many blocks that it is said once for all of them; see `sayingOf`. */
export const drowning = (blocks: readonly Pick<Block, 'findings'>[]): ReadonlySet<string> => {
  const sayings = blocks.flatMap(({ findings }) => [...new Set(findings.map(sayingOf))]);
  return new Set(
    grouped(sayings, (one) => one)
      .filter((same) => same.length >= drownsFrom)
      .map(([one]) => one),
  );
};

const rowsWith = (saying: string, blocks: readonly Block[]): number =>
  blocks
    .flatMap(({ rule, twins }) => [rule, ...twins])
    .filter(({ findings }) => findings.some((one) => sayingOf(one) === saying)).length;

const namesOf = (alike: readonly Finding[]): string[] => [
  ...new Set(alike.flatMap(({ target }) => target.split(', ').map((one) => one.split(' ')[0] ?? one))),
];

/** Findings of many blocks, each once: on how many rows, where, and what to do. Their blocks keep the sign. */
export const sharedFindingLines = (blocks: readonly Block[], columns: number, theme: Theme): string[] => {
  const shared = blocks.flatMap(({ findings, own }) => findings.filter((one) => !own.includes(one)));
  return grouped(shared, sayingOf).flatMap((alike) => {
    const [{ code, message, remedy, severity }] = alike;
    const rows = counted(rowsWith(sayingOf(alike[0]), blocks), 'row');
    const text = `${code}, on ${rows}: ${message} (${firstFew(namesOf(alike), mostNames, 'endpoints')})`;
    const lines = hanging(severity === 'info' ? '- ' : '! ', theme.say(text), columns);
    const told =
      severity === 'info' ? lines : lines.map((line) => theme.paint(severity === 'error' ? 'red' : 'yellow', line));
    return [...told, ...hanging('  do   ', theme.say(remedy), columns)];
  });
};
