import { xmppOneWay } from './diagnose-across.ts';
import { nested, tlsOf } from './explain-facts.ts';
import { type Finding, finding } from './findings.ts';
import type { MergedRow } from './merge-rows.ts';
import { rowKey } from './merge-rows.ts';
import type { OrderedRun } from './merge-runs.ts';
import { printable } from './printable.ts';
import type { ReportCheck } from './report.ts';
import { grouped } from './sinks/grouped.ts';
import { serverRoles } from './site-roles.ts';

/** A finding of any run, once, with everywhere it was made. */
export interface MergedFinding extends Finding {
  /** `pack/rule` of the rows; empty for findings of runs. */
  readonly rows: readonly string[];
  /** The labels of the places. */
  readonly places: readonly string[];
  /** Made only of rows whose verdict is waived: shown, not counted. */
  readonly waived: boolean;
}

interface Made {
  readonly finding: Finding;
  readonly row: string | null;
  readonly place: string;
  readonly waived: boolean;
}

const unique = (words: readonly string[]): string[] => [...new Set(words)];

/** Findings with the same code, target and message are one. */
const deduplicated = (made: readonly Made[]): MergedFinding[] =>
  grouped(made, ({ finding: { code, target, message } }) => JSON.stringify([code, target, message])).map((same) => ({
    ...same[0].finding,
    rows: unique(same.flatMap(({ row }) => row ?? [])),
    places: unique(same.map(({ place }) => place)),
    waived: same.every(({ waived }) => waived),
  }));

/** A certificate as one place was shown it. */
interface Shown {
  readonly row: string;
  readonly label: string;
  readonly target: string;
  readonly node: string;
  readonly issuer: string;
  readonly fingerprint: string;
}

const nameCap = 80;

const shownBy = (
  row: string,
  label: string,
  target: Omit<ReportCheck['target'], 'ports'>,
  facts: ReportCheck['facts'],
): Shown[] => {
  const { fingerprint256, issuer } = nested(tlsOf(facts), 'certificate') as {
    fingerprint256?: unknown;
    issuer?: unknown;
  };
  if (typeof fingerprint256 !== 'string' || target.port === null) return [];
  // A far host may be a pool of somebody else's, with a certificate on every node.
  if (!(serverRoles as readonly string[]).includes(target.role)) return [];
  return [
    {
      ...{ row, label },
      target: `${target.role} ${target.name}`,
      node: JSON.stringify([target.role, target.name, target.port]),
      issuer: printable(typeof issuer === 'string' ? issuer : 'nobody', nameCap),
      fingerprint: fingerprint256,
    },
  ];
};

const inspectionMessage = (shown: readonly Shown[]): string => {
  const views = grouped(shown, ({ fingerprint }) => fingerprint);
  const sameIssuer = new Set(shown.map(({ issuer }) => issuer)).size === 1;
  const words = views.map((alike) => {
    const who = unique(alike.map(({ label }) => label)).join(', ');
    const what = sameIssuer ? `fingerprint ${printable(alike[0].fingerprint, 23)}` : `one issued by ${alike[0].issuer}`;
    return `${who} is shown ${what}`;
  });
  return `not everybody is shown the same certificate: ${words.join('; ')}`;
};

/** Endpoints that show different certificates to different places. */
const inspected = (runs: readonly OrderedRun[], rows: readonly MergedRow[]): Made[] => {
  const answers = rows.flatMap((row) =>
    row.places.flatMap(({ label, checks }) =>
      checks.flatMap(({ target, facts }) => shownBy(rowKey(row), label, target, facts)),
    ),
  );
  const beside = runs.flatMap(({ report, label }) =>
    (report.alongside ?? []).flatMap((one) => shownBy(rowKey(one), label, one.target, one.facts)),
  );
  return grouped([...answers, ...beside], ({ node }) => node).flatMap((shown) => {
    if (new Set(shown.map(({ fingerprint }) => fingerprint)).size < 2) return [];
    if (new Set(shown.map(({ label }) => label)).size < 2) return [];
    const made = finding('tls-inspection', shown[0].target, inspectionMessage(shown));
    return shown.map(({ row, label }) => ({ finding: made, row, place: label, waived: false }));
  });
};

const oneWay = (rows: readonly MergedRow[]): Made[] =>
  xmppOneWay(rows).flatMap(({ finding: made, rows: on }) =>
    on.flatMap((row) =>
      row.places.map(({ label }) => ({ finding: made, row: rowKey(row), place: label, waived: row.waiver !== null })),
    ),
  );

const order = ['error', 'warning', 'info'];

/**
 * The findings of all runs whose rows count, each once, and what only several runs together tell; the worst first.
 * @param counting the runs that rows of the report stand on
 */
export const mergeFindings = (counting: readonly OrderedRun[], rows: readonly MergedRow[]): MergedFinding[] => {
  const ofRuns = counting.flatMap(({ report, label }) =>
    report.findings.map((one): Made => ({ finding: one, row: null, place: label, waived: false })),
  );
  const ofRows = rows.flatMap((row) =>
    row.places.flatMap(({ label, findings, waiver }) =>
      findings.map((one): Made => ({ finding: one, row: rowKey(row), place: label, waived: waiver !== null })),
    ),
  );
  return deduplicated([...inspected(counting, rows), ...oneWay(rows), ...ofRuns, ...ofRows]).toSorted(
    (a, b) => order.indexOf(a.severity) - order.indexOf(b.severity),
  );
};
