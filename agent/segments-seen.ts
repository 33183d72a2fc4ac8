import type { AlongsideCheck } from './alongside.ts';
import { tlsOf } from './explain-facts.ts';
import type { MergedAnswer, MergedRow } from './merge-rows.ts';
import type { OrderedRun } from './merge-runs.ts';
import type { ReportCheck } from './report.ts';
import type { Heard, HeardBeside, InboundView, OutboundView } from './segments.ts';
import {
  type Blame,
  type Deduced,
  type DeductionCode,
  deduceInbound,
  deduceInternal,
  deduceOutbound,
} from './segments.ts';
import { deductionWords } from './segments-words.ts';
import { grouped } from './sinks/grouped.ts';
import { serverRoles } from './site-roles.ts';

/** Who blocks one row at one node, as far as the runs together tell. */
export interface Deduction {
  readonly pack: string;
  readonly rule: string;
  /** The node asked, and the place that asked it. */
  readonly node: string;
  readonly label: string;
  readonly segment: 'external' | 'internal';
  readonly code: DeductionCode;
  readonly blame: Blame;
  /** False: nothing is deduced, or the segment is not named for the reasons in `doubts`. */
  readonly sure: boolean;
  readonly doubts: readonly string[];
  readonly explain: string;
}

/** Longer between two observations, and somebody may have changed a rule meanwhile. */
const commitWindowSeconds = 600;

const heardBy: Readonly<Record<string, Heard>> = {
  answered: 'answered',
  open: 'mute',
  closed: 'refused',
  unreachable: 'icmp',
  filtered: 'silent',
};

const isServer = (role: string): boolean => (serverRoles as readonly string[]).includes(role);

/** What earns no deduction: our own blindness, and rows that are meant to be blocked. */
const unearned: ReadonlySet<string> = new Set(['prober-blind', 'source-shunned', 'source-not-in-role']);

const heardOf = ({ outcome, verdict }: ReportCheck): Heard | undefined =>
  outcome === 'open' && verdict === 'pass' ? 'answered' : heardBy[outcome];

const isSpeech = (outcome: string, opensAnything: boolean): boolean =>
  outcome === 'answered' || (outcome === 'open' && !opensAnything);

/** F: whether the responder saw the request. One that it refused to serve arrived, and had no answer to be lost. */
const arrivedOf = ({ far }: ReportCheck): InboundView['arrived'] => {
  if (far?.arrived === 'yes' || far?.arrived === 'connection') return 'yes';
  return far?.arrived === 'no' && far.listening ? 'no' : 'unknown';
};

/** What a run asked, by the address that was asked. */
interface Seen {
  readonly run: OrderedRun;
  readonly checks: ReadonlyMap<string, readonly { readonly check: ReportCheck; readonly transport: string }[]>;
  readonly beside: ReadonlyMap<string, readonly AlongsideCheck[]>;
}

/** Everything asked, for looking up: by run, and the questions of the DMZ by row and node. */
interface Scene {
  readonly runs: ReadonlyMap<number, Seen>;
  readonly besides: ReadonlyMap<string, readonly Beside[]>;
}

interface Beside {
  readonly seen: Seen;
  readonly check: AlongsideCheck;
}

const besideKey = (pack: string, rule: string, node: string): string => JSON.stringify([pack, rule, node]);

const byKey = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, readonly T[]> =>
  new Map(grouped(items, keyOf).map((same) => [keyOf(same[0]), same]));

const sceneOf = (runs: readonly OrderedRun[]): Scene => {
  const all = runs.map((run): Seen => {
    const { rules, alongside = [] } = run.report;
    const checks = rules.flatMap(({ checks: own, transport }) => own.map((check) => ({ check, transport })));
    return {
      run,
      checks: byKey(checks, ({ check }) => check.target.address ?? ''),
      beside: byKey(alongside, ({ target }) => target.address),
    };
  });
  const besides = all.flatMap((seen) =>
    (seen.run.report.alongside ?? [])
      .filter(({ outcome }) => outcome in heardBy)
      .map((check): Beside => ({ seen, check })),
  );
  return {
    runs: new Map(all.map((seen) => [seen.run.number, seen])),
    besides: byKey(besides, ({ check }) => besideKey(check.pack, check.rule, check.target.name)),
  };
};

const controlPortOf = (run: OrderedRun, address: string): InboundView['controlPort'] => {
  const outcomes = run.report.controls
    .filter((one) => one.kind === 'port' && one.address === address)
    .map(({ outcome }) => outcome);
  if (outcomes.some((outcome) => outcome === 'open' || outcome === 'answered')) return 'open';
  if (outcomes.includes('closed')) return 'closed';
  return outcomes.length > 0 && outcomes.every((outcome) => outcome === 'filtered') ? 'silent' : 'unknown';
};

/** Whether anything else asked of that address in that run was heard. */
const othersAt = ({ run, checks }: Seen, check: ReportCheck, transport: string): InboundView['others'] => {
  const { address, port } = check.target;
  const there = (checks.get(address ?? '') ?? [])
    .filter((one) => one.check.target.port !== port || one.transport !== transport)
    .map((one) => one.check);
  const opensAnything = controlPortOf(run, address ?? '') === 'open';
  if (there.some(({ outcome }) => isSpeech(outcome, opensAnything))) return 'ok';
  return there.length > 0 && there.every(({ outcome }) => outcome === 'filtered') ? 'dark' : 'unknown';
};

const fingerprintOf = (facts: ReportCheck['facts']): string | null => {
  const certificate = tlsOf(facts)['certificate'];
  if (certificate === null || typeof certificate !== 'object') return null;
  const fingerprint = (certificate as ReportCheck['facts'])['fingerprint256'];
  return typeof fingerprint === 'string' ? fingerprint : null;
};

const proofsIn = (facts: ReportCheck['facts']): unknown[] => [facts['proof'], tlsOf(facts)['proof']];
const showsProof = (facts: ReportCheck['facts']): boolean => proofsIn(facts).includes(true);
const lacksProof = (facts: ReportCheck['facts']): boolean => proofsIn(facts).includes(false);

/** The same question asked in the DMZ: over a wire rather than on the host itself, then the newest. */
const besideOf = ({ besides }: Scene, row: MergedRow, node: string): Beside | undefined => {
  const all = besides.get(besideKey(row.pack, row.rule, node)) ?? [];
  return all.findLast(({ check }) => !check.onHost) ?? all.at(-1);
};

const heardBeside = (beside: Beside | undefined, check: ReportCheck): HeardBeside => {
  if (beside === undefined) return 'not-asked';
  const heard = heardBy[beside.check.outcome] ?? 'not-asked';
  if (heard === 'answered' && check.outcome === 'answered') {
    const [here, there] = [fingerprintOf(check.facts), fingerprintOf(beside.check.facts)];
    const other = here !== null && there !== null && here !== there;
    return other || (showsProof(beside.check.facts) && lacksProof(check.facts)) ? 'other-identity' : 'answered';
  }
  // Our responder listened there and was heard of by its record: it turned away a host that it does not serve (--allow).
  if (check.far?.listening === true && (heard === 'mute' || heard === 'refused')) return 'not-asked';
  if (heard !== 'silent') return heard;
  const { address, port } = beside.check.target;
  const others = (beside.seen.beside.get(address) ?? []).filter(({ target }) => target.port !== port);
  return others.length > 0 && others.every(({ outcome }) => outcome === 'filtered') ? 'dark' : 'silent';
};

const seconds = (iso: string): number => new Date(iso).getTime() / 1000;

const besideOfFar = 'the firewall of the far host is not excluded';

/** The conditions of a sound deduction that are not known to hold. */
const doubtsOf = (check: ReportCheck, beside: Beside | undefined): string[] => {
  if (beside === undefined)
    return check.far === undefined ? [] : ['the DMZ did not ask, so the host firewall is not excluded'];
  const { check: other } = beside;
  const apart = Math.abs(seconds(check.startedAt) - seconds(other.startedAt));
  return [
    ...(other.onHost ? ['the DMZ asked on the host itself, so its host firewall is not excluded'] : []),
    ...(check.target.address === other.target.address ? [] : ['the address is translated on the way']),
    ...(apart > commitWindowSeconds ? ['the two were not asked within ten minutes'] : []),
    ...(check.probe === other.probe ? [] : ['the two were not asked in the same words']),
  ];
};

/** What needs no condition: nothing was deduced, or nobody is blamed because it passes. */
const unconditional: ReadonlySet<DeductionCode> = new Set(['nobody-blocks', 'unclear', 'ask-beside'] as const);

const made = (
  row: MergedRow,
  { label, vantage }: MergedAnswer,
  { target }: ReportCheck,
  { code, blame }: Deduced,
  unknown: readonly string[],
): Deduction => {
  const internal = vantage === 'inside' || target.role === 'front-end' || target.role === 'director';
  const segment = internal ? 'internal' : 'external';
  const doubts = unconditional.has(code) ? [] : unknown;
  const sure = blame !== 'unknown' && doubts.length === 0;
  const scene = { segment, from: label, who: target.name, what: `${row.transport}/${row.ports}`, sure } as const;
  const explain = deductionWords(code, scene);
  const { pack, rule } = row;
  return { pack, rule, node: target.name, label, segment, code, blame, sure, doubts, explain };
};

const inbound = (scene: Scene, row: MergedRow, answer: MergedAnswer): Deduction[] => {
  const seen = scene.runs.get(answer.run);
  if (seen === undefined) return [];
  return answer.checks.flatMap((check): Deduction[] => {
    const outside = heardOf(check);
    if (outside === undefined || check.target.port === null || unearned.has(check.because)) return [];
    const beside = besideOf(scene, row, check.target.name);
    const view: InboundView = {
      outside,
      others: othersAt(seen, check, row.transport),
      controlPort: controlPortOf(seen.run, check.target.address ?? ''),
      beside: heardBeside(beside, check),
      arrived: arrivedOf(check),
    };
    if (outside === 'answered' && view.beside === 'not-asked') return [];
    return [made(row, answer, check, deduceInbound(view), doubtsOf(check, beside))];
  });
};

const outbound = (scene: Scene, row: MergedRow, answer: MergedAnswer): Deduction[] => {
  const seen = scene.runs.get(answer.run);
  if (seen === undefined) return [];
  return answer.checks.flatMap((check): Deduction[] => {
    if (check.outcome !== 'filtered' || check.target.port === null || unearned.has(check.because)) return [];
    const { address, port } = check.target;
    const elsewhere = [...scene.runs.values()]
      .filter(({ run }) => run.report.vantage !== 'dmz')
      .flatMap(({ beside }) => beside.get(address ?? '') ?? [])
      .filter((one) => one.pack === row.pack && one.rule === row.rule && one.target.port === port);
    const sources = row.places
      .filter(({ vantage }) => vantage === answer.vantage)
      .flatMap(({ checks }) => checks)
      .filter((one) => one.target.address === address && one.source.address !== check.source.address);
    const passes = (all: readonly Pick<ReportCheck, 'outcome'>[]): OutboundView['fromOutside'] => {
      const some = all.filter((one) => one.outcome in heardBy);
      if (some.length === 0) return 'not-asked';
      return some.some(({ outcome }) => outcome === 'answered') ? 'ok' : 'not-ok';
    };
    const view: OutboundView = {
      fromOutside: passes(elsewhere),
      others: othersAt(seen, check, row.transport),
      otherSource: passes(sources),
      arrived: arrivedOf(check),
    };
    const deduced = deduceOutbound(view);
    return [made(row, answer, check, deduced, deduced.code === 'request-not-heard' ? [besideOfFar] : [])];
  });
};

/** Rows that one place inside passes and another does not, at one node. */
const internal = (row: MergedRow): Deduction[] => {
  const inside = row.places.filter(({ vantage, verdict }) => vantage === 'inside' && verdict !== 'skipped');
  const nodes = new Set(inside.flatMap(({ checks }) => checks.map(({ target }) => target.name)));
  return [...nodes].flatMap((node): Deduction[] => {
    const asked = inside.flatMap((answer) =>
      answer.checks.filter(({ target }) => target.name === node).map((check) => ({ answer, check })),
    );
    const scope = deduceInternal(asked.map(({ check }) => check.verdict === 'pass'));
    const failing = asked.find(({ check }) => check.verdict === 'fail');
    return scope === null || failing === undefined ? [] : [made(row, failing.answer, failing.check, scope, [])];
  });
};

/** Who blocks, of every row and node that several runs together tell more of than each alone. */
export const deduceSegments = (runs: readonly OrderedRun[], rows: readonly MergedRow[]): Deduction[] => {
  const heardFar = runs.some(({ report }) =>
    report.rules.some(({ checks }) => checks.some(({ far }) => far !== undefined)),
  );
  if (new Set(runs.map(({ position }) => position)).size < 2 && !heardFar) return [];
  const scene = sceneOf(runs);
  return rows.flatMap((row) => {
    const scope = internal(row);
    const asked = row.places.filter(({ expect, verdict }) => expect === 'reachable' && verdict !== 'skipped');
    const others = asked.flatMap((answer) => {
      const server = answer.checks.every(({ target }) => isServer(target.role));
      return answer.vantage !== 'dmz' && server ? inbound(scene, row, answer) : outbound(scene, row, answer);
    });
    return [
      ...scope,
      ...others.filter(({ node, label }) => !scope.some((one) => one.node === node && one.label === label)),
    ];
  });
};
