import type { Facts, Observation } from '../probes/observation.ts';
import { type Labels, type MetricKey, metrics, ofCheck, outcomeStates } from './metric-catalogue.ts';

/** The labels of a check, and nothing else. */
export type CheckLabels = Readonly<Record<(typeof ofCheck)[number], string>>;

/** What counting needs of a metrics library. A check is known by its object of labels: always the same one. */
export interface CountingMetrics {
  /** @param own the labels of the series beside those of its check; the same object for the same labels */
  readonly inc: (metric: MetricKey, check: CheckLabels, own: Labels, by: number) => void;
  readonly observe: (metric: MetricKey, check: CheckLabels, value: number) => void;
  /** Ends every series of a check. */
  readonly forget: (check: CheckLabels) => void;
}

/** The dialects that are asked side by side over UDP, each as often as the others. */
const udpDialects = ['msturn', 'rfc8489', 'rfc3489'] as const;

/** The dialects whose requests were answered. A plain TURN server takes our MSTURN request for its own. */
const heardDialects = ({ dialects }: Facts): readonly string[] => {
  const heard = Array.isArray(dialects) ? dialects : [];
  return udpDialects.filter((dialect) => heard.includes(dialect) || (dialect === 'msturn' && heard.includes('turn')));
};

/** A check as far as counting goes. */
export interface CountedCheck {
  readonly labels: CheckLabels;
  readonly probe: string;
  readonly transport: string;
}

/** Counts what happens to checks. A check that is gone leaves no series, and begins at zero when it comes back. */
export interface Counters {
  /** The checks there are now. Their series begin at zero, so that the first event is seen as a change. */
  readonly keep: (checks: readonly CountedCheck[]) => void;
  readonly count: (check: CountedCheck, observation: Observation) => void;
}

const keys = new WeakMap<CheckLabels, string>();

/** Views come twice a second and share their objects of labels: each is read once. */
const keyOf = (labels: CheckLabels): string => {
  const key = keys.get(labels) ?? JSON.stringify(ofCheck.map((name) => labels[name]));
  keys.set(labels, key);
  return key;
};

/** One object for each set of labels, whichever check it is of. */
const labelsOf = (label: string, values: readonly string[]): ReadonlyMap<string, Labels> =>
  new Map(values.map((value) => [value, { [label]: value }]));

const ofOutcome = labelsOf('outcome', outcomeStates);
const ofDialect = labelsOf('dialect', udpDialects);

const hasDatagrams = ({ probe, transport }: CountedCheck): boolean => probe === 'stun' && transport === 'udp';

export const createCounters = (into: CountingMetrics): Counters => {
  const known = new Map<string, CheckLabels>();
  return {
    keep: (checks) => {
      const now = new Set(checks.map(({ labels }) => keyOf(labels)));
      for (const [key, labels] of [...known]) {
        if (now.has(key)) continue;
        known.delete(key);
        into.forget(labels);
      }
      for (const check of checks) {
        const { labels } = check;
        const key = keyOf(labels);
        if (known.has(key)) continue;
        known.set(key, labels);
        for (const own of ofOutcome.values()) into.inc('checks', labels, own, 0);
        for (const own of hasDatagrams(check) ? ofDialect.values() : []) {
          into.inc('stunRequests', labels, own, 0);
          into.inc('stunResponses', labels, own, 0);
        }
      }
    },
    count: (check, { outcome, facts }) => {
      const { probe } = check;
      const labels = known.get(keyOf(check.labels));
      if (labels === undefined) return;
      const add = (metric: MetricKey, own: Labels | undefined, by: number): void => {
        if (own !== undefined) into.inc(metric, labels, own, by);
      };
      add('checks', ofOutcome.get(outcome), 1);
      const { roundTripSeconds, requests } = facts;
      if (probe === 'stun' && typeof roundTripSeconds === 'number') into.observe('roundTrip', labels, roundTripSeconds);
      if (!hasDatagrams(check) || typeof requests !== 'number') return;
      const each = Math.round(requests / udpDialects.length);
      for (const dialect of udpDialects) add('stunRequests', ofDialect.get(dialect), each);
      for (const dialect of heardDialects(facts)) add('stunResponses', ofDialect.get(dialect), 1);
    },
  };
};

/** Every metric whose series belong to a check and are counted up. */
export const countedMetrics = (Object.keys(metrics) as MetricKey[]).filter(
  (key) => metrics[key].type !== 'gauge' && metrics[key].labels.length > 0,
);
