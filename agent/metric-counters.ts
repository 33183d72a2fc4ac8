import type { Facts, Observation } from '../probes/observation.ts';
import { type MetricKey, metrics, ofCheck, outcomeStates } from './metric-catalogue.ts';

/** The labels of a check, and nothing else. */
export type CheckLabels = Readonly<Record<(typeof ofCheck)[number], string>>;

/** What counting needs of a metrics library: prom-client's Counter and Histogram have it. */
export interface CountingMetrics {
  readonly inc: (metric: MetricKey, labels: Readonly<Record<string, string>>, by: number) => void;
  readonly observe: (metric: MetricKey, labels: Readonly<Record<string, string>>, value: number) => void;
  /** Ends every series of a check. */
  readonly forget: (labels: CheckLabels) => void;
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

const keyOf = (labels: CheckLabels): string => JSON.stringify(ofCheck.map((name) => labels[name]));

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
        for (const outcome of outcomeStates) into.inc('checks', { ...labels, outcome }, 0);
        for (const dialect of hasDatagrams(check) ? udpDialects : []) {
          into.inc('stunRequests', { ...labels, dialect }, 0);
          into.inc('stunResponses', { ...labels, dialect }, 0);
        }
      }
    },
    count: (check, { outcome, facts }) => {
      const { labels, probe } = check;
      if (!known.has(keyOf(labels))) return;
      into.inc('checks', { ...labels, outcome }, 1);
      const { roundTripSeconds, requests } = facts;
      if (probe === 'stun' && typeof roundTripSeconds === 'number') into.observe('roundTrip', labels, roundTripSeconds);
      if (!hasDatagrams(check) || typeof requests !== 'number') return;
      const each = Math.round(requests / udpDialects.length);
      for (const dialect of udpDialects) into.inc('stunRequests', { ...labels, dialect }, each);
      for (const dialect of heardDialects(facts)) into.inc('stunResponses', { ...labels, dialect }, 1);
    },
  };
};

/** Every metric whose series belong to a check and are counted up. */
export const countedMetrics = (Object.keys(metrics) as MetricKey[]).filter(
  (key) => metrics[key].type !== 'gauge' && metrics[key].labels.length > 0,
);
