import { sitePack } from './asked-rule.ts';
import { tlsOf } from './explain-facts.ts';
import { firstFew, inWords, listed } from './explain-words.ts';
import type { JudgedCheck, JudgedRule } from './judge.ts';
import { formatPorts } from './ports.ts';
import { indexOf } from './run-index.ts';
import type { Vantage } from './site-roles.ts';
import { vantageOf } from './vantage.ts';

/** What else the run knows that helps to read one check. */
export interface Around {
  readonly vantage: Vantage;
  /** Other questions to the same address, each once. */
  readonly there: readonly JudgedCheck[];
  /** The same rule at other addresses. */
  readonly siblings: readonly JudgedCheck[];
  /** The same rule at this address, from other sources. */
  readonly elsewhere: readonly JudgedCheck[];
}

/**
 * `udp/3478`, `tcp/50000-59999`; `tcp/443 (here 20443)` where the site deviates; `tcp/443 from source ports 50000-59999`
 * where the row is about those.
 */
export const whatOf = ({ rule, check }: JudgedCheck): string => {
  const dialled = formatPorts([check.target.ports]);
  const { sourcePorts } = rule;
  const sources =
    sourcePorts === undefined ? '' : ` from source port${sourcePorts.includes('-') ? 's' : ''} ${sourcePorts}`;
  return `${rule.transport}/${rule.ports}${dialled === rule.ports ? '' : ` (here ${dialled})`}${sources}`;
};

/** Where a run was made: every documented rule says so; a rule of the site file may be asked from anywhere. */
const vantageOfRun = (rules: readonly JudgedRule[], judged: JudgedCheck): Vantage =>
  vantageOf((rules.find(({ rule }) => rule.pack !== sitePack) ?? judged).rule);

const onceEach = (checks: readonly JudgedCheck[]): JudgedCheck[] => [
  ...new Map(checks.map((one) => [one.key, one])).values(),
];

/** Asked for once, and made then: most checks passed, and their sentences need nothing of it. */
const onDemand = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** What else the run saw around a check. */
export const aroundOf = (judged: JudgedCheck, rules: readonly JudgedRule[]): Around => {
  const { address, source } = judged.check;
  const run = indexOf(rules);
  const others = (checks: readonly JudgedCheck[]): JudgedCheck[] =>
    checks.filter((other) => other.rule === judged.rule && other !== judged);
  const there = onDemand(() =>
    onceEach(run.at(address).filter((other) => other.key !== judged.key)).filter((other) => other.rule !== judged.rule),
  );
  const siblings = onDemand(() =>
    others(run.of(judged.rule)).filter(
      ({ check }) => check.address !== address && (check.source === source || address === null),
    ),
  );
  const elsewhere = onDemand(() =>
    others(address === null ? run.of(judged.rule) : run.at(address)).filter(
      ({ check }) => check.address === address && check.source !== source,
    ),
  );
  return {
    vantage: vantageOfRun(rules, judged),
    get there() {
      return there();
    },
    get siblings() {
      return siblings();
    },
    get elsewhere() {
      return elsewhere();
    },
  };
};

/**
 * Whether something else on the same address was heard in this run: somebody is there. Where a port that no rule opens
 * opens too, something opens connections for the host, and only an answer proves anybody.
 */
export const isAlive = (judged: JudgedCheck, { there, elsewhere }: Around): boolean =>
  [...there, ...elsewhere].some(
    ({ observation: { outcome } }) => outcome === 'answered' || (outcome === 'open' && judged.controlPort !== 'open'),
  );

/** Whether something answers for the address with resets: the host, or a firewall that rejects. */
export const isReset = (judged: JudgedCheck, { there }: Around): boolean =>
  judged.controlPort === 'closed' || there.some(({ observation }) => observation.outcome === 'closed');

/** Whether other things were asked of the address, and none was heard. */
export const isDark = (judged: JudgedCheck, around: Around): boolean =>
  !isAlive(judged, around) &&
  judged.controlPort !== 'closed' &&
  around.there.length > 0 &&
  around.there.every(({ observation }) => observation.outcome === 'filtered');

/** A node by its name, or by its address where the name has several. */
const nodeOf = (one: JudgedCheck, judged: JudgedCheck): string =>
  one.check.target.name === judged.check.target.name
    ? (one.check.address ?? one.check.target.name)
    : one.check.target.name;

/** Rows that idle outside a call: what else answers on the address says nothing of them. */
const idle: ReadonlySet<string> = new Set(['idle-or-filtered', 'idle-or-reset']);

const speaksTls = ({ observation }: JudgedCheck): boolean =>
  observation.outcome === 'answered' && 'protocol' in tlsOf(observation.facts);

const whatElse = (judged: JudgedCheck, around: Around): string | null => {
  const { there } = around;
  const { because } = judged.judgement;
  if (idle.has(because)) return null;
  const secured = because === 'tls-swallowed' ? there.filter(speaksTls) : [];
  if (secured.length > 0) {
    return `${listed(secured.slice(0, 2).map(whatOf))} there ${secured.length > 1 ? 'complete' : 'completes'} TLS`;
  }
  const whats = (outcome: string): string[] => [
    ...new Set(there.filter(({ observation }) => observation.outcome === outcome).map(whatOf)),
  ];
  const [answered, open, closed] = [whats('answered'), whats('open'), whats('closed')];
  if (answered.length > 0) return `${listed(answered.slice(0, 2))} there ${answered.length > 1 ? 'answer' : 'answers'}`;
  if (open.length > 0) return `${listed(open.slice(0, 2))} there ${open.length > 1 ? 'open' : 'opens'}`;
  if (closed.length > 0) return `${listed(closed.slice(0, 2))} there ${closed.length > 1 ? 'are' : 'is'} reset`;
  if (judged.controlPort === 'closed' && because !== 'refused') return 'a port there that no rule opens is reset';
  return isDark(judged, around)
    ? `nothing else asked of this address is heard either (${listed([...new Set(there.map(whatOf))].slice(0, 3))})`
    : null;
};

/** How sure the site is that somebody listens there, where it is surer than a row of a table. */
const evidenceWords = ({ check, evidence, observation, far }: JudgedCheck): string | null => {
  if (far !== undefined && (far.listening || far.arrived !== 'unknown')) return null;
  if (!check.target.responder || observation.outcome === 'answered') return null;
  return evidence === 'proven'
    ? 'our responder has proved that it listens there'
    : 'the site file says that a responder listens there';
};

const outcomeWords: Readonly<Record<string, string>> = {
  answered: 'answers',
  open: 'opens without an answer',
  closed: 'is reset',
  unreachable: 'is refused by the network',
  filtered: 'is silent',
  unresolved: 'has no address',
  unasked: 'could not be asked',
};

/** Nodes that a sentence names before it says that there are more. */
const mostNodes = 8;

const siblingWords = (judged: JudgedCheck, { siblings }: Around): string | null => {
  if (siblings.length === 0) return null;
  const good = siblings.filter(({ judgement }) => judgement.verdict === 'pass');
  const [only] = good;
  if (only !== undefined && good.length === 1 && only.observation.outcome === 'answered') {
    return `${nodeOf(only, judged)} answers the same question in ${inWords(only.observation.durationSeconds)}`;
  }
  if (good.length > 0) {
    const names = [...new Set(good.map((one) => nodeOf(one, judged)))];
    const told = names.length > mostNodes ? firstFew(names, mostNodes, 'nodes') : listed(names);
    return `${told} ${names.length > 1 ? 'pass' : 'passes'} the same question`;
  }
  const alike = ({ observation, judgement }: JudgedCheck): boolean =>
    observation.outcome === judged.observation.outcome && judgement.because === judged.judgement.because;
  if (siblings.every(alike)) {
    return siblings.length === 1 ? 'the same on both addresses' : `the same on all ${siblings.length + 1} addresses`;
  }
  const other = siblings.find((one) => one.groups.length === 0 && !alike(one));
  return other === undefined
    ? null
    : `asked the same, ${nodeOf(other, judged)} ${outcomeWords[other.observation.outcome]}`;
};

const elsewhereWords = ({ elsewhere }: Around): string | null => {
  const good = elsewhere.filter(({ judgement }) => judgement.verdict === 'pass');
  return good.length === 0
    ? null
    : `asked from ${listed(good.map(({ observation }) => observation.source.address ?? 'another address'))} it passes`;
};

/** What else was heard, in one clause: at this address, at the other nodes, from other sources. Empty if nothing helps. */
export const contextWords = (judged: JudgedCheck, around: Around): string =>
  [evidenceWords(judged), whatElse(judged, around), siblingWords(judged, around), elsewhereWords(around)]
    .filter((words) => words !== null)
    .join(', and ');
