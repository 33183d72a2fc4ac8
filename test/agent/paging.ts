import { createPage, type PageSources } from '../../agent/page.ts';
import type { Report } from '../../agent/report.ts';
import type { Served } from '../../agent/serve.ts';
import type { VerdictChange } from '../../agent/watch-changes.ts';
import type { Past } from '../../agent/watch-history.ts';
import type { View } from '../../agent/watch-view.ts';
import { judged, startedAt } from './fixtures.ts';

/** A status page over reports that a test gives it. */
export interface Paging {
  readonly get: (query?: string) => string;
  readonly served: (query: string) => Served;
  readonly headers: () => Readonly<Record<string, string>>;
  /** The next report; every one is a new view. */
  readonly publish: (report: Report) => void;
  readonly changes: VerdictChange[];
  history: (check: string) => readonly Past[];
  ready: boolean;
  /** How often the report was read: once for each page that is made. */
  reads: number;
}

export const paging = (report: Report | null, version = '0.1.0'): Paging => {
  const { plan } = judged([]);
  const viewOf = () => ({ plan }) as View;
  let view = report === null ? null : viewOf();
  let now = report;
  const changes: VerdictChange[] = [];
  const sources: PageSources = {
    watch: {
      report: () => {
        made.reads++;
        return now;
      },
      view: () => view,
      ready: () => made.ready,
      history: (check) => made.history(check),
    },
    changes: () => changes,
    clock: { now: () => startedAt },
    version,
  };
  const page = createPage(sources);
  const made: Paging = {
    get: (query = '') => page(query).body,
    served: page,
    headers: () => page('').headers ?? {},
    publish: (next) => {
      now = next;
      view = viewOf();
    },
    ...{ changes, history: () => [], ready: true, reads: 0 },
  };
  return made;
};
