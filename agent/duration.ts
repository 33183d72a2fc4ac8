/** Units a duration may be written in, in seconds; the longest first, the order a compound duration is written in. */
const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
  ['ms', 0.001],
] as const;

const part = '(?:[0-9]+(?:\\.[0-9]+)?)';

/** What a duration looks like: one pattern for the parser and for the JSON Schema of the site file. */
export const durationPattern = new RegExp(
  `^(?=.)(?:(${part})d)?(?:(${part})h)?(?:(${part})m)?(?:(${part})s)?(?:(${part})ms)?$`,
);

/** No duration needs more characters. */
const longestText = 32;

/**
 * Reads a duration such as `250ms`, `3s`, `5m`, `2h`, `1d`, or several in falling order (`1h30m`).
 *
 * @returns seconds
 * @throws Error with a text for the user when it is anything else, a number without a unit included
 */
export const parseDuration = (text: string): number => {
  const match = text.length > longestText ? null : durationPattern.exec(text);
  if (match === null) throw new Error(complaint(text.length > longestText ? `${text.slice(0, longestText)}...` : text));
  let milliseconds = 0;
  units.forEach(([, seconds], index) => {
    milliseconds += Number(match[index + 1] ?? 0) * seconds * 1000;
  });
  // Summing in whole milliseconds keeps 1.1 s from becoming 1.1000000000000001.
  return Math.round(milliseconds) / 1000;
};

const complaint = (text: string): string => {
  if (/^[0-9]+(\.[0-9]+)?$/.test(text)) return `${text} has no unit: write ${text}s, or use ms, m, h or d`;
  if (text.startsWith('-'))
    return `"${text}" is negative: a duration is a number and a unit, such as 250ms, 3s, 5m, 2h`;
  return `"${text}" is not a duration: write a number and a unit, such as 250ms, 3s, 5m, 2h or 1d`;
};

/**
 * Writes seconds the way `parseDuration` reads them, in the largest unit that needs no fraction: 5400 is `90m`, 0.25 is
 * `250ms`. Rounded to whole milliseconds.
 */
export const formatDuration = (seconds: number): string => {
  const milliseconds = Math.round(seconds * 1000);
  if (milliseconds === 0) return '0s';
  for (const [unit, size] of units) {
    const whole = milliseconds / Math.round(size * 1000);
    if (Number.isInteger(whole)) return `${whole}${unit}`;
  }
  return `${milliseconds}ms`;
};
