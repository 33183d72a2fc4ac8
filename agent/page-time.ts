import { localTime } from './sinks/header.ts';
import { type Html, markup, short } from './sinks/html-escape.ts';

const spans = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** `45 s`, `1 min`, `2 h`: how often something comes round. */
export const periodWords = (seconds: number): string => {
  const [unit, size] = spans.find(([, one]) => seconds >= one) ?? ['s', 1];
  return `${Math.round((seconds / size) * 10) / 10} ${unit}`;
};

/** `2026-11-20 20:04:11Z`, for people who search logs. */
const utcWords = (iso: string): string => `${iso.replace('T', ' ').slice(0, 19)}Z`;

/** `2026-11-20 20:04:11Z, Fri 2026-11-20 21:04:11 +01:00`: UTC, and the clock of the site where it is another. */
export const bothClocks = (iso: string, timezone: string): string =>
  timezone === 'UTC' ? utcWords(iso) : `${utcWords(iso)}, ${localTime(iso, timezone)}`;

/**
 * An instant whose age a script counts; without one its time stands there. It is marked once it is older than so many
 * seconds.
 */
export const ageElement = (iso: string, timezone: string, limit: number): Html =>
  markup`<time class="age" datetime="${short(iso, 40)}" title="${bothClocks(iso, timezone)}" data-limit="${limit}">${short(iso.slice(11, 19), 20)}Z</time>`;

/** An instant by both clocks, without the date by that of the site. */
export const timeElement = (iso: string, timezone: string): Html => {
  const local = timezone === 'UTC' ? '' : ` (${localTime(iso, timezone).slice(15)})`;
  return markup`<time datetime="${short(iso, 40)}">${utcWords(iso)}</time>${local}`;
};
