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
}

/** A record as far as a report tells of it, and the digest of its file. */
interface Told {
  readonly record: Omit<UsedRecord, 'digest'>;
  readonly digest: string;
}

/** What a report says of a record. */
export const usedRecord = ({ record, digest }: Told): UsedRecord => {
  const { host, as, startedAt, finishedAt, ended } = record;
  return { host, as, digest, startedAt, finishedAt, ended };
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
