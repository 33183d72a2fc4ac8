import { type HeardRange, portsOf, prefixDigits } from './heard-ports.ts';
import type { PortRange } from './ports.ts';
import type { RecordFile } from './record-file.ts';
import type { Report, ReportCheck } from './report.ts';
import type { FarRecord, RecordedPlace, RecordedRequest } from './respond-record.ts';

/** A record, ready to be asked what it holds of a run. */
export interface FarBook {
  readonly file: RecordFile;
  readonly byId: ReadonlyMap<string, readonly RecordedRequest[]>;
  /** By what ids begin with: of ranges, and of single ports. */
  readonly ranges: ReadonlyMap<string, readonly HeardRange[]>;
  readonly byPrefix: ReadonlyMap<string, readonly RecordedRequest[]>;
}

const parsed = new WeakMap<object, readonly PortRange[]>();

/** The ports of a line of a record, read once: a file may name tens of thousands of them, and be asked as often. */
export const runsOf = (line: { readonly ports: string }): readonly PortRange[] => {
  const known = parsed.get(line) ?? portsOf(line.ports);
  parsed.set(line, known);
  return known;
};

const byKey = <T>(items: readonly T[], keyOf: (item: T) => string | null): Map<string, T[]> => {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === null) continue;
    const same = found.get(key);
    if (same === undefined) found.set(key, [item]);
    else same.push(item);
  }
  return found;
};

/** Opens a record. */
export const openFarBook = (file: RecordFile): FarBook => {
  const { heard, heardRanges } = file.record;
  return {
    file,
    byId: byKey(heard, ({ transaction }) => transaction),
    byPrefix: byKey(heard, ({ transaction }) => transaction?.slice(0, prefixDigits) ?? null),
    ranges: byKey(heardRanges, ({ prefix }) => prefix),
  };
};

/** What all ids of a sweep begin with; null for other questions. */
export const prefixOf = ({ facts }: Pick<ReportCheck, 'facts'>): string | null => {
  const prefix = facts['transactionPrefix'];
  return typeof prefix === 'string' && prefix.length === prefixDigits ? prefix : null;
};

/** The ids that a check sent. */
export const sentBy = ({ attempts }: Pick<ReportCheck, 'attempts'>): string[] =>
  attempts.flatMap(({ sent = [] }) => sent);

const time = (iso: string): number => new Date(iso).getTime() / 1000;

/** A record that holds requests of a run: whoever wrote it heard that very run. */
export interface Witness {
  readonly book: FarBook;
  /** Seconds that its clock is ahead of the run's, measured by the requests that both hold. */
  readonly offsetSeconds: number;
  /** The addresses that our source addresses were seen as. */
  readonly seenAs: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * What a record holds of a run; null where it holds nothing: then it may be of another day, and nothing follows from it.
 * Clocks are never trusted: the two are compared by the same requests in both.
 */
export const witnessOf = ({ rules }: Pick<Report, 'rules'>, book: FarBook): Witness | null => {
  let offset = Number.POSITIVE_INFINITY;
  const seenAs = new Map<string, Set<string>>();
  const meet = (check: ReportCheck, ours: string, theirs: string, address: string): void => {
    // What came late came late; the fastest tells how the clocks differ.
    offset = Math.min(offset, time(theirs) - time(ours));
    const source = check.source.address ?? '';
    seenAs.set(source, (seenAs.get(source) ?? new Set()).add(address));
  };
  for (const check of rules.flatMap(({ checks }) => checks)) {
    for (const { at, sent = [] } of check.attempts) {
      for (const heard of sent.flatMap((id) => book.byId.get(id) ?? [])) meet(check, at, heard.at, heard.from.address);
    }
    const prefix = prefixOf(check);
    if (prefix === null) continue;
    for (const { firstAt, from } of book.ranges.get(prefix) ?? []) meet(check, check.startedAt, firstAt, from.address);
    for (const { at, from } of book.byPrefix.get(prefix) ?? []) meet(check, check.startedAt, at, from.address);
  }
  return Number.isFinite(offset) ? { book, offsetSeconds: offset, seenAs } : null;
};

/** From when to when a check was asked, by the clock of the record, in seconds. */
export const spanOf = (
  { startedAt, durationSeconds }: Pick<ReportCheck, 'startedAt' | 'durationSeconds'>,
  { offsetSeconds }: Witness,
): { readonly from: number; readonly to: number } => {
  const from = time(startedAt) + offsetSeconds;
  return { from, to: from + durationSeconds };
};

/** Whether an instant of the record falls in what a check waited for, with so many seconds of grace. */
export const isWithin = (iso: string, span: ReturnType<typeof spanOf>, grace: number): boolean =>
  time(iso) >= span.from - 1 && time(iso) <= span.to + grace;

/** Where a responder stood in for what a check asked: the same name and role, of several the same address. */
export const standingFor = (
  { target }: Pick<ReportCheck, 'target'>,
  transport: string,
  { record }: RecordFile,
): readonly RecordedPlace[] => {
  const who = `${target.name} ${target.role}`;
  const places = record.listening.filter((place) => place.transport === transport);
  const named = places.filter((place) => place.who.includes(who));
  const here = (named.length > 0 ? named : places).filter(({ address }) => address === target.address);
  return here.length > 0 ? here : named;
};

/** The ports that a check asked. */
export const portsAsked = ({ target }: Pick<ReportCheck, 'target'>): readonly PortRange[] =>
  target.port === null ? portsOf(target.ports ?? '') : [{ from: target.port, to: target.port }];

/** Whether these places hold all of these ports. */
export const holdsAll = (places: readonly RecordedPlace[], ports: readonly PortRange[]): boolean => {
  const held = places.flatMap(runsOf).toSorted((a, b) => a.from - b.from);
  return ports.every(({ from, to }) => {
    let next = from;
    for (const run of held) if (run.from <= next && next <= run.to) next = run.to + 1;
    return next > to;
  });
};

/** Whether a record tells of the whole time in which a check was asked. */
export const covers = ({ book, offsetSeconds }: Witness, check: ReportCheck): boolean => {
  const { startedAt, finishedAt } = book.file.record;
  const span = spanOf(check, { book, offsetSeconds, seenAs: new Map() });
  return time(startedAt) <= span.from && span.to <= time(finishedAt);
};

/**
 * Seconds between two looks for half-open connections at which none can hide: kernels keep one for a second at least,
 * and each of our dials makes it anew with every repetition of its SYN.
 */
const oftenEnough = 4;

/** Whether a responder looked for half-open connections so often that not seeing any means that there were none. */
export const lookedOften = (halfOpen: FarRecord['halfOpen']): boolean =>
  halfOpen !== null && halfOpen.truncated === 0 && halfOpen.everySeconds <= oftenEnough;
