import { probeFor } from '../probes/index.ts';
import type { ProbeOptions } from '../probes/probe.ts';
import { familyOf } from './address.ts';
import { type AskedRule, addedRules, type Expect, expectationOf, sitePack } from './asked-rule.ts';
import { type Hairpin, planHairpins } from './hairpin.ts';
import { optionsFor } from './options.ts';
import type { Rule } from './packs.ts';
import { includesPort, type PortRange, parsePorts } from './ports.ts';
import type { Site } from './site.ts';
import type { Vantage } from './site-roles.ts';
import { sourcesOf } from './sources.ts';
import { type Target, targetRoles, targetsOf } from './targets.ts';
import { isEdgeRole, vantageOf } from './vantage.ts';

/** Why a row is not asked. The codes are part of the report format. */
export type SkipCode =
  | 'no-endpoint'
  | 'no-probe-yet'
  | 'not-required'
  | 'absent'
  | 'no-source-address'
  | 'no-such-family';

/** One rule, one source, one target: a question whose address may still be a name. */
export interface Ask {
  readonly probe: string;
  readonly target: Target;
  /** The name to resolve; null where the site file gives a literal address. */
  readonly host: string | null;
  /** The literal address; null until the name is resolved. */
  readonly address: string | null;
  /** The address to bind; null: the routing table chooses. */
  readonly source: string | null;
  /** The source port that the row fixes, or the range of them that it asks; left out: any. */
  readonly sourcePorts?: PortRange;
  readonly options: ProbeOptions;
}

/** A rule of this vantage, with the questions it takes or the reason why there are none. */
export interface PlannedRule {
  readonly rule: AskedRule;
  readonly expect: Expect;
  readonly skip: { readonly because: SkipCode; readonly explain: string } | null;
  readonly asks: readonly Ask[];
}

export interface Plan {
  readonly site: Site;
  readonly vantage: Vantage;
  readonly place: string;
  readonly packs: readonly string[];
  readonly rules: readonly PlannedRule[];
  /**
   * Rows of another vantage that are asked from here as well, as controls without a verdict: in the DMZ the inbound ones,
   * beside the server; outside and inside those that leave the Edge, where no firewall stands before who is asked.
   */
  readonly alongside?: { readonly rules: readonly PlannedRule[]; readonly owned: ReadonlySet<string> };
  /** What the DMZ asks itself at published addresses of A/V Edges behind NAT; left out where there are none. */
  readonly hairpins?: readonly Hairpin[];
}

export interface PlanInput {
  readonly site: Site;
  readonly vantage: Vantage;
  readonly place: string;
  readonly rules: readonly Rule[];
  /** Only rules for which this is true; all where left out. */
  readonly only?: (rule: AskedRule) => boolean;
  /** The addresses of this machine. */
  readonly owned: ReadonlySet<string>;
}

const list = (words: readonly string[]): string => words.join(' or ');

/** Rules that the site file adds, and ways that must be shut: whether the port opens is all that is asked. */
const probeNameFor = (rule: AskedRule): string | null => {
  if (rule.pack === sitePack) return rule.transport === 'tcp' ? 'tcp' : null;
  if (rule.expect === 'blocked' && rule.transport === 'tcp') return 'tcp';
  const range = rule.ports.includes('-') || (rule.sourcePorts?.includes('-') ?? false);
  const { protocol, security, transport } = rule;
  return probeFor({ protocol, security, transport, range })?.name ?? null;
};

/** Why a row can be asked of nobody, and what to do. `unwilling`: hosts that play the part, but may not be swept. */
const whyNobody = (rule: AskedRule, unwilling: readonly Target[]): string => {
  if (unwilling.length > 0) {
    const names = list(unwilling.map((target) => target.name));
    return unwilling.some((target) => target.ours)
      ? `${names} has "sweep: false", so this range is not asked there`
      : `${names} is not ours to sweep: set "responder: true" or "sweep: true" on it if its owner agrees`;
  }
  const { ours, far } = targetRoles(rule);
  if (ours.length + far.length === 0) return `nobody in a site file answers ${rule.protocol} for "${rule.to}"`;
  const where =
    far.length > 0 ? `no host under "far" with "as: [${list(far)}]"` : `no server with the role ${list(ours)}`;
  return `the site file has ${where}; add one, or list the role under "absent"`;
};

const planRule = (
  rule: AskedRule,
  expect: Expect,
  input: PlanInput,
  from: typeof sourcesOf = sourcesOf,
): PlannedRule => {
  const { site, vantage } = input;
  const skip = (because: SkipCode, explain: string): PlannedRule => ({
    rule,
    expect,
    skip: { because, explain },
    asks: [],
  });

  const required = rule.requiredFor.length === 0 || rule.requiredFor.some((feature) => site.features.includes(feature));
  if (!required)
    return skip('not-required', `needed for ${list(rule.requiredFor)}, which is not among the site's features`);

  const opened = (rule.unlessFor ?? []).filter((feature) => site.features.includes(feature));
  if (opened.length > 0)
    return skip('not-required', `${list(opened)} is among the site's features, and needs this open`);

  const absent: ReadonlySet<string> = new Set(site.absent);
  const roles = targetRoles(rule);
  const wanted = [...roles.ours, ...roles.far];
  if (absent.has(rule.from)) return skip('absent', `the site has no ${rule.from}`);
  if (wanted.length > 0 && wanted.every((role) => absent.has(role))) {
    return skip('absent', `the site has no ${list(wanted)}`);
  }

  const [ports] = parsePorts(rule.ports);
  if (ports === undefined) throw new Error(`rule ${rule.id} has no ports`);
  const all = targetsOf(rule, ports, site, vantage);
  const [sourcePorts] = rule.sourcePorts === undefined ? [] : parsePorts(rule.sourcePorts);
  const range = ports.from !== ports.to || (sourcePorts !== undefined && sourcePorts.from !== sourcePorts.to);
  const targets = all.filter((target) => !range || target.sweep);
  if (targets.length === 0) return skip('no-endpoint', whyNobody(rule, all));

  const probe = probeNameFor(rule);
  if (probe === null)
    return skip('no-probe-yet', `no probe for ${rule.protocol} over ${rule.transport} in this version`);

  const sources = from(rule, site, vantage, input.owned);
  if (sources.kind === 'none') {
    const here =
      sources.wanted.length > 0
        ? `run this on ${list(sources.wanted)}`
        : `the site file has no server with the role ${rule.from}`;
    return skip(
      'no-source-address',
      `this machine owns no address of ${rule.from}: ${here}, or give vantages.${vantage}.bind.${rule.from}`,
    );
  }

  const asks = targets.flatMap((target) =>
    sources.addresses.map((source): Ask => {
      const literal = familyOf(target.address) !== null;
      return {
        probe,
        target,
        host: literal ? null : target.address,
        address: literal ? target.address : null,
        source,
        ...(sourcePorts === undefined ? {} : { sourcePorts }),
        options: optionsFor(probe, rule, target, site),
      };
    }),
  );
  return { rule, expect, skip: null, asks };
};

/** Neither a sweep, nor what is about the source or must be shut. */
const isAskedAlongside = ({ ports, sourcePorts, expect }: Rule): boolean =>
  !ports.includes('-') && sourcePorts === undefined && expect !== 'blocked';

/** A row of the Edge asked from another place does not leave from the Edge's address. */
const fromHere: typeof sourcesOf = (_, site, vantage) => ({
  kind: 'bound',
  addresses: [site.vantages[vantage].bind.any ?? null],
});

/**
 * Rows of single ports asked from the far end of their segment: they tell the silence of who is asked from that of the
 * way to it. What the Edge asks of the far side is asked outside, what it asks of our own servers inside.
 */
const plannedAlongside = (input: PlanInput, only: (rule: AskedRule) => boolean): PlannedRule[] => {
  const rules = input.rules.filter((rule) => isAskedAlongside(rule) && only(rule));
  const planned =
    input.vantage === 'dmz'
      ? rules.filter(({ to }) => isEdgeRole(to)).map((rule) => planRule(rule, 'reachable', input))
      : rules
          .filter((rule) => vantageOf(rule) === 'dmz')
          .map((rule) => planRule(rule, 'reachable', input, fromHere))
          .map((one) => ({
            ...one,
            asks: one.asks.filter(({ target }) => target.ours === (input.vantage === 'inside')),
          }));
  return planned.filter(({ asks }) => asks.length > 0);
};

/** A list of ports outside the table leaves out what some row opens at the same address: packs and sites deviate. */
const withoutTable = (rules: readonly PlannedRule[]): PlannedRule[] => {
  const open = rules.flatMap(({ rule, expect, asks }) =>
    expect === 'reachable' ? asks.map(({ target }) => ({ transport: rule.transport, ...target })) : [],
  );
  const cut = (rule: AskedRule, ask: Ask): Ask => {
    const { only } = ask.options;
    if (only === undefined) return ask;
    const there = open.filter(
      ({ address, transport }) => address === ask.target.address && transport === rule.transport,
    );
    const left = only.filter((port) => !there.some(({ ports }) => includesPort([ports], port)));
    return { ...ask, options: { ...ask.options, only: left } };
  };
  return rules.map((planned) => ({ ...planned, asks: planned.asks.map((ask) => cut(planned.rule, ask)) }));
};

/** Every rule of a vantage, with the questions that will be asked of whom and from where. Sends nothing, asks no resolver. */
export const makePlan = (input: PlanInput): Plan => {
  const { site, vantage, place, rules } = input;
  const only = input.only ?? (() => true);
  const documented = rules
    .filter((rule) => vantageOf(rule) === vantage && only(rule))
    .map((rule) => planRule(rule, expectationOf(rule, site, vantage), input));
  const added = addedRules(site, rules, vantage)
    .filter(([rule]) => only(rule))
    .map(([rule, expect]) => planRule(rule, expect, input));
  const packs = [...new Set(rules.map((rule) => rule.pack))];
  const alongside = plannedAlongside(input, only);
  const hairpins = planHairpins([...documented, ...alongside], input);
  return {
    ...{ site, vantage, place, packs, rules: withoutTable([...documented, ...added]) },
    ...(alongside.length === 0 ? {} : { alongside: { rules: alongside, owned: input.owned } }),
    ...(hairpins.length === 0 ? {} : { hairpins }),
  };
};
