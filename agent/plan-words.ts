/** `10,000`: as people read a number of packets. */
export const number = (value: number): string => Math.round(value).toLocaleString('en-US');

/** How long a plan takes: `12 s`, `less than 1 s`. */
export const seconds = (value: number): string => (value < 1 ? 'less than 1 s' : `${number(value)} s`);
