import { listed } from '../explain-words.ts';
import type { Finding } from '../findings.ts';
import type { ReportCheck, ReportRule } from '../report.ts';
import type { Block } from './blocks.ts';
import { indent, type Widths } from './columns.ts';
import { grouped } from './grouped.ts';
import { hanging } from './layout.ts';
import type { Theme } from './theme.ts';

/** Paragraphs and log lines of one block before it says how many more there are. */
const most = { paragraphs: 3, logs: 4, findings: 6 } as const;

/** A check's sentence in two: whom it was asked of (`av-edge edge2 131.107.155.31`), and the rest. */
const split = ({ explain }: ReportCheck): readonly [string, string] => {
  const arrow = explain.indexOf('→ ');
  const colon = explain.indexOf(': ', arrow);
  return colon < 0 ? ['', explain] : [explain.slice(arrow < 0 ? 0 : arrow + 2, colon), explain.slice(colon + 2)];
};

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Puts other words in the place of a name, where it stands as a word of its own. */
const replaceName = (text: string, name: string | null, by: string): string =>
  name === null || name === ''
    ? text
    : text.replace(new RegExp(`(?<![\\w.-])${escapeRegExp(name)}(?![\\w-]|\\.\\w)`, 'g'), () => by);

/** A sentence without what makes those of equal nodes differ: names and durations. */
const likeness = (check: ReportCheck): string =>
  replaceName(split(check)[1], check.target.name, '@').replace(/under 1 ms|\d+(?:\.\d+)? m?s\b/g, '#');

/** A text of one check, said of all of them: "each" for its name, all addresses for its own. */
const ofAll = (text: string, own: ReportCheck, all: readonly ReportCheck[]): string => {
  if (all.length < 2) return text;
  const addresses = [...new Set(all.flatMap(({ target }) => target.address ?? []))].join(', ');
  return replaceName(replaceName(text, own.target.address, addresses), own.target.name, 'each');
};

const theSame = /(?:; |, and )the same on (?:both|all \d+) addresses/;

/** One paragraph for checks that came out alike: who, what was seen, what it means. */
const paragraph = (alike: readonly [ReportCheck, ...ReportCheck[]], all: number, keepRole: boolean): string => {
  const [first] = alike;
  const subject = (check: ReportCheck): string => {
    const [words] = split(check);
    const { role } = check.target;
    return keepRole || !words.startsWith(`${role} `) ? words : words.slice(role.length + 1);
  };
  const body = ofAll(split(first)[1], first, alike);
  const same = alike.every((check) => ofAll(split(check)[1], check, alike) === body);
  const who = listed(alike.map(subject)) + (alike.length > 1 && !same ? ', much alike' : '');
  return `${who}: ${alike.length === all ? body.replace(theSame, '') : body}.`;
};

/** `code: message (edge1, edge2)`; of the run with addresses, because no row stands above it that says them. */
const findingText = ({ code, message, target }: Finding, ofRun: boolean): string => {
  if (ofRun) return `${code}: ${message} (${target})`;
  const names = target.split(', ').map((one) => one.split(' ')[0] ?? one);
  return `${code}: ${message} (${[...new Set(names)].join(', ')})`;
};

/** The findings of a block, or of the run, each with its sign: `!` for what needs doing. */
export const findingLines = (findings: readonly Finding[], margin: number, columns: number, theme: Theme): string[] => {
  const lines = findings.slice(0, most.findings).flatMap((one) => {
    const sign = one.severity === 'info' ? '-' : '!';
    const [lead = '', ...rest] = hanging(
      `${' '.repeat(margin)}${sign} `,
      theme.say(findingText(one, margin === 0)),
      columns,
    );
    const colour = one.severity === 'error' ? 'red' : 'yellow';
    return one.severity === 'info' ? [lead, ...rest] : [lead, ...rest].map((line) => theme.paint(colour, line));
  });
  const hidden = findings.length - most.findings;
  return hidden > 0 ? [...lines, `${' '.repeat(margin)}and ${hidden} more findings, see --format json`] : lines;
};

const waiverText = ({ waiver }: ReportRule): string | null =>
  waiver === null
    ? null
    : `waived until ${waiver.until}, not counted: ${waiver.reason}${waiver.ticket === null ? '' : ` (${waiver.ticket})`}`;

/** Everything that stands under the first line of a block. */
export const detailLines = (block: Block, widths: Widths, columns: number, theme: Theme): string[] => {
  const { rule, twins, checks, own } = block;
  const margin = ' '.repeat(indent);
  const say = (lead: string, text: string): string[] => hanging(`${margin}${lead}`, theme.say(text), columns);
  const bad = rule.verdict === 'pass' ? [] : checks.filter(({ verdict }) => verdict !== 'pass');
  const groups = grouped(bad, likeness);
  const told = groups.slice(0, most.paragraphs);
  const toldLines = told.flatMap((alike) => say('', paragraph(alike, checks.length, widths.to === 0)));
  const hidden = groups.length - told.length;
  const advice = [
    ...new Set(told.flatMap((alike) => (alike[0].advice === null ? [] : [ofAll(alike[0].advice, alike[0], alike)]))),
  ];
  const logs = bad.map(({ log }) => log).filter((log) => log !== '');
  const waiver = waiverText(rule);
  return [
    ...toldLines,
    ...(hidden > 0 ? say('', `and ${hidden} more, see --format json`) : []),
    ...advice.flatMap((text) => say('do   ', text)),
    ...logs.slice(0, most.logs).flatMap((text) => say('log  ', text).map((line) => theme.paint('dim', line))),
    ...(logs.length > most.logs ? say('     ', `and ${logs.length - most.logs} more, see --format json`) : []),
    ...(waiver === null ? [] : say('', waiver)),
    ...findingLines(own, indent, columns, theme),
    ...twins.flatMap((twin) =>
      say('= ', `${twin.pack === rule.pack ? '' : `${twin.pack}/`}${twin.rule} (the same question, asked once)`),
    ),
  ];
};
