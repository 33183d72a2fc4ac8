import { type MetricKey, metrics } from '../agent/metric-catalogue.ts';

/** What two series of one check have in common. Without `instance` two agents of one vantage would be joined crosswise. */
const ofCheck = 'instance, site, vantage, place, pack, rule, endpoint, target, source';

/** Where an agent stands. */
export const ofVantage = 'site, vantage, place';

/** What the variables of every dashboard choose, as far as a metric has these labels. */
const chosen = (key: MetricKey): string[] => {
  const labels: readonly string[] = metrics[key].labels;
  return ['site', 'vantage', 'place', 'pack', 'role']
    .filter((name) => labels.includes(name))
    .map((name) => `${name}=~"$${name}"`);
};

const selector = (name: string, matchers: readonly string[]): string =>
  matchers.length === 0 ? name : `${name}{${matchers.join(', ')}}`;

/**
 * The series of a metric that the variables choose, but for the role, which most metrics do not have.
 * @param matchers further ones, for example `verdict="fail"`
 * @param suffix of the name, for the parts of a histogram
 */
export const series = (key: MetricKey, matchers: readonly string[] = [], suffix = ''): string =>
  selector(metrics[key].name + suffix, [...chosen(key), ...matchers]);

/** The same for metrics of an agent that have `site` and `vantage` from the scrape configuration alone. */
export const ofAgent = (name: string, matchers: readonly string[] = []): string =>
  selector(name, ['site=~"$site"', 'vantage=~"$vantage"', ...matchers]);

/** Of some checks, those of the chosen role. In parentheses: `and` binds looser than arithmetic and comparison. */
export const ofRole = (checks: string): string => `(${checks} and on (${ofCheck}) ${series('info')})`;

/** The checks with a verdict, as ones and zeros. `past` is a modifier such as `offset 1h`. */
export const verdicts = (verdict: string, past = ''): string =>
  ofRole(`${series('verdict', [`verdict=~"${verdict}"`])}${past === '' ? '' : ` ${past}`}`);

/** The checks that have this verdict, and no others. */
export const having = (verdict: string, past = ''): string => `(${verdicts(verdict, past)} == 1)`;

/** Of some checks, those that `other` has too, whoever the agent was. */
export const alsoIn = (checks: string, other: string): string =>
  `(${checks} and on (site, vantage, place, pack, rule, endpoint, target, source) ${other})`;

/** Checks with the words of their row. In parentheses, or a comparison would take the product. */
export const withRow = (checks: string): string =>
  `((${checks}) * on (${ofCheck}) group_left (table, protocol, transport, ports, from, to, expect) ${series('info')})`;

/** 3 fail, 2 unknown, 1 pass, 0 skipped: of several the worst. */
export const worst = (by: string): string =>
  `max by (${by}) (3 * ${verdicts('fail')} or 2 * ${verdicts('unknown')} or 1 * ${verdicts('pass')})`;

/** The share of passing checks among those that were asked. */
export const shareOfPassing = (by: string): string =>
  `sum by (${by}) (${verdicts('pass')}) / (sum by (${by}) (${verdicts('pass|fail|unknown')}) > 0)`;

/** The age of results, in seconds. */
export const age = `(time() - ${series('lastCheck')})`;

/** Results that three rounds should have renewed. Five minutes are granted in any case: a round may take its time. */
export const overdue = `(${age} > clamp_min(3 * ${series('interval')}, 300))`;

/** One way through one firewall: rows of the internal table cross the internal one, all others the external one. */
export const byFirewall = (checks: string): string => {
  const external = `label_replace(${withRow(checks)}, "firewall", "external", "table", ".*")`;
  return `sum by (site, firewall, vantage, from, to) (label_replace(${external}, "firewall", "internal", "table", "internal"))`;
};
