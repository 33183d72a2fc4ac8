import {
  type Dashboard,
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  type QueryVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { NumberedPanel } from './panels.ts';
import { datasource, variables } from './variables.ts';

/** A dashboard before it is put together. */
export interface Layout {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** The start of the time range, as Grafana writes it. */
  readonly from: string;
  /** Besides those that every dashboard has. */
  readonly variables?: readonly QueryVariableBuilder[];
  readonly rows: readonly { readonly title: string; readonly panels: readonly NumberedPanel[] }[];
}

const links = new DashboardLinkBuilder('edgeprobe')
  .type(DashboardLinkType.Dashboards)
  .tags(['edgeprobe'])
  .includeVars(true)
  .keepTime(true);

/** Puts a dashboard together. Rows and panels are numbered as they stand. */
export const compose = (layout: Layout): Dashboard => {
  const made = new DashboardBuilder(layout.title)
    .uid(layout.uid)
    .description(layout.description)
    .tags(['edgeprobe'])
    .editable()
    .timezone('utc')
    .time({ from: layout.from, to: 'now' })
    .refresh('1m')
    .link(links)
    .variables([...variables(), ...(layout.variables ?? [])]);
  let id = 0;
  const next = (): number => {
    id += 1;
    return id;
  };
  for (const { title, panels } of layout.rows) {
    made.withRow(new RowBuilder(title).id(next()).datasource(datasource));
    for (const panel of panels) made.withPanel(panel(next()));
  }
  return made.build();
};
