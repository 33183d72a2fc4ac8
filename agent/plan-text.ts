import { alignColumns } from './columns.ts';
import type { PlannedQuestion, PlanSummary } from './plan-summary.ts';
import { number, seconds } from './plan-words.ts';
import { hanging } from './sinks/layout.ts';

/** `3`, or `3..12` where it depends on what answers. */
const span = (least: number, most: number): string =>
  Math.round(least) === Math.round(most) ? number(least) : `${number(least)}..${number(most)}`;

const plural = (count: number, word: string): string => `${number(count)} ${word}${count === 1 ? '' : 's'}`;

const head = ['#', 'ROWS', 'FLOW', 'PROBE', 'FROM', 'TO', '', 'EXPECT', 'PACKETS', 'SECONDS'];

/** What still fits where those do not: who asks whom then stands on a second line. */
const narrowHead = ['#', 'ROWS', 'FLOW', 'PROBE', 'EXPECT', 'PACKETS', 'SECONDS'];

const whatOf = ({ cost }: PlannedQuestion): [string, string] => [
  span(cost.least, cost.most),
  span(cost.secondsLeast, cost.secondsMost),
];

const rowOf = (question: PlannedQuestion, index: number): string[] => [
  String(index + 1),
  String(question.rules.length),
  question.flow,
  question.probe,
  question.from ?? 'any address',
  `${question.role} ${question.name}`,
  question.to,
  question.expect,
  ...whatOf(question),
];

const narrowRowOf = (question: PlannedQuestion, index: number): string[] => [
  String(index + 1),
  String(question.rules.length),
  question.flow,
  question.probe,
  question.expect,
  ...whatOf(question),
];

/** The title line, and for each question its line or lines, in at most so many columns where that can be done. */
const questionLines = (questions: readonly PlannedQuestion[], columns: number): { title: string; rows: string[][] } => {
  const split = (rows: string[][]): string[] => alignColumns(rows).trimEnd().split('\n');
  const [title = '', ...wide] = split([head, ...questions.map(rowOf)]);
  if ([title, ...wide].every((line) => line.length <= columns)) return { title, rows: wide.map((line) => [line]) };
  const [narrowTitle = '', ...narrow] = split([narrowHead, ...questions.map(narrowRowOf)]);
  const way = ({ from, role, name, to }: PlannedQuestion): string =>
    `     ${from ?? 'any address'} → ${role} ${name} ${to}`;
  return {
    title: narrowTitle,
    rows: questions.map((question, index) => [narrow[index] ?? '', way(question)]),
  };
};

/** Why a range is not asked whole: packets whose best verdict is unknown are not worth sending. */
const sampleLine = ({ flow, name, sampled, expect }: PlannedQuestion): string[] => {
  if (sampled === null) return [];
  const why =
    expect === 'blocked'
      ? 'which tell what a rule too wide would let through'
      : 'because nobody can answer there; a responder would lift that';
  return [`${flow} of ${name}: ${sampled} ports only, ${why}`];
};

/** Skipped rules by reason, one line a reason. */
const skippedLines = (skipped: PlanSummary['skipped'], columns: number): string[] => {
  const reasons = new Map<string, string[]>();
  for (const { rule, because, explain } of skipped) {
    const reason = `${because}: ${explain}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), rule]);
  }
  return [...reasons].flatMap(([reason, rules]) => [
    ...hanging('  ', `${plural(rules.length, 'row')}, ${reason}`, columns),
    ...rules.map((rule) => `    ${rule}`),
  ]);
};

/** What a plan is shown with. `names`: there are none, they stand as names, or the resolver was asked. */
export interface PlanLook {
  readonly host: readonly string[];
  readonly names: 'none' | 'kept' | 'resolved';
  readonly columns: number;
}

/** A plan for a terminal: each question with its packets and time, what is not asked, and the sums. */
export const planText = (summary: PlanSummary, { host, names, columns }: PlanLook): string => {
  const { questions, skipped, total, rate, controls, alongside, hairpins } = summary;
  const points = questions.filter(({ sweep }) => !sweep).length;
  const sweeps = questions.filter(({ sweep }) => sweep);
  const { title, rows } = questionLines(questions, columns);
  const pace = rate === 0 ? 'no limit on new connections' : `${number(rate)} new connections a second`;
  const sent = names === 'resolved' ? 'only the resolver was asked' : 'nothing was sent';
  const wrapped = (text: string): string[] => hanging('', text, columns);
  const labelled = (label: string, text: string): string[] => hanging(label.padEnd(11), text, columns);
  const lines = [
    ...wrapped(
      `${summary.site} · ${summary.vantage} · ${summary.packs.join(' ')} · config ${summary.siteDigest} · ${sent}`,
    ),
    '',
    title,
    ...(points > 0 ? ['single ports first, 4 at a time to one address'] : []),
    ...rows.slice(0, points).flat(),
    ...(sweeps.length > 0 ? wrapped(`ranges last, one after the other: ${pace}, the order of ports from a seed`) : []),
    ...rows.slice(points).flat(),
    ...sweeps.flatMap(sampleLine).flatMap(wrapped),
    ...(sweeps.length > 0
      ? wrapped('and one row that passed once more for each swept address: did the sweep get us shunned?')
      : []),
    '',
    ...labelled('controls', controls.length === 0 ? 'none' : controls.join(' ')),
    ...(alongside.length === 0
      ? []
      : labelled(
          'beside',
          `${plural(alongside.length, `${summary.vantage === 'dmz' ? 'inbound' : 'outbound'} question`)} from ${summary.vantage === 'dmz' ? 'the dmz' : summary.vantage} too, without a verdict: ${alongside.join(' ')}`,
        )),
    ...(hairpins.length === 0
      ? []
      : labelled('hairpin', `published addresses of the A/V Edges, without a verdict: ${hairpins.join(', ')}`)),
    ...labelled('this host', host.length === 0 ? 'has only loopback addresses' : `owns ${host.join(', ')}`),
    ...(names === 'kept' ? labelled('names', 'stand as names: --resolve asks the resolver') : []),
    ...labelled('states', `at most ${number(total.states)} at a time in a stateful firewall`),
    ...labelled('time', `${seconds(total.secondsLeast)} if all answer, ${seconds(total.secondsMost)} if nothing does`),
    ...labelled('packets', span(total.least, total.most)),
    ...(skipped.length === 0 ? [] : ['not asked', ...skippedLines(skipped, columns)]),
  ];
  return `${lines.join('\n')}\n`;
};
