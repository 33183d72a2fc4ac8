import type { Change, ChangeKind, DiffSide, ReportDiff } from './diff.ts';
import { counted } from './explain-words.ts';
import { grouped } from './sinks/grouped.ts';
import { hanging } from './sinks/layout.ts';
import { type Look, type Theme, themeOf } from './sinks/theme.ts';

const words: Readonly<Record<ChangeKind, string>> = {
  'row-added': 'new row',
  'row-gone': 'row gone',
  verdict: 'verdict',
  expect: 'expected',
  waiver: 'waiver',
  'endpoint-added': 'new endpoint',
  'endpoint-gone': 'endpoint gone',
  endpoint: 'endpoint',
  certificate: 'certificate',
  'finding-added': 'new finding',
  'finding-gone': 'finding gone',
  control: 'control',
};

const textCap = 600;

const changeLines = ({ kind, target, before, after }: Change, columns: number, theme: Theme): string[] => {
  const where = target === null ? '' : `${target}: `;
  const what = before !== null && after !== null ? `${before} → ${after}` : (after ?? before ?? '');
  return hanging(`  ${words[kind].padEnd(14)}`, theme.say(`${where}${what}`, textCap), columns);
};

const sideWords = ({ vantage, place, host, startedAt, siteDigest }: DiffSide): string => {
  const where = place === vantage ? vantage : `${vantage} ${place}`;
  return `${startedAt.slice(0, 19)}Z, ${where}, ${host}, config ${siteDigest}`;
};

/** What changed, for people: grouped by row. Ends with a newline. */
export const diffText = (diff: ReportDiff, look: Look): string => {
  const theme = themeOf(look);
  const columns = Math.min(200, Math.max(60, look.columns));
  const groups = grouped(diff.changes, ({ row }) => row ?? '');
  const body = groups.flatMap((changes) => [
    ...hanging('', theme.say(changes[0].row ?? 'the run', 120), columns).map((line) => theme.paint('bold', line)),
    ...changes.flatMap((one) => changeLines(one, columns, theme)),
  ]);
  const { both, same } = diff.rows;
  const result = diff.same
    ? `the same: ${counted(both, 'row')} came out alike`
    : `different: ${counted(diff.changes.length, 'change')}; ${same} of ${counted(both, 'row')} came out alike`;
  const swapped = Date.parse(diff.after.startedAt) < Date.parse(diff.before.startedAt);
  const lines = [
    ...hanging('site    ', theme.say(diff.after.site, 80), columns),
    ...hanging('before  ', theme.say(sideWords(diff.before), textCap), columns),
    ...hanging('after   ', theme.say(sideWords(diff.after), textCap), columns),
    ...(swapped
      ? hanging('note    ', 'what is after was asked first: are the two files swapped, or is a clock wrong?', columns)
      : []),
    '',
    ...body,
    ...(body.length > 0 ? [''] : []),
    ...hanging('', theme.say(result), columns),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
};
