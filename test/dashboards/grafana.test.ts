import t from 'tap';
import { dashboardFiles } from '../../dashboards/index.ts';
import { committed, dashboards, type PanelJson, panelQueries } from './panels-of.ts';
import { selectorsOf, strangersIn } from './promql.ts';

t.test('the reader of queries reads them', async (t) => {
  t.strictSame(
    selectorsOf(
      '1 - sum by (site) (rate(a_total{site=~"$site", x!="y}"}[10m])) / (b offset 5m > bool 0) and on (c) max(d @ end())',
    ),
    [
      { name: 'a_total', labels: ['site', 'x'] },
      { name: 'b', labels: [] },
      { name: 'd', labels: [] },
    ],
  );
  t.strictSame(
    strangersIn('edgeprobe_rule_verdict{verdict="fail", colour="red"} or edgeprobe_nonsense or job:x:sum', [
      'job:x:sum',
    ]),
    ['edgeprobe_rule_verdict{colour}', 'edgeprobe_nonsense'],
  );
});

t.test('writing the dashboards again changes nothing', async (t) => {
  const files = committed();
  const made = dashboardFiles();
  t.strictSame(made.map(({ name }) => name).sort(), [...files.keys()].sort());
  for (const { name, text } of made) {
    t.equal(files.get(name), text, `dashboards/grafana/${name}: build, then node dashboards/write.mjs`);
  }
  t.strictSame(dashboardFiles(), made, 'and twice is the same');
});

t.test('every query asks for what an agent sends', async (t) => {
  const queries = panelQueries();
  t.ok(queries.length > 50, `${queries.length} queries`);
  for (const { where, expr } of queries) {
    t.ok(selectorsOf(expr).length > 0, `${where} asks for something`);
    t.strictSame(strangersIn(expr), [], where);
  }
});

t.test('every dashboard has the variables, and every query heeds them', async (t) => {
  for (const { title, panels, templating } of dashboards()) {
    const names = templating.list.map(({ name }) => name);
    t.strictSame(names.slice(0, 6), ['datasource', 'site', 'vantage', 'place', 'pack', 'role'], title);
    for (const { name, query } of templating.list.slice(1)) {
      t.strictSame(
        strangersIn((typeof query === 'string' ? query : query.query).replace(/, \w+\)$/, ')')),
        [],
        `${title}: ${name}`,
      );
    }
    for (const { title: panel, targets = [] } of panels) {
      for (const { expr } of targets) {
        t.match(expr, 'site=~"$site"', `${title}: ${panel}`);
        const used = [...expr.matchAll(/\$([a-z]\w*)/g)].map(([, name]) => name ?? '');
        t.strictSame(
          used.filter((name) => !names.includes(name)),
          [],
          `${title}: ${panel} knows its variables`,
        );
      }
    }
  }
});

const overlap = ({ gridPos: a }: PanelJson, { gridPos: b }: PanelJson): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

t.test('panels are numbered, named and side by side', async (t) => {
  const uids = dashboards().map(({ uid }) => uid);
  t.equal(new Set(uids).size, uids.length, 'dashboards have names of their own');
  for (const { title, panels } of dashboards()) {
    t.strictSame(
      panels.map(({ id }) => id),
      panels.map((_, index) => index + 1),
      `${title}: numbers`,
    );
    for (const [index, panel] of panels.entries()) {
      const { x, w } = panel.gridPos;
      t.ok(w > 0 && x + w <= 24, `${title}: ${panel.title} is within the width`);
      t.strictSame(
        panels
          .slice(0, index)
          .filter((one) => overlap(one, panel))
          .map((one) => one.title),
        [],
        `${title}: ${panel.title} covers none`,
      );
      if (panel.type === 'row') continue;
      t.match(panel.description, /\.$/, `${panel.title} says what it shows`);
      const targets = panel.targets ?? [];
      t.ok(targets.length > 0, `${panel.title} has a query`);
      t.strictSame(
        targets.map(({ refId }) => refId),
        targets.map((_, at) => 'ABCDEFGH'[at]),
        `${panel.title}: refIds`,
      );
      t.strictSame(
        [panel.datasource?.uid, ...targets.map(({ datasource }) => datasource.uid)],
        ['$datasource', ...targets.map(() => '$datasource')],
      );
    }
  }
});
