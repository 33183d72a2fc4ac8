import { type Facts, type Outcome, outcomes } from '../../probes/observation.ts';
import { nested } from '../explain-facts.ts';
import { counted } from '../explain-words.ts';
import { type PortRange, parsePorts, portsProblem } from '../ports.ts';
import type { ReportCheck } from '../report.ts';
import { type Html, markup, nothing, short } from './html-escape.ts';
import { nodeWords } from './row-words.ts';

/** Ports of one outcome, one after the other. */
export interface PaintedRun extends PortRange {
  readonly outcome: Outcome;
}

const isOutcome = (value: unknown): value is Outcome => (outcomes as readonly unknown[]).includes(value);

const isPort = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

/** The runs that a sweep's facts tell of, as far as they lie within its ports. */
const runsOf = (facts: Facts, whole: PortRange): PaintedRun[] => {
  const { ranges } = facts as { ranges?: unknown };
  return (Array.isArray(ranges) ? ranges : []).flatMap((one: unknown): PaintedRun[] => {
    const { from, to, outcome } = (one ?? {}) as Record<string, unknown>;
    if (!isPort(from) || !isPort(to) || !isOutcome(outcome)) return [];
    const inside = { from: Math.max(from, whole.from), to: Math.min(to, whole.to), outcome };
    return inside.from > inside.to ? [] : [inside];
  });
};

/** A rectangle of ports: columns and lines from 0, both in ports. */
export interface Rectangle {
  readonly column: number;
  readonly line: number;
  readonly width: number;
  readonly height: number;
}

/** The least rectangles (three at most) that cover a run of ports, counted from 0, in lines of so many. */
export const rectanglesOf = (from: number, to: number, across: number): Rectangle[] => {
  const [first, last] = [Math.floor(from / across), Math.floor(to / across)];
  const [left, right] = [from % across, to % across];
  if (first === last) return [{ column: left, line: first, width: right - left + 1, height: 1 }];
  const fullFrom = left === 0 ? first : first + 1;
  const fullTo = right === across - 1 ? last : last - 1;
  return [
    ...(left === 0 ? [] : [{ column: left, line: first, width: across - left, height: 1 }]),
    ...(fullTo < fullFrom ? [] : [{ column: 0, line: fullFrom, width: across, height: fullTo - fullFrom + 1 }]),
    ...(right === across - 1 ? [] : [{ column: 0, line: last, width: right + 1, height: 1 }]),
  ];
};

/** The picture is so wide, in its own units, beside a margin for the port numbers. */
const width = 500;
const margin = 62;
const lettering = 20;
const leading = 16;

const meanings: Readonly<Record<Outcome, string>> = {
  answered: 'the peer spoke the protocol',
  open: 'the port opened',
  closed: 'reset, or ICMP port unreachable',
  unreachable: 'the network said no',
  filtered: 'silence',
  unresolved: 'no address',
  unasked: 'could not be asked',
};

/** Patterns tell the outcomes apart without colour. They are defined once in a document. */
export const rangePatterns: Html = markup`<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>
<pattern id="p-closed" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="ground closed" width="8" height="8" /><path class="ink" d="M-2 2L2 -2M0 8L8 0M6 10L10 6" /></pattern>
<pattern id="p-filtered" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="ground filtered" width="8" height="8" /><circle class="dot" cx="2" cy="2" r="1.3" /><circle class="dot" cx="6" cy="6" r="1.3" /></pattern>
<pattern id="p-unreachable" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="ground unreachable" width="8" height="8" /><path class="ink" d="M0 0L8 8M0 8L8 0" /></pattern>
</defs></svg>
`;

const patterned: ReadonlySet<Outcome> = new Set(['closed', 'filtered', 'unreachable']);

const fillOf = (outcome: Outcome): Html =>
  patterned.has(outcome) ? markup`fill="url(#p-${outcome})"` : markup`class="o-${outcome}"`;

const portsOf = ({ from, to }: PortRange): string => (from === to ? String(from) : `${from}-${to}`);

const painted = (runs: readonly PaintedRun[], whole: PortRange, across: number, cell: number): Html[] =>
  runs.map((run) => {
    const d = rectanglesOf(run.from - whole.from, run.to - whole.from, across)
      .map(({ column, line, width: w, height: h }) => {
        const [x, y] = [margin + column * cell, lettering + line * cell];
        return `M${x} ${y}h${w * cell}v${h * cell}h${-w * cell}z`;
      })
      .join('');
    return markup`<path ${fillOf(run.outcome)} d="${d}"><title>${portsOf(run)} ${run.outcome}</title></path>\n`;
  });

/** Port numbers: of the first port of some lines at the left, and what to add above. */
const letters = (whole: PortRange, across: number, cell: number, lines: number): Html[] => {
  const every = Math.max(Math.ceil(lines / 10), Math.ceil(leading / cell));
  const left = Array.from({ length: Math.ceil(lines / every) }, (_, index) => index * every).map(
    (line) =>
      markup`<text x="${margin - 6}" y="${lettering + line * cell + 12}" text-anchor="end">${whole.from + line * across}</text>`,
  );
  const above = [...new Set([0, across / 4, across / 2, (across * 3) / 4].map(Math.floor))].map(
    (column) => markup`<text x="${margin + column * cell}" y="14">+${column}</text>`,
  );
  return [...left, ...above];
};

const countsOf = (facts: Facts): [Outcome, number][] =>
  outcomes.flatMap((outcome): [Outcome, number][] => {
    const count = nested(facts, 'counts')[outcome];
    return typeof count === 'number' && count > 0 ? [[outcome, count]] : [];
  });

const legend = (facts: Facts, left: number): Html => {
  const swatch = (fill: Html): Html =>
    markup`<svg class="swatch" width="18" height="18" viewBox="0 0 18 18" aria-hidden="true" focusable="false"><rect ${fill} x="0.5" y="0.5" width="17" height="17" stroke="currentColor" /></svg>`;
  const items = countsOf(facts).map(
    ([outcome, count]) =>
      markup`<li>${swatch(fillOf(outcome))} <b>${outcome}</b> ${counted(count, 'port')}: ${meanings[outcome]}</li>`,
  );
  const rest =
    left > 0 ? [markup`<li>${swatch(markup`class="o-none"`)} <b>not asked</b> ${counted(left, 'port')}</li>`] : [];
  return markup`<ul class="legend">${[...items, ...rest]}</ul>`;
};

/** Ports in a line: 100, so that 10,000 are a square; fewer or more where that would be a strip. */
const acrossOf = (count: number): number => {
  if (count > 10_000) return 250;
  if (count > 1000) return 100;
  return count > 200 ? 50 : Math.min(count, 20);
};

/** Runs that are spelled out beside a picture. */
const mostListed = 40;

const spelled = (runs: readonly PaintedRun[]): string => {
  const words = runs.slice(0, mostListed).map((run) => `${portsOf(run)} ${run.outcome}`);
  const hidden = runs.length - words.length;
  return `${words.join(', ')}${hidden > 0 ? ` and ${hidden} more runs` : ''}`;
};

/**
 * A swept range as a picture: 100 ports a line, so 10,000 ports are a square; nothing for a check of a single port. A
 * run of a sample reaches over ports that were not asked, which the picture shows paler and the words say.
 * @param title what was swept, from where
 */
export const rangePicture = (check: ReportCheck, title: string): Html => {
  const { target, facts } = check;
  // A report file may say anything there.
  const [whole] = target.ports === undefined || portsProblem(target.ports) !== null ? [] : parsePorts(target.ports);
  const runs = whole === undefined ? [] : runsOf(facts, whole);
  if (whole === undefined || runs.length === 0) return nothing;
  const count = whole.to - whole.from + 1;
  const across = acrossOf(count);
  const lines = Math.ceil(count / across);
  const cell = Math.min(width / across, 25);
  const { asked, of, rangesTruncated } = facts;
  const left = typeof asked === 'number' && typeof of === 'number' ? Math.max(0, of - asked) : 0;
  const sampled =
    left > 0 ? `${asked} of ${of} ports were asked; those between them were not, and the picture is paler. ` : '';
  const cut = rangesTruncated === true ? 'More runs than a report keeps: the rest is blank. ' : '';
  const words = spelled(runs);
  const box = `0 0 ${margin + width + 2} ${lettering + lines * cell + 4}`;
  return markup`<figure class="range">
<figcaption><b>${title}</b> ${short(nodeWords(check))}</figcaption>
<svg viewBox="${box}" role="img" class="${left > 0 ? 'sampled' : 'whole'}"><title>${short(title)}: ${short(words, 400)}</title>
<rect class="o-none" x="${margin - 0.5}" y="${lettering - 0.5}" width="${across * cell + 1}" height="${lines * cell + 1}" />
${painted(runs, whole, across, cell)}${letters(whole, across, cell, lines)}</svg>
${legend(facts, left)}
<p class="small">${sampled}${cut}${words}.</p>
</figure>
`;
};
