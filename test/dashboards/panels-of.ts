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
  readonly targets?: readonly {
    readonly expr: string;
    readonly refId: string;
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

/** Every query of every panel, with a name to find it by. */
export const panelQueries = (): { readonly where: string; readonly expr: string }[] =>
  dashboards().flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ expr, refId }) => ({ where: `${title}: ${panel.title} ${refId}`, expr })),
    ),
  );
