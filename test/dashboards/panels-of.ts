import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from '../sources.ts';

/** A panel as it stands in a file: what the tests look at. */
export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly noValue?: string } };
  readonly targets?: readonly {
    readonly expr: string;
    readonly refId: string;
    /** Over the time range; otherwise at its end. */
    readonly range: boolean;
    readonly datasource: { readonly uid: string };
  }[];
}

interface VariableJson {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
}

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly PanelJson[];
  readonly templating: { readonly list: readonly VariableJson[] };
}

const folder = path.join(repository, 'dashboards/grafana');

/** The committed files, as texts by name. */
export const committed = (): Map<string, string> =>
  new Map(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));

/** The committed dashboards. */
export const dashboards = (): DashboardJson[] =>
  [...committed().values()].map((text) => JSON.parse(text) as DashboardJson);

/** A query of a panel. */
export interface PanelQuery {
  /** Dashboard, panel, and the letter of the query. */
  readonly where: string;
  /** The panel: two of one dashboard may have the same title. */
  readonly panel: number;
  readonly expr: string;
  /** Over the time range; otherwise at its end. */
  readonly range: boolean;
}

/** Every query of every panel, with a name to find it by. */
export const panelQueries = (): PanelQuery[] =>
  dashboards().flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ expr, refId, range }) => ({
        where: `${title}: ${panel.title} ${refId}`,
        ...{ panel: panel.id, expr, range },
      })),
    ),
  );

/** The queries behind the variables, by dashboard and variable. */
export const variableQueries = (): { readonly where: string; readonly metric: string; readonly label: string }[] =>
  dashboards().flatMap(({ title, templating }) =>
    templating.list.flatMap(({ name, query }) => {
      const [, metric, label] =
        /^label_values\((.*), (\w+)\)$/.exec(typeof query === 'string' ? '' : query.query) ?? [];
      return metric === undefined || label === undefined ? [] : [{ where: `${title}: $${name}`, metric, label }];
    }),
  );
