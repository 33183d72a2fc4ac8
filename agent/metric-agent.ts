import type { Registry } from 'prom-client';
import { noLabels, type Series } from './metric-catalogue.ts';
import { type CountedCheck, createCounters } from './metric-counters.ts';
import { processSeries } from './metric-process.ts';
import { createMetricRegistry, type Scraped } from './metric-registry.ts';
import { seriesOf } from './metric-samples.ts';
import type { Report } from './report.ts';
import type { Check } from './resolve.ts';
import type { Entry } from './watch-book.ts';
import { namedCheck } from './watch-changes.ts';
import { askKey } from './watch-jobs.ts';
import type { View } from './watch-view.ts';

/** Whether and when the configuration was last loaded. */
export interface ReloadState {
  readonly successful: boolean;
  /** Of the configuration that is in force. */
  readonly loadedAt: Date | null;
}

/** The metrics of one agent. */
export interface AgentMetrics {
  /** Counts what was observed since the last view. */
  readonly count: (view: View, news: readonly Entry[]) => void;
  /** Never waits for a probe: everything is known already. */
  readonly scrape: (openMetrics: boolean) => Promise<Scraped>;
  readonly registry: Registry;
}

interface MetricSources {
  readonly report: () => Report | null;
  readonly view: () => View | null;
  readonly reloads: () => ReloadState;
  readonly version: string;
  readonly startedAt: Date;
}

const reloadSeries = ({ successful, loadedAt }: ReloadState): Series[] => {
  const none = { labels: noLabels, shared: noLabels };
  return [
    { metric: 'reloadSuccessful', ...none, value: successful ? 1 : 0 },
    ...(loadedAt === null ? [] : [{ metric: 'reloadTime', ...none, value: loadedAt.getTime() / 1000 } as const]),
  ];
};

export const createAgentMetrics = (sources: MetricSources): AgentMetrics => {
  const made = createMetricRegistry();
  const counters = createCounters(made.counting);
  const known = new WeakMap<Check, CountedCheck>();
  return {
    registry: made.registry,
    count: ({ plan, judged }, news) => {
      const { vantage, place } = plan;
      const site = plan.site.name;
      const counted = new Map<string, CountedCheck[]>();
      const all: CountedCheck[] = [];
      for (const { rule, checks } of judged) {
        for (const one of checks) {
          const check = known.get(one.check) ?? {
            labels: { site, vantage, place, ...namedCheck(rule, one).name },
            probe: one.check.probe,
            transport: rule.transport,
          };
          known.set(one.check, check);
          const key = one.key === '' ? askKey(one.check, rule.transport) : one.key;
          const same = counted.get(key);
          if (same === undefined) counted.set(key, [check]);
          else same.push(check);
          all.push(check);
        }
      }
      counters.keep(all);
      for (const { key, observation } of news) {
        for (const check of counted.get(key) ?? []) counters.count(check, observation);
      }
    },
    scrape: (openMetrics) => {
      const { report, view, reloads, version, startedAt } = sources;
      const current = report();
      const { agent } = view()?.plan.site ?? {};
      const series = [
        ...(current === null
          ? [{ metric: 'build', labels: { version }, shared: noLabels, value: 1 } as const]
          : seriesOf(current, agent ?? null)),
        ...reloadSeries(reloads()),
        ...processSeries(startedAt),
      ];
      return made.scrape(series, openMetrics);
    },
  };
};
