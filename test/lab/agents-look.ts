import { panelQueries } from '../dashboards/panels-of.ts';
import { asSent, type Chosen } from '../dashboards/promql.ts';
import type { Monitoring } from './monitoring.ts';
import { query, queryRange, type Series } from './prometheus-api.ts';
import { ourRules, staleSooner } from './prometheus-files.ts';

/** Something that is asked of Prometheus: a query of a panel, or the series that a rule of ours records. */
interface Asked {
  readonly name: string;
  readonly expr: string;
  readonly range: boolean;
}

const taken = 'a row is taken away';
const stopped = 'an agent is stopped';
const slow = 'rounds take much longer than their interval';

/** What finds nothing while all is well, because there is nothing to find, and the scene in which it finds something. */
export const quietWhileWell: Readonly<Record<string, string>> = {
  'Cut-over: Mended A (panel 2)': taken,
  'Cut-over: Mended A (panel 11)': taken,
  'Cut-over: Broken A (panel 3)': taken,
  'Cut-over: Broken A (panel 9)': taken,
  'Cut-over: Still failing A (panel 4)': taken,
  'Cut-over: Still failing A (panel 10)': taken,
  'Cut-over: What failed at any time A (panel 15)': taken,
  'Fleet: Worst sites A (panel 8)': taken,
  'Fleet: Agents missing A (panel 5)': stopped,
  'Fleet: Agents missing A (panel 10)': stopped,
  'Fleet: Agents stale A (panel 6)': slow,
  'Fleet: Agents stale A (panel 11)': slow,
  'Reachability: Failing now A (panel 9)': taken,
  // Other TURN servers speak no MSTURN.
  'Reachability: MSTURN servers A (panel 25)': 'a media relay that speaks MSTURN',
  'check:edgeprobe_rule_failing:info': taken,
  'check:edgeprobe_rule_lost:bool': taken,
  'instance:edgeprobe_vantage_blind:bool': 'everything is lost at once',
};

/** Counts warnings: none while all is well, unless a server was slow for a moment. */
export const perhapsQuiet = 'Reachability: Findings A (panel 6)';

/** Everything that dashboards ask and rules record. */
export const everything = (): Asked[] => [
  ...panelQueries().map(({ where, panel, expr, range }) => ({
    name: `${where.replace('edgeprobe / ', '')} (panel ${panel})`,
    ...{ expr: staleSooner(expr), range },
  })),
  ...ourRules().flatMap(({ record }) => (record === undefined ? [] : [{ name: record, expr: record, range: false }])),
];

/** What one of them gives to a dashboard that shows the last seconds. */
export const ask = (
  monitoring: Monitoring,
  { expr, range }: Asked,
  seconds: number,
  chosen: Chosen = {},
): Promise<Series[]> => {
  const shown = Math.ceil(seconds);
  const sent = asSent(expr, shown, 1, chosen);
  return range ? queryRange(monitoring, sent, shown) : query(monitoring, sent);
};

/** The seconds that a dashboard shows, at the moment of asking. */
type Shown = () => number;

/** Always the last few. */
export const last =
  (seconds: number): Shown =>
  () =>
    seconds;

/** Everything from a moment on, in milliseconds since the epoch: to ask all of them takes a while itself. */
export const since =
  (moment: number): Shown =>
  () =>
    (Date.now() - moment) / 1000;

/** Keeps what has been seen to give something. */
export interface Look {
  /** Asks everything that has given nothing yet, and what has its scene now: a busy machine may have shown it before. */
  readonly at: (when: string, shown: Shown) => Promise<void>;
  /** When something was seen to give anything, by its name. */
  readonly found: ReadonlyMap<string, readonly string[]>;
  /** What has given nothing yet. */
  readonly quiet: () => string[];
}

export const createLook = (monitoring: Monitoring): Look => {
  const all = everything();
  const found = new Map<string, readonly string[]>();
  const isWanted = (name: string, when: string): boolean => {
    const scene = quietWhileWell[name];
    return !found.has(name) || (scene !== undefined && when.startsWith(scene));
  };
  return {
    found,
    at: async (when, shown) => {
      for (const one of all) {
        if (!isWanted(one.name, when) || (await ask(monitoring, one, shown())).length === 0) continue;
        found.set(one.name, [...(found.get(one.name) ?? []), when]);
      }
    },
    quiet: () => all.map(({ name }) => name).filter((name) => !found.has(name)),
  };
};
