import { Counter, Gauge, Histogram, type MetricValue, Registry, type RegistryContentType } from 'prom-client';
import { type Labels, type MetricKey, metrics, noLabels, roundTripBuckets, type Sample } from './metric-catalogue.ts';
import { type CheckLabels, type CountingMetrics, countedMetrics } from './metric-counters.ts';

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

/** prom-client writes `sharedLabels` after the others, and makes text of an object of them once: here, of states. */
interface Value extends MetricValue<string> {
  readonly sharedLabels: Labels;
}

const written = ({ labels, shared = noLabels, value }: Sample): Value => ({
  labels: shared,
  sharedLabels: labels,
  value,
});

/** A gauge of prom-client that says what it was last given: a thousand checks are written, not set one by one. */
class GivenGauge extends Gauge<string> {
  given: readonly Sample[] = [];
  override async get() {
    return { ...(await super.get()), values: this.given.map(written) };
  }
}

/** The same for a number that somebody else counts. */
class GivenCounter extends Counter<string> {
  given: readonly Sample[] = [];
  override async get() {
    return { ...(await super.get()), values: this.given.map(written) };
  }
}

/** A counter of prom-client whose series share the labels of their check. */
class CheckCounter extends Counter<string> {
  /** The two parts of an object of labels that was counted with. */
  readonly parts = new WeakMap<object, { readonly labels: Labels; readonly shared: Labels }>();
  override async get() {
    const made = await super.get();
    const values = made.values.map((one) => {
      const { labels = one.labels, shared = noLabels } = this.parts.get(one.labels) ?? {};
      return { ...one, labels: shared, sharedLabels: labels };
    });
    return { ...made, values };
  }
}

type Made = GivenGauge | GivenCounter | CheckCounter | Histogram<string>;

const make = (key: MetricKey): Made => {
  const { name, help, type, labels } = metrics[key];
  const configuration = { name, help, labelNames: [...labels], registers: [] };
  if (type === 'gauge') return new GivenGauge(configuration);
  if (type === 'histogram') return new Histogram({ ...configuration, buckets: roundTripBuckets });
  return countedMetrics.includes(key) ? new CheckCounter(configuration) : new GivenCounter(configuration);
};

/** Every label set that was counted with: prom-client needs to be told all of it again to remove a series. */
type Counted = Map<MetricKey, Map<Labels, Record<string, string>>>;

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
  const counted = new Map<CheckLabels, Counted>();
  const labelsFor = (key: MetricKey, check: CheckLabels, own: Labels): Record<string, string> => {
    const ofCheck = counted.get(check) ?? (new Map() as Counted);
    counted.set(check, ofCheck);
    const ofMetric = ofCheck.get(key) ?? new Map<Labels, Record<string, string>>();
    ofCheck.set(key, ofMetric);
    const labels = ofMetric.get(own) ?? { ...check, ...own };
    ofMetric.set(own, labels);
    return labels;
  };
  const give = (samples: readonly Sample[]): void => {
    const given = new Map<MetricKey, Sample[]>();
    for (const sample of samples) {
      const own = given.get(sample.metric);
      if (own === undefined) given.set(sample.metric, [sample]);
      else own.push(sample);
    }
    for (const [key, metric] of made) {
      if (metric instanceof GivenGauge || metric instanceof GivenCounter) metric.given = given.get(key) ?? [];
    }
  };
  return {
    registry: text,
    counting: {
      inc: (key, check, own, by) => {
        const metric = made.get(key);
        if (!(metric instanceof CheckCounter)) return;
        const labels = labelsFor(key, check, own);
        metric.parts.set(labels, { labels: own, shared: check });
        metric.inc(labels, by);
      },
      observe: (key, check, value) => {
        const metric = made.get(key);
        if (metric instanceof Histogram) metric.observe(labelsFor(key, check, noLabels), value);
      },
      forget: (check) => {
        for (const [key, known] of counted.get(check) ?? []) {
          for (const labels of known.values()) made.get(key)?.remove(labels);
        }
        counted.delete(check);
      },
    },
    scrape: async (samples, openMetrics) => {
      give(samples);
      const chosen = openMetrics ? open : text;
      return { type: chosen.contentType, body: await chosen.metrics() };
    },
  };
};
