import type { Fact, Facts } from '../../probes/observation.ts';
import { inWords } from '../explain-words.ts';
import type { ReportCheck } from '../report.ts';
import { type Html, joined, markup, nothing, short } from './html-escape.ts';
import { nodeWords } from './row-words.ts';

/** Facts of one check, and values of one fact, before it says how many more there are. */
const most = { facts: 60, values: 24, attempts: 12, depth: 4 } as const;

/** Ports of ranges are shown as a picture. */
const pictured: ReadonlySet<string> = new Set(['ranges', 'counts']);

type Named = readonly [name: string, words: string];

const wordsOf = (value: Fact): string => {
  if (value === null) return 'not known';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

const isPlain = (value: Fact): boolean => value === null || typeof value !== 'object';

/** Facts in one list: `certificate.subject`. */
const flat = (value: Fact, name: string, depth: number): Named[] => {
  if (isPlain(value)) return [[name, wordsOf(value)]];
  if (Array.isArray(value) && value.every(isPlain)) {
    const shown = value.slice(0, most.values).map(wordsOf);
    const hidden = value.length - shown.length;
    return [[name, `${shown.join(', ') || 'none'}${hidden > 0 ? ` and ${hidden} more` : ''}`]];
  }
  if (depth === 0) return [[name, wordsOf(value)]];
  return Object.entries(value as Readonly<Record<string, Fact>>)
    .slice(0, most.facts)
    .flatMap(([key, inner]) => flat(inner, name === '' ? key : `${name}.${key}`, depth - 1));
};

const factsOf = (facts: Facts): Named[] => {
  const own = Object.fromEntries(Object.entries(facts).filter(([name]) => !pictured.has(name)));
  const all = flat(own, '', most.depth);
  const hidden = all.length - most.facts;
  return hidden > 0 ? [...all.slice(0, most.facts), ['more', `${hidden} facts, see --format json`]] : all;
};

const attemptsOf = ({ attempts }: ReportCheck): Html => {
  const shown = attempts.slice(0, most.attempts).map(({ at, sourcePort, outcome, seconds, requests }) => {
    const port = sourcePort === null ? 'a port nobody noted' : `port ${sourcePort}`;
    return markup`<li>${short(at, 40)} from ${port}: ${outcome} after ${inWords(seconds)}, ${requests} sent</li>`;
  });
  const hidden = attempts.length - shown.length;
  const more = hidden > 0 ? [markup`<li>and ${hidden} more, see --format json</li>`] : [];
  return shown.length === 0 ? nothing : markup`<dt>attempts</dt><dd><ol>${[...shown, ...more]}</ol></dd>`;
};

/**
 * How one question was asked and what came of it: steps, facts and attempts, folded away until somebody asks.
 * @param more what else there is to say of it
 * @param open whether it is unfolded already
 */
export const checkDetails = (check: ReportCheck, more: Html = nothing, open = false): Html => {
  const { probe, startedAt, source, outcome, durationSeconds, steps, facts, failure, because } = check;
  const from = source.address === null ? 'no address' : nodeSource(source.address, source.port);
  const stepsText = steps.map(({ step, seconds }) => markup`${short(step, 40)} ${inWords(seconds)}`);
  return markup`<details${open ? markup` open="open"` : nothing}>
<summary>${short(nodeWords(check))}: ${outcome} after ${inWords(durationSeconds)}, steps and facts</summary>
<dl>
<dt>asked</dt><dd>${probe} at ${short(startedAt, 40)} from ${short(from)}</dd>
<dt>because</dt><dd>${because}</dd>
${failure === null ? nothing : markup`<dt>failure</dt><dd>${failure.code} in ${failure.step}: ${failure.message}</dd>`}
${stepsText.length === 0 ? nothing : markup`<dt>steps</dt><dd>${joined(stepsText, ', ')}</dd>`}
${factsOf(facts).map(([name, words]) => markup`<dt>${short(name)}</dt><dd>${short(words, 600)}</dd>`)}
${attemptsOf(check)}
</dl>
${more}</details>
`;
};

const nodeSource = (address: string, port: number | null): string =>
  port === null ? address : `${address} port ${port}`;
