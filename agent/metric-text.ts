import { type MetricKey, metrics, type Sample } from './metric-catalogue.ts';

const escapedHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const escapedLabel = (text: string): string => escapedHelp(text).replaceAll('"', '\\"');

const labelsOf = ({ metric, labels }: Sample): string => {
  const pairs = metrics[metric].labels.map((name) => `${name}="${escapedLabel(labels[name] ?? '')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

/** Gauges as the Prometheus text format has them (version 0.0.4), in the order of the catalogue. */
export const gaugeText = (samples: readonly Sample[]): string => {
  const keys = Object.keys(metrics) as MetricKey[];
  const lines = keys.flatMap((key) => {
    const { name, type, help } = metrics[key];
    const own = samples.filter(({ metric }) => metric === key);
    if (own.length === 0 || type !== 'gauge') return [];
    return [
      `# HELP ${name} ${escapedHelp(help)}`,
      `# TYPE ${name} gauge`,
      ...own.map((sample) => `${name}${labelsOf(sample)} ${sample.value}`),
    ];
  });
  return `${lines.join('\n')}\n`;
};
