import type { Fact, Observation } from '../probes/observation.ts';
import type { Question } from '../probes/probe.ts';
import { formatHostPort } from './address.ts';
import { formatPorts } from './ports.ts';
import { printable } from './printable.ts';

const shortDuration = (seconds: number): string =>
  seconds < 1 ? `${Math.max(seconds * 1000, 0.1).toFixed(seconds < 0.01 ? 1 : 0)} ms` : `${seconds.toFixed(1)} s`;

const words: Readonly<Record<string, string>> = {
  answered: 'answered',
  open: 'open, but the protocol did not follow',
  closed: 'closed',
  unreachable: 'unreachable',
  filtered: 'filtered: nothing was heard',
  unresolved: 'the name gave no address',
  unasked: 'could not be asked',
};

const isRecord = (fact: Fact): fact is { readonly [key: string]: Fact } =>
  fact !== null && typeof fact === 'object' && !Array.isArray(fact);

/** A list longer than this is cut on a terminal; `--format json` has all of it. */
const longestList = 12;

const shown = (fact: Fact): string => {
  if (Array.isArray(fact)) {
    const more = fact.length > longestList ? [`… ${fact.length - longestList} more`] : [];
    return [...fact.slice(0, longestList).map((one: Fact) => shown(one)), ...more].join(', ');
  }
  if (!isRecord(fact)) return printable(fact === null ? 'unknown' : String(fact));
  const { from, to, outcome } = fact;
  if (typeof from === 'number' && typeof to === 'number') return `${formatPorts([{ from, to }])} ${outcome}`;
  return Object.entries(fact)
    .map(([key, value]) => `${key} ${shown(value)}`)
    .join(', ');
};

const factLines = (facts: { readonly [key: string]: Fact }, indent: string): string[] =>
  Object.entries(facts).flatMap(([key, value]): string[] => {
    if (isRecord(value) && Object.values(value).some((one) => one !== null && typeof one === 'object')) {
      return [`${indent}${key}`, ...factLines(value, `${indent}  `)];
    }
    return [`${indent}${key.padEnd(Math.max(0, 26 - indent.length))} ${shown(value)}`];
  });

/** One observation of `edgeprobe probe` for a terminal. */
export const probeText = (observation: Observation, { transport, target }: Question): string => {
  const { probe, outcome, durationSeconds, source, attempts, failure, facts } = observation;
  const place = formatHostPort(target.address, formatPorts([{ from: target.port, to: target.lastPort }]));
  const from =
    source.address === null ? 'an address the system chooses' : formatHostPort(source.address, source.port ?? 'any');
  const dials = attempts.map(
    ({ sourcePort, outcome: each, seconds }) => `${sourcePort ?? '?'} ${each} ${shortDuration(seconds)}`,
  );
  const lines = [
    `${probe} ${transport} ${place}  ${words[outcome]}, ${shortDuration(durationSeconds)}`,
    `  at                       ${observation.startedAt}`,
    `  from                     ${from}`,
    ...(dials.length > 1 ? [`  source ports             ${dials.join(', ')}`] : []),
    ...(failure === null ? [] : [`  because                  ${failure.code}: ${printable(failure.message)}`]),
    ...factLines(facts, '  '),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
};
