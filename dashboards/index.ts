import { compose, type Layout } from './compose.ts';
import { cutover } from './cutover.ts';
import { fleet } from './fleet.ts';
import { reachability } from './reachability.ts';

const width = 120;

/** JSON as the formatter of this repository writes it: lists of plain values stand on one line where they fit. */
const jsonText = (value: unknown, indent = '', before = 0): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    if (value.every((one) => one === null || typeof one !== 'object')) {
      const line = `[${value.map((one) => JSON.stringify(one)).join(', ')}]`;
      if (indent.length + before + line.length < width) return line;
    }
    return `[\n${value.map((one) => inner + jsonText(one, inner)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  const members = entries.map(([name, one]) => {
    const key = `${JSON.stringify(name)}: `;
    return inner + key + jsonText(one, inner, key.length);
  });
  return `{\n${members.join(',\n')}\n${indent}}`;
};

/** Without what the SDK adds for itself: functions, and members that are undefined. */
const asData = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A dashboard as a file for Grafana. */
export interface DashboardFile {
  readonly name: string;
  readonly text: string;
}

const layouts: Readonly<Record<string, Layout>> = { reachability, cutover, fleet };

/** Every dashboard as it stands in dashboards/grafana. */
export const dashboardFiles = (): DashboardFile[] =>
  Object.entries(layouts).map(([name, layout]) => ({
    name: `${name}.json`,
    text: `${jsonText(asData(compose(layout)))}\n`,
  }));
