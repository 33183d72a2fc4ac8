import { edgeEnd, type Rule } from './packs.ts';
import { formatPorts, type PortRange, parsePorts } from './ports.ts';
import type { Expectation, Site } from './site.ts';
import type { Vantage } from './site-roles.ts';
import { vantageOf } from './vantage.ts';

export type Expect = 'reachable' | 'blocked';

/** A rule as this run asks it: a row of a pack, or one that the site file adds (pack `site`, protocol `TCP` or `UDP`). */
export interface AskedRule extends Omit<Rule, 'protocol'> {
  readonly protocol: string;
}

/** The pack name under which a report lists what the site file itself asks for. */
export const sitePack = 'site';

/** Whether a glob (`*` any run, `?` one character) matches a rule's id or `pack/id`. */
export const matchesRule = (glob: string, rule: { readonly pack: string; readonly id: string }): boolean => {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const pattern = new RegExp(`^${source}$`);
  return pattern.test(rule.id) || pattern.test(`${rule.pack}/${rule.id}`);
};

const samePorts = (a: readonly PortRange[], b: readonly PortRange[]): boolean => formatPorts(a) === formatPorts(b);

const speaksOf = (expectation: Expectation, rule: Rule, vantage: Vantage): boolean => {
  if (expectation.vantage !== null && expectation.vantage !== vantage) return false;
  if (expectation.rule !== null) return matchesRule(expectation.rule, rule);
  return (
    expectation.to === rule.to &&
    (expectation.from === null || expectation.from === rule.from) &&
    (expectation.transport === null || expectation.transport === rule.transport) &&
    (expectation.ports ?? []).some((range) => samePorts([range], parsePorts(rule.ports)))
  );
};

/** What is expected of a row here: reachable, unless the site file says otherwise. The last entry that speaks of it wins. */
export const expectationOf = (rule: Rule, site: Site, vantage: Vantage): Expect =>
  site.expect.findLast((expectation) => speaksOf(expectation, rule, vantage))?.expect ?? rule.expect ?? 'reachable';

/**
 * The rules that the site file adds for this vantage: an address and port that no row of the packs covers. Of several
 * entries that add the same, the last wins.
 */
export const addedRules = (site: Site, packRules: readonly Rule[], vantage: Vantage): [AskedRule, Expect][] => {
  const added = everyAddition(site, packRules, vantage).map((one) => [one[0].id, one] as const);
  return [...new Map(added).values()];
};

const everyAddition = (site: Site, packRules: readonly Rule[], vantage: Vantage): [AskedRule, Expect][] =>
  site.expect.flatMap((expectation): [AskedRule, Expect][] => {
    const { to, ports, expect } = expectation;
    if (expectation.rule !== null || to === null || ports === null) return [];
    const from = expectation.from ?? 'any';
    const table = to === 'edge-internal' ? 'internal' : 'external';
    if ((expectation.vantage ?? vantageOf({ table, from, to })) !== vantage) return [];
    return ports
      .filter((range) => {
        const covers = (rule: Rule): boolean =>
          vantageOf(rule) === vantage && speaksOf({ ...expectation, ports: [range] }, rule, vantage);
        return !packRules.some(covers);
      })
      .map((range): [AskedRule, Expect] => {
        const transport = expectation.transport ?? 'tcp';
        const spelled = formatPorts([range]);
        const rule: AskedRule = {
          pack: sitePack,
          id: `${sitePack}-${from}-${to}-${transport}-${spelled}`,
          table,
          role: edgeEnd({ from, to })?.role ?? 'access-edge',
          protocol: transport.toUpperCase(),
          security: 'none',
          transport,
          ports: spelled,
          from,
          to,
          why: 'Asked for by the site file.',
          requiredFor: [],
          mayNarrowTo: [],
          source: { document: 'site', table, row: 0 },
          notes: [],
          erratum: null,
          ...(expect === 'blocked' ? { expect } : {}),
        };
        return [rule, expect];
      });
  });
