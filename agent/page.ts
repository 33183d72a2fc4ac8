import type { Clock } from '../probes/world.ts';
import { alone } from './merge.ts';
import { type Kept, type PageDocument, pageDocument } from './page-document.ts';
import type { PageInput } from './page-input.ts';
import { createMemo, createVersions } from './page-parts.ts';
import { readPageQuery } from './page-query.ts';
import { pageAssets } from './page-script.ts';
import type { Served } from './serve.ts';
import { reportedCheckName } from './serve-report.ts';
import type { Watch } from './watch.ts';
import { checkId, type VerdictChange } from './watch-changes.ts';

/** Where the status page comes from. */
export interface PageSources {
  readonly watch: Pick<Watch, 'report' | 'view' | 'ready' | 'history'>;
  /** The last changes, oldest first. */
  readonly changes: () => readonly VerdictChange[];
  readonly clock: Pick<Clock, 'now'>;
  readonly version: string;
}

const inputOf = ({ watch, changes }: PageSources): PageInput | null => {
  const report = watch.report();
  const view = watch.view();
  if (report === null || view === null) return null;
  const { interval, sweepInterval } = view.plan.site.agent;
  return {
    ...{ report, interval, sweepInterval },
    merged: alone(report),
    ready: watch.ready(),
    changes: changes(),
    historyOf: (rule, check) => watch.history(checkId(reportedCheckName(rule, check))),
  };
};

/**
 * The status page: complete without a script, and without anything from elsewhere. It is made once for every change,
 * however often somebody asks.
 */
export const createPage = (sources: PageSources): ((search: string) => Served) => {
  const assets = pageAssets();
  const kept: Kept = { versions: createVersions(), rows: createMemo() };
  let made: { readonly of: unknown; readonly ready: boolean; readonly page: PageDocument } | null = null;
  const current = (): PageDocument => {
    const { watch } = sources;
    const [of, ready] = [watch.view(), watch.ready()];
    if (made === null || made.of !== of || made.ready !== ready) {
      made = { of, ready, page: pageDocument(inputOf(sources), kept, sources.version) };
    }
    return made.page;
  };
  return (search) => ({
    type: 'text/html; charset=utf-8',
    headers: { 'Content-Security-Policy': assets.contentSecurity },
    body: current()(readPageQuery(search), assets, sources.clock.now()),
  });
};
