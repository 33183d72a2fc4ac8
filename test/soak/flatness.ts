import type { Sample } from './inside.ts';

/** One quantity of a soak: its median in the first and the last third, and its peak. */
export interface Flatness {
  readonly what: string;
  readonly first: number;
  readonly last: number;
  readonly peak: number;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

const mebibytes = (bytes: number): number => Math.round((bytes / 2 ** 20) * 10) / 10;

/** Percent of one core between each sample and the one before. */
const busy = (samples: readonly Sample[]): number[] =>
  samples.slice(1).map(({ cpu, seconds }, index) => {
    const before = samples[index];
    return before === undefined ? 0 : Math.round(((cpu - before.cpu) / (seconds - before.seconds)) * 1000) / 10;
  });

/**
 * Compares the thirds of a soak, without its first `warmUp` seconds, in which code is compiled and caches fill.
 * @throws Error where fewer than nine samples are left
 */
export const flatnessOf = (all: readonly Sample[], warmUp: number): Flatness[] => {
  const samples = all.filter(({ seconds }) => seconds >= warmUp);
  if (samples.length < 9) throw new Error(`${samples.length} samples after the warm-up are too few`);
  const kinds = [...new Set(samples.flatMap(({ resources }) => Object.keys(resources)))].sort();
  const rows: [string, number[]][] = [
    ['resident memory, MiB', samples.map(({ rss }) => mebibytes(rss))],
    ['heap, MiB', samples.map(({ heap }) => mebibytes(heap))],
    ['buffers outside the heap, MiB', samples.map(({ external }) => mebibytes(external))],
    ['descriptors', samples.map(({ descriptors }) => descriptors)],
    ['active resources', samples.map(({ resources }) => total(resources))],
    ...kinds.map((kind): [string, number[]] => [`of them ${kind}`, samples.map((one) => one.resources[kind] ?? 0)]),
    ['CPU, % of one core', busy(samples)],
  ];
  return rows.map(([what, values]) => {
    const third = Math.floor(values.length / 3);
    return {
      what,
      first: median(values.slice(0, third)),
      last: median(values.slice(-third)),
      peak: Math.max(...values),
    };
  });
};

/** The table of a soak, as Markdown. */
export const flatnessTable = (rows: readonly Flatness[]): string =>
  [
    '| | median, first third | median, last third | peak |',
    '|---|--:|--:|--:|',
    ...rows.map(({ what, first, last, peak }) => `| ${what} | ${first} | ${last} | ${peak} |`),
    '',
  ].join('\n');
