import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { metrics } from '../agent/metric-catalogue.ts';

/** The Prometheus that was chosen. */
export const datasource = { type: 'prometheus', uid: '$datasource' };

const all = { selected: true, text: ['All'], value: ['$__all'] };

/** The values of a label, narrowed by what was chosen before it. "All" also means: without this label. */
const labelVariable = (
  label: string,
  metric: string,
  before: readonly string[],
  name = label,
): QueryVariableBuilder => {
  const matchers = before.map((one) => `${one}=~"$${one}"`).join(', ');
  const query = `label_values(${metric}${matchers === '' ? '' : `{${matchers}}`}, ${label})`;
  return new QueryVariableBuilder(name)
    .datasource(datasource)
    .query({ query, refId: `Variable-${name}` })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(all);
};

/** What every dashboard is narrowed by. */
export const variables = () => {
  const { name } = metrics.info;
  return [
    new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
    labelVariable('site', name, []),
    labelVariable('vantage', name, ['site']),
    labelVariable('place', name, ['site', 'vantage']),
    labelVariable('pack', name, ['site', 'vantage', 'place']),
    labelVariable('role', name, ['site', 'vantage', 'place', 'pack']),
  ];
};

/** The rules that are ranges of ports: a panel is repeated for each. */
export const rangeVariable = () =>
  labelVariable('rule', metrics.sweepPorts.name, ['site', 'vantage', 'place', 'pack'], 'range').hide(
    VariableHide.HideVariable,
  );
