/** Seconds for people: `12 ms`, `4.0 s`, `52 s`. */
export const inWords = (seconds: number): string => {
  if (seconds < 0.0005) return 'under 1 ms';
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
};

/** `1 request`, `4 requests`. */
export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** The first few of a list, and how many more there are. */
export const firstFew = (words: readonly string[], most: number, more: string): string =>
  words.length <= most
    ? words.join(', ')
    : `${words.slice(0, most).join(', ')} and ${words.length - most} more ${more}`;

/** `131.107.155.31:3478`, `[2001:db8::1]:3478`, also with a range of ports. */
export const socketAddress = (address: string, ports: string): string =>
  address.includes(':') ? `[${address}]:${ports}` : `${address}:${ports}`;

/** `20:04:13.207Z`, or with the date before it. The instant is ISO 8601, UTC. */
export const instantInWords = (iso: string, withDate: boolean): string =>
  withDate ? iso.replace('T', ' ') : iso.slice(iso.indexOf('T') + 1);

/** The instant so many seconds after another. */
export const later = (iso: string, seconds: number): string =>
  new Date(new Date(iso).getTime() + Math.round(seconds * 1000)).toISOString();
