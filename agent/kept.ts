import { counted, inWords } from './explain-words.ts';
import type { Report } from './report.ts';

/** Rows of a report that an earlier asking answered. */
export interface KeptRows {
  readonly rows: number;
  /** When the first of them was asked. UTC. */
  readonly since: string;
}

/** The rows that a run kept instead of asking them again; null where it asked all. */
export const keptIn = ({ rules }: Report): KeptRows | null => {
  const times = rules.flatMap(({ kept }) => (kept === undefined ? [] : [kept.at]));
  const [since] = times.toSorted((a, b) => Date.parse(a) - Date.parse(b));
  return since === undefined ? null : { rows: times.length, since };
};

/** As long as people remember: `40 s`, `27 min`, `5 h`, `9 days`. */
export const ageInWords = (seconds: number): string => {
  if (seconds < 90) return inWords(seconds);
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  const hours = Math.round(seconds / 3600);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
};

/** `9 rows not asked again, the oldest answer from 2026-11-20T20:04:11Z, 27 min before the end` */
export const keptWords = ({ rows, since }: KeptRows, finishedAt: string): string => {
  const age = Math.max(0, (Date.parse(finishedAt) - Date.parse(since)) / 1000);
  const oldest = rows === 1 ? 'its answer is from' : 'the oldest answer is from';
  const at = new Date(since).toISOString().slice(0, 19);
  return `${counted(rows, 'row')} not asked again, ${oldest} ${at}Z, ${ageInWords(age)} before the end`;
};
