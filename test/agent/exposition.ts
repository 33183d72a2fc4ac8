import type { Metric } from '../../agent/metric-catalogue.ts';

/**
 * What a scrape says of its metrics: type, help, label names (each set of them sorted, once). Buckets, sums and counts
 * belong to their histogram.
 */
export const familiesOf = (text: string): Map<string, Metric> => {
  const families = new Map<string, Metric>();
  for (const [, name = '', help = '', type = ''] of text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)) {
    const series = new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? \\S+$`, 'gm');
    const labels = [...text.matchAll(series)].map(([, inner = '']) =>
      [...inner.matchAll(/([a-z_]+)="(?:[^"\\]|\\.)*"/g)]
        .map(([, label = '']) => label)
        .filter((label) => label !== 'le'),
    );
    const all = [...new Set(labels.map((one) => one.sort().join(' ')))];
    families.set(name, { name, type: type as Metric['type'], help, labels: all });
  }
  return families;
};
