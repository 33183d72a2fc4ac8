import { nested, tlsOf } from './explain-facts.ts';
import { socketAddress } from './explain-words.ts';
import type { Finding } from './findings.ts';
import type { Report, ReportCheck, ReportRule } from './report.ts';

export type ChangeKind =
  | 'row-added'
  | 'row-gone'
  | 'verdict'
  | 'expect'
  | 'waiver'
  | 'endpoint-added'
  | 'endpoint-gone'
  | 'endpoint'
  | 'certificate'
  | 'finding-added'
  | 'finding-gone'
  | 'control';

/** One thing that is not as it was. Names, codes and addresses only: never durations, times or source ports. */
export interface Change {
  readonly kind: ChangeKind;
  /** `pack/rule`; null for what belongs to the whole run. */
  readonly row: string | null;
  /** `edge1 131.107.155.10:5061`; null for what belongs to the row. */
  readonly target: string | null;
  readonly before: string | null;
  readonly after: string | null;
}

/** What a difference says of each of the two runs. */
export interface DiffSide extends Pick<Report, 'site' | 'siteDigest' | 'vantage' | 'place' | 'startedAt'> {
  readonly host: string;
}

/** The document of `edgeprobe diff --format json`. */
export interface ReportDiff {
  readonly schema: 'edgeprobe/diff/v1';
  readonly same: boolean;
  readonly before: DiffSide;
  readonly after: DiffSide;
  /** Rows in both runs, and how many of them came out alike in everything. */
  readonly rows: { readonly both: number; readonly same: number };
  readonly changes: readonly Change[];
}

const keyed = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T> => {
  const map = new Map<string, T>();
  for (const item of items) {
    // Equal keys (one target asked from several addresses) are told apart by their order.
    let key = keyOf(item);
    while (map.has(key)) key += "'";
    map.set(key, item);
  }
  return map;
};

const nodeOf = ({ target }: ReportCheck): string => {
  const ports = target.ports ?? String(target.port ?? '');
  return `${target.name} ${socketAddress(target.address ?? target.host ?? '', ports)}`;
};

const checkKey = (check: ReportCheck): string => JSON.stringify([check.target.role, nodeOf(check)]);

const opinion = ({ verdict, because, path }: Pick<ReportRule, 'verdict' | 'because' | 'path'>): string =>
  `${verdict} ${because}, path ${path}`;

const stateOf = (check: ReportCheck): string => `${check.outcome}: ${opinion(check)}`;

const certificateOf = ({ facts }: ReportCheck): { readonly fingerprint: string; readonly words: string } | null => {
  const certificate = nested(tlsOf(facts), 'certificate');
  const { fingerprint256, subject, issuer, notAfter } = certificate as Record<string, unknown>;
  if (typeof fingerprint256 !== 'string') return null;
  const words = `${String(subject)}, issued by ${String(issuer)}, until ${String(notAfter).slice(0, 10)}`;
  return { fingerprint: fingerprint256, words: `${words}, ${fingerprint256.slice(0, 23)}` };
};

const change = (
  kind: ChangeKind,
  row: string | null,
  target: string | null,
  before: string | null,
  after: string | null,
): Change => ({
  ...{ kind, row, target, before, after },
});

const diffChecks = (row: string, before: ReportRule, after: ReportRule): Change[] => {
  const [old, now] = [keyed(before.checks, checkKey), keyed(after.checks, checkKey)];
  const gone = [...old].flatMap(([key, check]) =>
    now.has(key) ? [] : [change('endpoint-gone', row, nodeOf(check), stateOf(check), null)],
  );
  const others = [...now].flatMap(([key, check]): Change[] => {
    const known = old.get(key);
    if (known === undefined) return [change('endpoint-added', row, nodeOf(check), null, stateOf(check))];
    const [a, b] = [certificateOf(known), certificateOf(check)];
    return [
      ...(stateOf(known) === stateOf(check)
        ? []
        : [change('endpoint', row, nodeOf(check), stateOf(known), stateOf(check))]),
      ...(a !== null && b !== null && a.fingerprint !== b.fingerprint
        ? [change('certificate', row, nodeOf(check), a.words, b.words)]
        : []),
    ];
  });
  return [...gone, ...others];
};

/** Findings by code and place: their words may count days. */
const diffFindings = (row: string | null, before: readonly Finding[], after: readonly Finding[]): Change[] => {
  const keyOf = ({ code, target }: Finding): string => JSON.stringify([code, target]);
  const [old, now] = [keyed(before, keyOf), keyed(after, keyOf)];
  const words = ({ severity, code, message }: Finding): string => `${severity} ${code}: ${message}`;
  return [
    ...[...old].flatMap(([key, one]) =>
      now.has(key) ? [] : [change('finding-gone', row, one.target, words(one), null)],
    ),
    ...[...now].flatMap(([key, one]) =>
      old.has(key) ? [] : [change('finding-added', row, one.target, null, words(one))],
    ),
  ];
};

const waiverWords = ({ waiver }: ReportRule): string | null =>
  waiver === null ? null : `waived until ${waiver.until}: ${waiver.reason}`;

const diffRow = (row: string, before: ReportRule, after: ReportRule): Change[] => {
  const differs = (kind: ChangeKind, of: (rule: ReportRule) => string | null): Change[] =>
    of(before) === of(after) ? [] : [change(kind, row, null, of(before), of(after))];
  return [
    ...differs('expect', ({ expect }) => expect),
    ...differs('verdict', opinion),
    ...differs('waiver', waiverWords),
    ...diffChecks(row, before, after),
    ...diffFindings(row, before.findings, after.findings),
  ];
};

const diffControls = (before: Report, after: Report): Change[] => {
  type Control = Report['controls'][number];
  const nameOf = ({ kind, address, port }: Control): string => `${kind} ${socketAddress(address, String(port))}`;
  const [old, now] = [keyed(before.controls, nameOf), keyed(after.controls, nameOf)];
  return [...now].flatMap(([key, one]) => {
    const known = old.get(key);
    return known === undefined || known.asExpected === one.asExpected
      ? []
      : [change('control', null, nameOf(one), known.outcome, one.outcome)];
  });
};

const sideOf = ({ site, siteDigest, vantage, place, startedAt, run }: Report): DiffSide => ({
  ...{ site, siteDigest, vantage, place, startedAt, host: run.host },
});

/** What changed from one run to another. Pure; whether the two may be compared is for the caller to say. */
export const diffReports = (before: Report, after: Report): ReportDiff => {
  const rowKey = ({ pack, rule }: ReportRule): string => `${pack}/${rule}`;
  const [old, now] = [keyed(before.rules, rowKey), keyed(after.rules, rowKey)];
  const both = [...now].flatMap(([key, rule]) => {
    const known = old.get(key);
    return known === undefined ? [] : [diffRow(key, known, rule)];
  });
  const changes = [
    ...[...old].flatMap(([key, rule]) => (now.has(key) ? [] : [change('row-gone', key, null, opinion(rule), null)])),
    ...[...now].flatMap(([key, rule]) => (old.has(key) ? [] : [change('row-added', key, null, null, opinion(rule))])),
    ...both.flat(),
    ...diffFindings(null, before.findings, after.findings),
    ...diffControls(before, after),
  ];
  const same = both.filter((changed) => changed.length === 0).length;
  return {
    schema: 'edgeprobe/diff/v1',
    same: changes.length === 0,
    before: sideOf(before),
    after: sideOf(after),
    rows: { both: both.length, same },
    changes,
  };
};

/** Why two runs cannot be compared; null if they can. */
export const incomparable = (before: Report, after: Report): string | null => {
  if (before.site !== after.site) return `they are of different sites: ${before.site} and ${after.site}`;
  if (before.vantage !== after.vantage) {
    return `each vantage asks rows of its own: one is from ${before.vantage}, the other from ${after.vantage}`;
  }
  return null;
};
