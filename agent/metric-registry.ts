import { Counter, Gauge, Histogram, Registry, type RegistryContentType } from 'prom-client';
import { type MetricKey, metrics, roundTripBuckets, type Sample } from './metric-catalogue.ts';
import { type CountingMetrics, countedMetrics } from './metric-counters.ts';

/** A scrape: the text, and what kind of text it is. */
export interface Scraped {
  readonly type: string;
  readonly body: string;
}

/** The metrics of an agent, in both formats that Prometheus reads. */
export interface MetricRegistry {
  readonly counting: CountingMetrics;
  /** Writes these samples and what was counted. Series that are not among the samples are gone. */
  readonly scrape: (samples: readonly Sample[], openMetrics: boolean) => Promise<Scraped>;
  /** For pushing: the registry of the text format, as it was last scraped. */
  readonly registry: Registry;
}

type Made = Gauge<string> | Counter<string> | Histogram<string>;

const make = (key: MetricKey): Made => {
  const { name, help, type, labels } = metrics[key];
  const configuration = { name, help, labelNames: [...labels], registers: [] };
  if (type === 'gauge') return new Gauge(configuration);
  return type === 'counter'
    ? new Counter(configuration)
    : new Histogram({ ...configuration, buckets: roundTripBuckets });
};

/** What a series is called: prom-client needs to be told every label again to remove one. */
const belongsTo = (
  labels: Readonly<Record<string, string | number | undefined>>,
  check: Record<string, string>,
): boolean => Object.entries(check).every(([name, value]) => labels[name] === value);

/** Empty metrics, all of the catalogue. */
export const createMetricRegistry = (): MetricRegistry => {
  const made = new Map((Object.keys(metrics) as MetricKey[]).map((key) => [key, make(key)]));
  const text = new Registry();
  const open = new Registry<RegistryContentType>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const [key, metric] of made) {
    text.registerMetric(metric);
    // An OpenMetrics registry takes "_total" from the name of a counter for good: it gets a name of its own to take it from.
    open.registerMetric(Object.create(metric, { name: { value: metrics[key].name, writable: true } }) as Gauge);
  }
  const series = new Map<MetricKey, Map<string, Readonly<Record<string, string>>>>();
  const note = (key: MetricKey, labels: Readonly<Record<string, string>>): void => {
    const known = series.get(key) ?? new Map();
    series.set(key, known.set(JSON.stringify(labels), labels));
  };
  const written = (samples: readonly Sample[]): void => {
    for (const [key, metric] of made) {
      if (countedMetrics.includes(key)) continue;
      metric.reset();
      // What has no labels would say 0 now, instead of nothing.
      if (metrics[key].labels.length === 0) metric.remove({});
    }
    for (const { metric: key, labels, value } of samples) {
      const metric = made.get(key);
      if (metric instanceof Gauge) metric.set(labels, value);
      else if (metric instanceof Counter) metric.inc(labels, value);
    }
  };
  return {
    registry: text,
    counting: {
      inc: (key, labels, by) => {
        note(key, labels);
        const metric = made.get(key);
        if (metric instanceof Counter) metric.inc(labels, by);
      },
      observe: (key, labels, value) => {
        note(key, labels);
        const metric = made.get(key);
        if (metric instanceof Histogram) metric.observe(labels, value);
      },
      forget: (check) => {
        for (const [key, known] of series) {
          for (const [id, labels] of [...known]) {
            if (!belongsTo(labels, check)) continue;
            known.delete(id);
            made.get(key)?.remove(labels);
          }
        }
      },
    },
    scrape: async (samples, openMetrics) => {
      written(samples);
      const chosen = openMetrics ? open : text;
      return { type: chosen.contentType, body: await chosen.metrics() };
    },
  };
};
