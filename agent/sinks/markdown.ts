import { basename } from 'node:path';
import { firstFew, listed } from '../explain-words.ts';
import { keptWords } from '../kept.ts';
import type { MergedReport } from '../merge.ts';
import type { MergedFinding } from '../merge-findings.ts';
import { type MergedRow, rowKey } from '../merge-rows.ts';
import { recordWords } from '../used-records.ts';
import { byWorst } from '../verdict.ts';
import { grouped } from './grouped.ts';
import { inline, section, table } from './markdown-text.ts';
import {
  adviceOf,
  aheadAdvice,
  aheadWords,
  askedAlikeWords,
  badChecks,
  clockWords,
  deductionText,
  flowWords,
  historyOf,
  oldAdvice,
  resultWord,
  summaryWords,
  waiverWords,
} from './row-words.ts';

const marks: Readonly<Record<string, string>> = { pass: '✓', fail: '✗', unknown: '?', skipped: '–' };

/** Log lines and sentences of one row before it says how many more there are. */
const most = 6;

const few = (lines: readonly string[]): string[] =>
  lines.length <= most ? [...lines] : [...lines.slice(0, most), `- and ${lines.length - most} more`];

/** `✓ edge1 ✗ edge2` of one place. */
const nodesOf = (row: MergedRow, label: string): string => {
  const answers = row.places.filter((one) => one.label === label);
  const checks = answers.flatMap((answer) => answer.checks);
  if (checks.length === 0) return answers.length === 0 ? '' : '–';
  return grouped(checks, ({ target }) => target.name)
    .map((all) => {
      const [worst] = all.toSorted((a, b) => byWorst(a.verdict, b.verdict));
      return `${marks[worst?.verdict ?? 'unknown']} ${inline(all[0].target.name, 60)}`;
    })
    .join(' ');
};

const evidenceOf = (row: MergedRow): string =>
  [...new Set(row.places.flatMap(({ checks }) => checks.map(({ evidence }) => evidence)))].join(', ');

const summaryTable = ({ rows, runs }: MergedReport): string[] => {
  const labels = [...new Set(runs.map(({ label }) => label))];
  const asked = rows.filter(({ verdict }) => verdict !== 'skipped');
  const cells = asked.map((row) => [
    `${marks[row.verdict]} ${row.verdict}${row.waiver === null ? '' : ' (waived)'}`,
    inline(row.rule, 120),
    inline(flowWords(row), 80),
    `${inline(row.from, 40)} → ${inline(row.to, 40)}`,
    row.path,
    inline(row.because, 40),
    ...labels.map((label) => nodesOf(row, label)),
    evidenceOf(row),
  ]);
  return table(
    ['Verdict', 'Rule', 'Flow', 'From → to', 'Path', 'Because', ...labels.map((one) => inline(one, 80)), 'Evidence'],
    cells,
  );
};

/** What responders heard, where the runs were judged with that. */
const recordLines = ({ records }: MergedReport): string[] =>
  records.flatMap((one) => [
    '',
    `Judged with what ${inline(recordWords(one), 300)}; digest ${inline(one.digest, 20)}.`,
  ]);

const runsTable = ({ runs }: MergedReport): string[] =>
  table(
    [
      'Run',
      'Place',
      'Host',
      'Source',
      'Seen as',
      'From (UTC)',
      'To (UTC)',
      'Clock',
      'Tool',
      'Site digest',
      'File',
      'Remarks',
    ],
    runs.map((run) => [
      String(run.number),
      inline(run.label, 80),
      inline(run.host, 80),
      inline(run.sources.slice(0, 4).join(' '), 120),
      inline(run.seenAs.slice(0, 4).join(' '), 120),
      inline(run.startedAt, 30),
      inline(run.finishedAt, 30),
      clockWords(run) ?? 'not compared',
      inline(run.tool.version, 30),
      inline(run.siteDigest, 20),
      run.file === null ? '' : `${inline(basename(run.file), 80)} ${inline(run.digest ?? '', 20)}`,
      [
        ...[aheadWords(run)].flatMap((ahead) => (ahead === null ? [] : [`**clock wrong**: ${inline(ahead, 120)}`])),
        ...(run.old ? ['**old**'] : []),
        ...(run.superseded ? ['superseded'] : []),
        ...(run.interrupted ? ['**ended early**'] : []),
        ...(run.kept === null ? [] : [inline(keptWords(run.kept, run.finishedAt), 200)]),
        ...(run.note === null ? [] : [inline(run.note, 200)]),
      ].join(', '),
    ]),
  );

const openRow = (row: MergedRow, { deductions }: MergedReport): string[] => {
  const sentences = [...new Set(badChecks(row).map(({ explain }) => explain || row.explain))];
  const blocks = deductions.filter((one) => rowKey(one) === rowKey(row) && one.code !== 'nobody-blocks');
  const logs = badChecks(row).flatMap(({ log }) => (log === '' ? [] : [log]));
  return [
    `### ${marks[row.verdict]} ${inline(row.rule, 120)}: ${row.verdict} (${inline(row.because, 40)})`,
    '',
    ...few((sentences.length > 0 ? sentences : [row.explain]).map((text) => `- ${inline(text)}`)),
    ...few(blocks.map((one) => `- **who blocks** (${inline(one.node, 60)}): ${inline(deductionText(one))}`)),
    ...few(adviceOf(row).map((text) => `- **do**: ${inline(text)}`)),
    ...few(logs.map((text) => `- log: ${inline(text)}`)),
    ...(row.waiver === null ? [] : [`- ${inline(waiverWords(row.waiver))}`]),
    '',
  ];
};

const openRows = (report: MergedReport): string[] =>
  report.rows
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'unknown')
    .toSorted((a, b) => byWorst(a.verdict, b.verdict))
    .flatMap((row) => openRow(row, report));

const unique = (words: readonly string[]): string[] => [...new Set(words)];

/** Endpoints of one finding before there are "more". */
const mostTargets = 4;

/** Rows that findings were made on; those of runs have none. */
const onRows = (alike: readonly MergedFinding[]): string => {
  const rows = unique(alike.flatMap((one) => one.rows));
  return rows.length < 2 ? '' : `, on ${rows.length} rows`;
};

/** What was seen alike at many targets stands once. */
const findings = (report: MergedReport): string[] =>
  grouped(
    report.findings.filter(({ severity }) => severity !== 'info'),
    ({ severity, code, message, remedy }) => JSON.stringify([severity, code, message, remedy]),
  ).map((alike) => {
    const [{ severity, code, message, remedy }] = alike;
    const targets = inline(firstFew(unique(alike.map(({ target }) => target)), mostTargets, 'endpoints'), 400);
    const where = `${targets}, from ${inline(listed(unique(alike.flatMap(({ places }) => places))), 120)}`;
    return `- **${severity} ${inline(code, 60)}**${onRows(alike)} (${where}): ${inline(message)}. ${inline(remedy)}`;
  });

const widthWords: Readonly<Record<MergedReport['width']['verdict'], string>> = {
  wider: '**Yes.** Something is open that no row of the table opens:',
  'none-seen': 'Nothing was seen: all that was asked beside the table is shut.',
  unclear: 'Not known: part of what was asked beside the table gave no clear answer.',
  'not-asked': 'Not asked: no port beside the table was asked.',
};

const width = ({ width: { verdict, controls, blocked } }: MergedReport): string[] => [
  widthWords[verdict],
  '',
  ...table(
    ['Place', 'Node', 'Port', 'Outcome'],
    controls.map(({ label, node, address, port, outcome }) => [
      inline(label, 80),
      inline(`${node} ${address}`, 120),
      String(port),
      outcome,
    ]),
  ),
  ...table(
    ['Must be blocked', 'Verdict'],
    blocked.map(({ rule, verdict: one }) => [inline(rule, 120), inline(one, 20)]),
  ),
];

const notTested = (report: MergedReport): string[] =>
  grouped(report.notTested, ({ vantage, reason }) => JSON.stringify([vantage, reason])).map(
    (alike) =>
      `- ${inline(alike.map(({ rule }) => rule).join(', '))} (${inline(alike[0].vantage, 20)}): ${inline(alike[0].reason)}`,
  );

const history = ({ rows }: MergedReport): string[] => [
  ...table(
    ['Rule', 'Place', 'History (UTC)'],
    rows.flatMap((row) =>
      historyOf(row).changed.map((told) => [
        inline(row.rule, 120),
        inline(told[0].label, 80),
        told
          .map(({ at, verdict, counts }) => `${counts ? '**' : ''}${verdict} ${inline(at, 30)}${counts ? '**' : ''}`)
          .join(', '),
      ]),
    ),
  ),
  ...[askedAlikeWords(rows)].flatMap((alike) => (alike === null ? [] : [alike, ''])),
];

const waivers = ({ rows }: MergedReport): string[] =>
  rows.flatMap((row) =>
    row.places.flatMap(({ waiver, label, verdict }) =>
      waiver === null
        ? []
        : [`- ${inline(row.rule, 120)} (${inline(label, 80)}, ${verdict}): ${inline(waiverWords(waiver))}`],
    ),
  );

const signatures = ({ segments }: MergedReport): string[] =>
  table(
    ['Segment', 'Paths open', 'lost', 'refused', 'cut', 'unknown', 'Owner', 'Date and signature'],
    segments.map(({ segment, paths }) => [
      segment,
      ...[paths.open, paths.lost, paths.refused, paths.cut, paths.unknown].map(String),
      ' ',
      ' ',
    ]),
  );

const runAdvice = (report: MergedReport): string[] =>
  [['A clock is wrong', aheadAdvice(report)] as const, ['Old runs', oldAdvice(report)] as const].flatMap(
    ([what, advice]) => (advice === null ? [] : [`**${what}**: ${inline(advice, 900)}.`, '']),
  );

/** Markdown as GitHub, GitLab and wikis show it: the port summary with its verdicts, and what to do. */
export const markdownSink = (report: MergedReport): string => {
  const lines = [
    `# edgeprobe: ${inline(report.site, 80)}: ${resultWord(report)}`,
    '',
    `${summaryWords(report)}. Packs ${inline(report.packs.map((pack) => basename(pack)).join(', '), 200)}, config ${inline(report.siteDigest, 20)}.${report.mixed ? ' **Runs of different sites stand together.**' : ''}`,
    '',
    ...runAdvice(report),
    ...section('Runs', [...runsTable(report), ...recordLines(report)]),
    ...section('Port summary', summaryTable(report)),
    ...section('What failed, what is unknown', openRows(report)),
    ...section('Findings', findings(report)),
    ...section('Wider than the table?', width(report)),
    ...section('Not tested', notTested(report)),
    ...section('Waivers', waivers(report)),
    ...section('History', history(report)),
    ...section('Signatures', signatures(report)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
};
