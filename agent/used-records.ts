/** A responder's record that a run was judged with: part of the report format. */
export interface UsedRecord {
  /** The host of the responder, and whose part it played. */
  readonly host: string;
  readonly as: string;
  /** The first eight hex digits of the file's SHA-256. */
  readonly digest: string;
  /** From when to when it tells, by its clock (UTC). */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** False: the responder still ran when it was read. */
  readonly ended: boolean;
  /** Seconds that its clock is ahead of the run's, by the requests that both hold; left out where runs stand together. */
  readonly aheadSeconds?: number;
}

/** A record as far as a report tells of it, and the digest of its file. */
interface Told {
  readonly record: Omit<UsedRecord, 'digest' | 'aheadSeconds'>;
  readonly digest: string;
}

/** What a report says of a record. */
export const usedRecord = ({ record, digest }: Told, aheadSeconds: number): UsedRecord => {
  const { host, as, startedAt, finishedAt, ended } = record;
  return { host, as, digest, startedAt, finishedAt, ended, aheadSeconds: Math.round(aheadSeconds * 1000) / 1000 };
};

/** The records of several runs: how far a clock is ahead of that of one run says nothing of the others. */
export const recordsOfAll = (records: readonly UsedRecord[]): UsedRecord[] =>
  joinRecords(records).map(({ aheadSeconds: _, ...record }) => record);

/**
 * Seconds that the clock of a run is ahead of those of the responders that heard it, of several the most; null where no
 * record was given.
 */
export const clockOffset = (records: readonly UsedRecord[]): number | null => {
  const known = records.flatMap(({ aheadSeconds }) => (aheadSeconds === undefined ? [] : [0 - aheadSeconds]));
  return known.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? null;
};

/** Records of several judgings, each responder once, as it was read last. */
export const joinRecords = (records: readonly UsedRecord[]): UsedRecord[] => {
  const found = new Map<string, UsedRecord>();
  for (const one of records) {
    const key = JSON.stringify([one.host, one.as, Date.parse(one.startedAt)]);
    const known = found.get(key);
    if (known === undefined || Date.parse(known.finishedAt) <= Date.parse(one.finishedAt)) found.set(key, one);
  }
  return [...found.values()];
};

/** `edge-1 (respond --as edge) heard, 2026-11-20 09:00-09:30Z`; the host is as the record has it, to be escaped. */
export const recordWords = ({ host, as, startedAt, finishedAt }: UsedRecord): string => {
  const [from, to] = [startedAt, finishedAt].map((iso) => new Date(iso).toISOString());
  const [day = '', time = ''] = (from ?? '').split('T');
  const [lastDay = '', lastTime = ''] = (to ?? '').split('T');
  const until = day === lastDay ? `-${lastTime.slice(0, 5)}Z` : `Z to ${lastDay} ${lastTime.slice(0, 5)}Z`;
  return `${host} (respond --as ${as}) heard, ${day} ${time.slice(0, 5)}${until}`;
};
