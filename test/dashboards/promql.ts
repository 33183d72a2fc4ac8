import { type Metric, metrics } from '../../agent/metric-catalogue.ts';

/** A use of a series in a query: its name and the labels that are matched. */
export interface Selector {
  readonly name: string;
  readonly labels: readonly string[];
}

const words = new Set([
  'and',
  'or',
  'unless',
  'bool',
  'offset',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'end',
]);

/** Every series that a query names. No parser of PromQL, but what stands in these files it reads completely. */
export const selectorsOf = (expr: string): Selector[] => {
  const bare = expr
    .replace(/"(?:\\.|[^"\\])*"/g, '""')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replace(/\boffset\s+\S+?(?=[\s)]|$)/g, ' ');
  return [...bare.matchAll(/(?<![\w:.$])([a-zA-Z_:][\w:]*)(\s*\(|\{([^}]*)\})?/g)].flatMap(
    ([, name = '', after, inside]) => {
      if (words.has(name) || after?.trim() === '(') return [];
      const labels = [...(inside ?? '').matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
      return [{ name, labels }];
    },
  );
};

const known = new Map<string, readonly string[]>(
  Object.values<Metric>(metrics).flatMap(({ name, type, labels }) =>
    type === 'histogram'
      ? [
          [`${name}_bucket`, [...labels, 'le']] as const,
          [`${name}_sum`, labels] as const,
          [`${name}_count`, labels] as const,
        ]
      : [[name, labels] as const],
  ),
);

/** What a scrape adds to everything: see the scrape configuration. */
const ofTarget = ['job', 'instance', 'site', 'vantage'];

/**
 * What is wrong with the series of a query: names that no agent sends, labels that the metric does not have.
 * @param recorded names that rules record
 */
export const strangersIn = (expr: string, recorded: readonly string[] = []): string[] =>
  selectorsOf(expr).flatMap(({ name, labels }) => {
    if (recorded.includes(name)) return [];
    const own = name === 'up' ? [] : known.get(name);
    if (own === undefined) return [name];
    return labels
      .filter((label) => !own.includes(label) && !ofTarget.includes(label))
      .map((label) => `${name}{${label}}`);
  });

/** What is chosen on a dashboard: by variable; all where nothing is. */
export type Chosen = Readonly<Record<string, string>>;

/**
 * A query of a dashboard as Grafana would send it.
 * @param seconds of the time range
 * @param step seconds from one point to the next
 */
export const asSent = (expr: string, seconds = 600, step = 60, chosen: Chosen = {}): string =>
  expr
    .replaceAll('$__range', `${seconds}s`)
    .replaceAll('$__interval', `${step}s`)
    // $1 belongs to label_replace: no variable of Grafana begins with a digit.
    .replace(/\$([a-z]\w*)/gi, (_all, name: string) => chosen[name] ?? '.*');
