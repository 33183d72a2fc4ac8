import { alignColumns } from './columns.ts';
import type { PlannedQuestion, PlanSummary } from './plan-summary.ts';

const number = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `3`, or `3..12` where it depends on what answers. */
const span = (least: number, most: number): string =>
  Math.round(least) === Math.round(most) ? number(least) : `${number(least)}..${number(most)}`;

const plural = (count: number, word: string): string => `${number(count)} ${word}${count === 1 ? '' : 's'}`;

const head = ['#', 'ROWS', 'FLOW', 'PROBE', 'FROM', 'TO', '', 'EXPECT', 'PACKETS', 'SECONDS'];

const rowOf = (question: PlannedQuestion, index: number): string[] => [
  String(index + 1),
  String(question.rules.length),
  question.flow,
  question.probe,
  question.from ?? 'any address',
  `${question.role} ${question.name}`,
  question.to,
  question.expect,
  span(question.cost.least, question.cost.most),
  span(question.cost.secondsLeast, question.cost.secondsMost),
];

/** Why a range is not asked whole: packets whose best verdict is unknown are not worth sending. */
const sampleLine = ({ flow, name, sampled }: PlannedQuestion): string[] =>
  sampled === null
    ? []
    : [`${flow} of ${name}: ${sampled} ports only, because nobody can answer there; a responder would lift that`];

/** Skipped rules by reason, one line a reason. */
const skippedLines = (skipped: PlanSummary['skipped']): string[] => {
  const reasons = new Map<string, string[]>();
  for (const { rule, because, explain } of skipped) {
    const reason = `${because}: ${explain}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), rule]);
  }
  return [...reasons].flatMap(([reason, rules]) => [
    `  ${plural(rules.length, 'row')}, ${reason}`,
    ...rules.map((rule) => `    ${rule}`),
  ]);
};

/** A plan for a terminal: each question with its packets and time, what is not asked, and the sums. */
export const planText = (summary: PlanSummary, host: readonly string[], resolved: boolean): string => {
  const { questions, skipped, total, rate, controls, alongside } = summary;
  const points = questions.filter(({ sweep }) => !sweep);
  const sweeps = questions.filter(({ sweep }) => sweep);
  const columns = alignColumns([head, ...questions.map(rowOf)])
    .trimEnd()
    .split('\n');
  const pace = rate === 0 ? 'no limit on new connections' : `${number(rate)} new connections a second`;
  const lines = [
    `${summary.site} · ${summary.vantage} · ${summary.packs.join(' ')} · config ${summary.siteDigest} · nothing was sent`,
    '',
    ...(columns[0] === undefined ? [] : [columns[0]]),
    ...(points.length > 0 ? ['single ports first, 4 at a time to one address'] : []),
    ...columns.slice(1, 1 + points.length),
    ...(sweeps.length > 0 ? [`ranges last, one after the other: ${pace}, the order of ports from a seed`] : []),
    ...columns.slice(1 + points.length),
    ...sweeps.flatMap(sampleLine),
    ...(sweeps.length > 0
      ? ['and one row that passed once more for each swept address: did the sweep get us shunned?']
      : []),
    '',
    `controls   ${controls.length === 0 ? 'none' : controls.join('  ')}`,
    ...(alongside.length === 0
      ? []
      : [
          `beside     ${plural(alongside.length, 'inbound question')} from the dmz too, without a verdict: ${alongside.join('  ')}`,
        ]),
    `this host  ${host.length === 0 ? 'has only loopback addresses' : `owns ${host.join(', ')}`}`,
    ...(resolved ? [] : ['names      stand as names: --resolve asks the resolver']),
    `states     at most ${number(total.states)} at a time in a stateful firewall`,
    `time       ${number(total.secondsLeast)} s if all answer, ${number(total.secondsMost)} s if nothing does`,
    `packets    ${span(total.least, total.most)}`,
    ...(skipped.length === 0 ? [] : ['not asked', ...skippedLines(skipped)]),
  ];
  return `${lines.join('\n')}\n`;
};
