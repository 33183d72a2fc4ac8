import { type KeptRows, keptIn } from './kept.ts';
import type { Report } from './report.ts';
import { isAddedByFlag } from './rule.ts';
import { clockOffset } from './used-records.ts';

/** One run, and the file it was read from, where it was read from one. */
export interface RunFile {
  readonly report: Report;
  readonly file: string | null;
  /** The first eight hex digits of the file's SHA-256: short enough to compare by voice. */
  readonly digest: string | null;
}

/** How runs are put in order. */
export interface Ordering {
  /** Seconds; runs that ended longer before the newest are marked as old. */
  readonly maxAge: number;
  /** Runs of different sites, site files or packs may stand together. */
  readonly mixed: boolean;
  /** When the report is made. */
  readonly now: Date;
}

/** One run in a merged report: who asked, from where, when, and with what. */
export interface MergedRun {
  /** From 1, the oldest first; rows refer to runs by it. */
  readonly number: number;
  readonly id: string;
  readonly vantage: string;
  readonly place: string;
  /** The place in words that tell it from the other places of this report. */
  readonly label: string;
  readonly host: string;
  readonly platform: string;
  readonly note: string | null;
  readonly site: string;
  readonly siteDigest: string;
  readonly packs: readonly string[];
  readonly features: readonly string[];
  readonly tool: Report['tool'];
  /** UTC, by the clock of that host. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** How far that clock is ahead of the responders' whose records were given; null where none was. Nothing is matched by it. */
  readonly clockOffsetSeconds: number | null;
  /** Addresses that questions left from, as this host saw them, and as the far side told. */
  readonly sources: readonly string[];
  readonly seenAs: readonly string[];
  readonly file: string | null;
  readonly digest: string | null;
  readonly interrupted: boolean;
  /** So much older than the newest run that the network may have changed since. */
  readonly old: boolean;
  /** Seconds from when the report was made to when the run began, by its own clock; null unless a clock is wrong. */
  readonly aheadSeconds: number | null;
  /** No row of it counts any more: later runs of the same place asked them all again. */
  readonly superseded: boolean;
  /** Rows that it kept of an earlier asking; null where it asked all. */
  readonly kept: KeptRows | null;
  readonly summary: Report['summary'];
}

/** Runs that cannot stand in one report. The message names both, and what differs. */
export class MixedRunsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MixedRunsError';
  }
}

/** A run on its way into a merged report. */
export interface OrderedRun extends RunFile {
  readonly number: number;
  /** Runs with equal positions asked the same from the same place: the newest counts. */
  readonly position: string;
  readonly label: string;
  readonly old: boolean;
  readonly aheadSeconds: number | null;
  /** What was asked before this instant is old. Milliseconds. */
  readonly oldBefore: number;
}

const nameOf = ({ file, report }: RunFile): string => file ?? `the run of ${report.vantage} at ${report.startedAt}`;

const refuseMixed = (runs: readonly RunFile[]): void => {
  const [first, ...others] = runs;
  if (first === undefined) return;
  const parts: readonly [string, (report: Report) => string][] = [
    ['the site differs', ({ site }) => site],
    ['the digest of the site file differs', ({ siteDigest }) => siteDigest],
    // What a flag adds is a question more, and makes no other table of it.
    [
      'the packs differ',
      ({ run }) =>
        run.packs
          .filter((pack) => !isAddedByFlag(pack))
          .toSorted()
          .join(' '),
    ],
  ];
  for (const other of others) {
    for (const [what, of] of parts) {
      const [a, b] = [of(first.report), of(other.report)];
      if (a !== b) {
        throw new MixedRunsError(`${what}: ${nameOf(first)} has ${a || 'none'}, ${nameOf(other)} has ${b || 'none'}`);
      }
    }
  }
};

/** The same run given twice counts once. */
const distinct = (runs: readonly RunFile[]): RunFile[] => [
  ...new Map(runs.map((one) => [`${one.report.run.id} ${one.report.startedAt} ${one.digest}`, one])).values(),
];

/**
 * Two hosts at one place are two positions: on the nodes of a pool the same rows leave from different addresses, and
 * what one saw must not hide what the other saw.
 */
const positionOf = ({ report }: RunFile): string =>
  JSON.stringify([report.site, report.vantage, report.place, report.run.host]);

const labelOf = ({ report }: RunFile, all: readonly RunFile[]): string => {
  const { vantage, place, site, run } = report;
  const samePlace = all.filter((one) => one.report.vantage === vantage && one.report.place === place);
  const words = place === vantage ? vantage : `${vantage} ${place}`;
  const hosts = new Set(samePlace.filter((one) => one.report.site === site).map((one) => one.report.run.host));
  const sites = new Set(samePlace.map((one) => one.report.site));
  const more = [...(sites.size > 1 ? [site] : []), ...(hosts.size > 1 ? [run.host] : [])];
  return more.length === 0 ? words : `${words} (${more.join(' ')})`;
};

const time = (iso: string): number => new Date(iso).getTime();

/** Clocks of hosts differ a little: so many seconds from now are not the future yet. */
export const clockTolerance = 300;

/** What was asked before it was asked for: the clock of that host is wrong, or ours. */
const aheadOf = ({ report }: RunFile, now: Date): number | null => {
  const seconds = Math.round((time(report.startedAt) - now.getTime()) / 1000);
  return seconds > clockTolerance ? seconds : null;
};

/**
 * Runs in the order of time, each once, with their positions. Throws MixedRunsError if they are of different sites,
 * site files or packs, unless that is wanted.
 */
export const orderRuns = (runs: readonly RunFile[], { maxAge, mixed, now }: Ordering): OrderedRun[] => {
  if (!mixed) refuseMixed(runs);
  const all = distinct(runs).toSorted((a, b) => time(a.report.startedAt) - time(b.report.startedAt));
  // A run whose clock is ahead makes no other run old.
  const sound = all.filter((one) => aheadOf(one, now) === null);
  const newest = Math.max(...(sound.length > 0 ? sound : all).map(({ report }) => time(report.finishedAt)));
  return all.map((one, index) => ({
    ...one,
    number: index + 1,
    position: positionOf(one),
    label: labelOf(one, all),
    old: newest - time(one.report.finishedAt) > maxAge * 1000,
    aheadSeconds: aheadOf(one, now),
    oldBefore: newest - maxAge * 1000,
  }));
};

const texts = (values: readonly unknown[]): string[] => [
  ...new Set(values.filter((value): value is string => typeof value === 'string' && value !== '')),
];

/** What a merged report says of a run. */
export const describeRun = (ordered: OrderedRun, superseded: boolean): MergedRun => {
  const { report, file, digest, number, label, old, aheadSeconds } = ordered;
  const checks = [...report.rules.flatMap((rule) => rule.checks), ...(report.alongside ?? [])];
  const { run, vantage, place, site, siteDigest, tool, startedAt, finishedAt, summary } = report;
  return {
    ...{ number, id: run.id, vantage, place, label, host: run.host, platform: run.platform, note: run.note },
    ...{ site, siteDigest, packs: run.packs, features: run.features, tool, startedAt, finishedAt },
    clockOffsetSeconds: clockOffset(report.records ?? []),
    sources: texts(checks.map(({ source }) => source.address)),
    seenAs: texts(checks.map(({ facts }) => facts['mappedAddress'])),
    ...{ file, digest, interrupted: run.interrupted, old, aheadSeconds, superseded, kept: keptIn(report), summary },
  };
};
