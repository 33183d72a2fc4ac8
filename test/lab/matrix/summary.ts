import { grouped } from '../../../agent/sinks/grouped.ts';
import { mutations } from '../firewall-mutations.ts';
import type { Result } from './result.ts';

/** Why what was taken away cannot be told from what is allowed, by the code that the verdict gives. */
const physics: Readonly<Record<string, string>> = {
  'far-side-not-listening':
    'a reset from the address of a host that is not ours: it may be that host, or a firewall in its name',
  'idle-or-filtered': 'silence from ports where nobody lives outside a call',
  'idle-or-reset': 'a reset from ports where nobody lives outside a call',
  'range-partial': 'of ports where nobody lives, some are silent: they may be idle',
  'prober-blind': 'the row is also the way to the controls of this vantage: without it everything is silent',
  'service-mute': 'the port opens and says nothing: a dead service looks the same',
};

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] => [
  row(head),
  row(head.map(() => '---')),
  ...rows.map(row),
];

const counts = (results: readonly Result[]): (string | number)[] => {
  const count = (wanted: (one: Result) => boolean): number => results.filter(wanted).length;
  return [
    results.length,
    count(({ result }) => result === 'caught'),
    count(({ result }) => result === 'unknown'),
    count(({ result }) => result === 'missed'),
    count(({ others }) => others !== ''),
    count(({ blamed }) => blamed === 'right'),
    count(({ blamed }) => blamed === 'wrong'),
  ];
};

const numbers = ['asked', 'caught', 'unknown', 'missed', 'others changed', 'segment blamed', 'wrongly blamed'];

const listed = (results: readonly Result[], text: (one: Result) => string): string[] =>
  results.length === 0 ? ['None.'] : results.map((one) => `- ${one.pack} \`${one.row}\` ${one.how}: ${text(one)}`);

/** The table in numbers, and every line of it that is not as one would wish. */
export const summaryText = (results: readonly Result[]): string => {
  const ways = mutations.map((how) => [how, ...counts(results.filter((one) => one.how === how))]);
  const packs = grouped(results, ({ pack, vantage }) => `${pack}, ${vantage}`).map((same) => [
    `${same[0].pack}, ${same[0].vantage}`,
    ...counts(same),
  ]);
  const unknown = grouped(
    results.filter(({ result }) => result === 'unknown'),
    ({ because, how }) => `${because} ${how}`,
  );
  const lines = [
    '# What the firewall mutation matrix found',
    '',
    'Every row of every pack, its packets treated in each way that is not what the row says, asked from its vantage in the',
    'lab. Made by `npm run matrix` from the table of the same name; [the command](matrix.ts) says what each column means.',
    '',
    ...table(['treated', ...numbers], [...ways, ['all', ...counts(results)]]),
    '',
    ...table(['pack, vantage', ...numbers], packs),
    '',
    '## Not known, and why it cannot be',
    '',
    ...(unknown.length === 0
      ? ['None.']
      : table(
          ['because', 'treated', 'rows', 'why'],
          unknown.map((same) => [
            same[0].because,
            same[0].how,
            same.length,
            physics[same[0].because] ?? 'NOT EXPLAINED',
          ]),
        )),
    '',
    '## Missed',
    '',
    ...listed(
      results.filter(({ result }) => result === 'missed'),
      ({ verdict, because }) => `${verdict} ${because}`,
    ),
    '',
    '## Other rows that changed',
    '',
    ...listed(
      results.filter(({ others }) => others !== ''),
      ({ others }) => others,
    ),
    '',
    '## Blamed on somebody else',
    '',
    ...listed(
      results.filter(({ blamed }) => blamed === 'wrong'),
      ({ deduction }) => deduction,
    ),
    '',
  ];
  return lines.join('\n');
};
