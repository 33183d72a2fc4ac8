import { counted, firstFew, inWords } from './explain-words.ts';
import type { JudgedCheck, JudgedGroup } from './judge.ts';
import { formatPorts } from './ports.ts';

/** Runs of ports that one group names before it says how many more there are. */
const runsShown = 3;

/** The ports of a group, by their runs: `50000-50499`, or how many where they are many runs. */
const groupPorts = ({ ranges, count }: JudgedGroup): string => {
  const runs = ranges.map((range) => formatPorts([range]));
  if (runs.length === 0) return counted(count, 'port');
  return runs.length <= runsShown
    ? firstFew(runs, runsShown, 'runs')
    : `${counted(count, 'port')} (${firstFew(runs, runsShown, 'runs')})`;
};

const first = ({ ranges }: JudgedGroup): number => ranges[0]?.from ?? 0;

/** Runs in order, those that touch made one. */
const joinedRuns = (ranges: JudgedGroup['ranges']): JudgedGroup['ranges'] => {
  const runs: { from: number; to: number }[] = [];
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = runs.at(-1);
    if (last !== undefined && last.to + 1 === from) last.to = to;
    else runs.push({ from, to });
  }
  return runs;
};

/** The ports of the logging agent are worth a word of their own only where they came out unlike all others. */
const withoutTwins = (groups: readonly JudgedGroup[]): JudgedGroup[] =>
  groups.flatMap((group): JudgedGroup[] => {
    const twin = groups.find((other) => other !== group && other.outcome === group.outcome);
    if (twin === undefined) return [group];
    if (group.apart) return [];
    return [{ ...group, count: group.count + twin.count, ranges: joinedRuns([...group.ranges, ...twin.ranges]) }];
  });

/** The ports of some groups, whatever their outcome: `135, 3389`. */
export const portsInWords = (groups: readonly JudgedGroup[]): string => groups.map(groupPorts).join(', ');

/** The ranges by outcome: `50000-50499 filtered, 50500-59999 closed`. The ports of the logging agent come last. */
export const rangesInWords = (groups: readonly JudgedGroup[]): string =>
  withoutTwins(groups)
    .toSorted((a, b) => Number(a.apart) - Number(b.apart) || first(a) - first(b))
    .map((group) => `${groupPorts(group)} ${group.outcome}${group.apart ? " (the logging agent's)" : ''}`)
    .join(', ');

/** What a sweep saw: how many ports it asked, how long it took, and which ports came out how. */
export const sweepSummary = ({ rule, observation, groups }: JudgedCheck): string => {
  const thing = rule.sourcePorts === undefined ? 'port' : 'source port';
  const { asked, of } = observation.facts as { readonly asked?: unknown; readonly of?: unknown };
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const all = typeof of === 'number' ? of : total;
  const done = typeof asked === 'number' ? asked : total;
  const took = inWords(observation.durationSeconds);
  const sampled = done < all;
  const ports = sampled ? `${done} of ${all} ${thing}s asked` : counted(total, thing);
  const [only, ...rest] = groups.filter(({ apart }) => !apart);
  const alike = only !== undefined && rest.length === 0 && groups.every(({ outcome }) => outcome === only.outcome);
  if (alike) return `${ports}, all ${only.outcome}, in ${took}`;
  const limited = observation.facts['refusalsLimited'] === true;
  const perhaps = limited ? ' (refusals are limited there, so silent ports may be refused ones)' : '';
  return `${ports} in ${took}: ${rangesInWords(groups)}${perhaps}`;
};
