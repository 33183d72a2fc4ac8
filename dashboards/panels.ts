import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TableCellDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DataTransformerConfig,
  MappingType,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { datasource } from './variables.ts';

/** A panel that waits for its number: numbers are given by position, so that a diff shows what changed. */
export type NumberedPanel = (id: number) => Builder<Panel>;

/** What all kinds of panels have. `span` of 24 columns. */
interface Words {
  readonly title: string;
  readonly description: string;
  readonly span: number;
  readonly height: number;
  readonly unit?: string;
  readonly steps?: readonly Threshold[];
}

/** A query, and what its series are called. */
type Query = readonly [expr: string, legend: string];

const letters = 'ABCDEFGH';

const query = (expr: string, index: number): DataqueryBuilder =>
  new DataqueryBuilder()
    .datasource(datasource)
    .expr(expr)
    .refId(letters[index] ?? 'Z');

const colours = (steps: readonly Threshold[]): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps]);

const plain: readonly Threshold[] = [{ value: null, color: 'text' }];

/** Green at zero, red above. */
export const anyIsBad: readonly Threshold[] = [
  { value: null, color: 'green' },
  { value: 1, color: 'red' },
];

/** The numbers of `worst` as words and colours. */
const verdictWords: ValueMap = {
  type: MappingType.ValueToText,
  options: {
    '0': { text: 'skipped', color: 'text', index: 0 },
    '1': { text: 'pass', color: 'green', index: 1 },
    '2': { text: 'unknown', color: 'yellow', index: 2 },
    '3': { text: 'fail', color: 'red', index: 3 },
  },
};

/** One number, from a query at the end of the time range. */
export const stat =
  (
    { title, description, span, height, unit = 'short', steps = plain }: Words,
    expr: string,
    none = '0',
  ): NumberedPanel =>
  (id) =>
    new StatBuilder()
      .id(id)
      .title(title)
      .description(description)
      .datasource(datasource)
      .span(span)
      .height(height)
      .unit(unit)
      .noValue(none)
      .thresholds(colours(steps))
      .colorMode(BigValueColorMode.Value)
      .graphMode(BigValueGraphMode.None)
      .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(['lastNotNull']).fields(''))
      .withTarget(query(expr, 0).instant());

/** Numbers over time. */
export const lines =
  ({ title, description, span, height, unit = 'short' }: Words, queries: readonly Query[], stacked = false) =>
  (id: number): SeriesBuilder => {
    const made = new SeriesBuilder()
      .id(id)
      .title(title)
      .description(description)
      .datasource(datasource)
      .span(span)
      .height(height)
      .unit(unit)
      .min(0)
      .fillOpacity(stacked ? 60 : 0)
      .stacking(new StackingConfigBuilder().mode(stacked ? StackingMode.Normal : StackingMode.None).group('A'))
      .legend(
        new VizLegendOptionsBuilder()
          .displayMode(LegendDisplayMode.List)
          .placement(LegendPlacement.Bottom)
          .showLegend(true)
          .calcs([]),
      );
    for (const [index, [expr, legend]] of queries.entries())
      made.withTarget(query(expr, index).legendFormat(legend).range());
    return unit === 'percentunit' ? made.max(1) : made;
  };

/** Verdicts over time: one line for each series of `worst`. */
export const timeline =
  ({ title, description, span, height }: Words, [expr, legend]: Query): NumberedPanel =>
  (id) =>
    new TimelineBuilder()
      .id(id)
      .title(title)
      .description(description)
      .datasource(datasource)
      .span(span)
      .height(height)
      .mappings([verdictWords])
      .showValue(VisibilityMode.Never)
      .mergeValues(true)
      .rowHeight(0.8)
      .fillOpacity(80)
      .withTarget(query(expr, 0).legendFormat(legend).range());

/** A click on a site shows that one, at the same time. */
const siteLink = {
  id: 'links',
  value: [
    {
      title: `Reachability of \${__value.text}`,
      url: `/d/edgeprobe-reachability?var-site=\${__value.text:percentencode}&\${datasource:queryparam}&\${__url_time_range}`,
    },
  ],
};

const cellColours = { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorBackground } };

/** What a table does to the columns of its query: those left out, and the names of the others in their order. */
type Columns = Readonly<Record<string, string>>;

const arranged = (columns: Columns): DataTransformerConfig[] => [
  { id: 'filterFieldsByName', options: { include: { names: Object.keys(columns) } } },
  {
    id: 'organize',
    options: {
      indexByName: Object.fromEntries(Object.keys(columns).map((name, index) => [name, index])),
      renameByName: Object.fromEntries(Object.entries(columns).filter(([name, shown]) => name !== shown)),
    },
  },
];

const baseTable = ({ title, description, span, height }: Words, exprs: readonly string[]): TableBuilder => {
  const made = new TableBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .span(span)
    .height(height)
    .filterable(true)
    .noValue('none');
  for (const [index, expr] of exprs.entries()) {
    made.withTarget(query(expr, index).format(PromQueryFormat.Table).instant());
  }
  return made;
};

/** The same table, and each site in it leads to its Reachability. */
export const leadingToSites =
  (made: (id: number) => TableBuilder): NumberedPanel =>
  (id) =>
    made(id).overrideByName('site', [siteLink]);

/**
 * A table of the series that there are now: a row for each.
 * @param columns label → heading, in their order; `Value` is the number of the query
 */
export const table =
  (words: Words, expr: string, columns: Columns) =>
  (id: number): TableBuilder => {
    const made = baseTable(words, [expr]).id(id).transformations(arranged(columns));
    const { unit, steps } = words;
    const value = columns['Value'];
    if (value === undefined) return made;
    return made.overrideByName(value, [
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
      ...(steps === undefined ? [] : [{ id: 'thresholds', value: { mode: 'absolute', steps } }, cellColours]),
    ]);
  };

/** Several queries with the same labels, side by side. `Value #A` is the number of the first. */
export const joined =
  (words: Words, exprs: readonly string[], columns: Columns, units: Readonly<Record<string, string>>) =>
  (id: number): TableBuilder => {
    const made = baseTable(words, exprs)
      .id(id)
      .transformations([{ id: 'merge', options: {} }, ...arranged(columns)]);
    for (const [name, unit] of Object.entries(units)) made.overrideByName(name, [{ id: 'unit', value: unit }]);
    return made;
  };

/** One cell for each `row` and `column` label of a query whose values are those of `worst`. */
export const matrix =
  (words: Words, expr: string) =>
  (id: number): TableBuilder =>
    baseTable(words, [expr])
      .id(id)
      .mappings([verdictWords])
      .transformations([
        {
          id: 'groupingToMatrix',
          options: { rowField: 'row', columnField: 'column', valueField: 'Value', emptyValue: 'null' },
        },
      ])
      .cellOptions({ type: TableCellDisplayMode.ColorBackground })
      .overrideByName('row\\column', [
        { id: 'displayName', value: 'rule' },
        { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.Auto } },
        { id: 'custom.minWidth', value: 320 },
      ]);
