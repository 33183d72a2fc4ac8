import { metrics } from '../agent/metric-catalogue.ts';
import type { Layout } from './compose.ts';
import { anyIsBad, joined, leadingToSites, lines, stat, table } from './panels.ts';
import { age, ofAgent, ofVantage, overdue, series, shareOfPassing, verdicts } from './queries.ts';

const up = (matchers: readonly string[] = []): string => ofAgent('up', ['job="edgeprobe"', ...matchers]);

const ofOne = 'site, vantage, instance';

/** Scrapes that fail, and agents whose `up` came within a day and comes no more: so it is with remote-write. */
const missing = `(${up()} == 0) or (last_over_time(${up()}[1d]) * 0 unless ${up()})`;

const overview = {
  title: 'Now',
  panels: [
    stat(
      { title: 'Sites', description: 'Sites with results.', span: 4, height: 4 },
      `count(count by (site) (${series('info')}))`,
    ),
    stat(
      { title: 'Sites with failures', description: 'Sites where a check fails.', span: 4, height: 4, steps: anyIsBad },
      // No failure is 0, no results at all are none.
      `count(sum by (site) (${verdicts('fail')}) > 0) or 0 * count(${series('info')})`,
      'no data',
    ),
    stat({ title: 'Agents', description: 'Agents that answer.', span: 4, height: 4 }, `sum(${up()})`),
    stat(
      {
        title: 'Agents missing',
        description: 'They cannot be scraped, or send nothing any more.',
        span: 4,
        height: 4,
        steps: anyIsBad,
      },
      `count(${missing})`,
    ),
    stat(
      {
        title: 'Agents stale',
        description: 'Agents with a result that three rounds should have renewed.',
        span: 4,
        height: 4,
        steps: anyIsBad,
      },
      `count(count by (${ofOne}) (${overdue}))`,
    ),
    stat(
      { title: 'Agents blind', description: 'No host that must answer does.', span: 4, height: 4, steps: anyIsBad },
      `sum(max by (${ofVantage}, instance) (${series('control')}) == bool 0)`,
      'no control',
    ),
    leadingToSites(
      table(
        { title: 'Worst sites', description: 'By failing checks.', span: 8, height: 10, steps: anyIsBad },
        `topk(20, sum by (site) (${verdicts('fail')}) > 0)`,
        { site: 'site', Value: 'failing' },
      ),
    ),
    leadingToSites(
      joined(
        {
          title: 'Places',
          description: 'Where agents stand: their checks, and the oldest of their results.',
          span: 16,
          height: 10,
        },
        [
          `sum by (${ofVantage}) (${verdicts('fail')})`,
          `sum by (${ofVantage}) (${verdicts('unknown')})`,
          shareOfPassing(ofVantage),
          `max by (${ofVantage}) (${age})`,
        ],
        {
          site: 'site',
          vantage: 'vantage',
          place: 'place',
          'Value #A': 'failing',
          'Value #B': 'unknown',
          'Value #C': 'passing',
          'Value #D': 'oldest result',
        },
        { passing: 'percentunit', 'oldest result': 's' },
      ),
    ),
    table(
      {
        title: 'Agents missing',
        description: 'They cannot be scraped, or send nothing any more.',
        span: 12,
        height: 8,
      },
      missing,
      { site: 'site', vantage: 'vantage', instance: 'instance' },
    ),
    table(
      {
        title: 'Agents stale',
        description: 'Checks whose result three rounds should have renewed, and the oldest of them.',
        span: 12,
        height: 8,
        unit: 's',
      },
      `max by (${ofVantage}, instance) (${overdue})`,
      { site: 'site', vantage: 'vantage', place: 'place', instance: 'instance', Value: 'oldest result' },
    ),
  ],
};

const overTime = {
  title: 'Over time',
  panels: [
    lines({ title: 'Failing checks', description: 'By site.', span: 12, height: 8 }, [
      [`sum by (site) (${verdicts('fail')})`, '{{site}}'],
    ]),
    lines(
      {
        title: 'Share passing',
        description: 'By site, of the checks that were asked.',
        span: 12,
        height: 8,
        unit: 'percentunit',
      },
      [[shareOfPassing('site'), '{{site}}']],
    ),
  ],
};

const agents = {
  title: 'Agents',
  panels: [
    table(
      { title: 'Versions', description: 'The version of each agent.', span: 12, height: 8 },
      `max by (${ofOne}, version) (${ofAgent(metrics.build.name)})`,
      { site: 'site', vantage: 'vantage', instance: 'instance', version: 'version' },
    ),
    joined(
      {
        title: 'Configuration',
        description:
          'Whether the last attempt to load it succeeded, how old the one in force is, and how long the agent runs.',
        span: 12,
        height: 8,
      },
      [
        `min by (${ofOne}) (${ofAgent(metrics.reloadSuccessful.name)})`,
        `time() - max by (${ofOne}) (${ofAgent(metrics.reloadTime.name)})`,
        `time() - max by (${ofOne}) (${ofAgent(metrics.processStart.name, ['job="edgeprobe"'])})`,
      ],
      {
        site: 'site',
        vantage: 'vantage',
        instance: 'instance',
        'Value #A': 'loaded',
        'Value #B': 'in force for',
        'Value #C': 'runs for',
      },
      { loaded: 'bool_yes_no', 'in force for': 's', 'runs for': 's' },
    ),
    lines({ title: 'Memory', description: 'Resident.', span: 8, height: 8, unit: 'bytes' }, [
      [ofAgent(metrics.processMemory.name, ['job="edgeprobe"']), '{{site}} {{vantage}} {{instance}}'],
    ]),
    lines({ title: 'CPU', description: 'Seconds of CPU time per second.', span: 8, height: 8 }, [
      [`rate(${ofAgent(metrics.processCpu.name, ['job="edgeprobe"'])}[10m])`, '{{site}} {{vantage}} {{instance}}'],
    ]),
    lines({ title: 'Open files', description: 'A sweep opens many for a moment.', span: 8, height: 8 }, [
      [ofAgent(metrics.processFiles.name, ['job="edgeprobe"']), '{{site}} {{vantage}} {{instance}}'],
    ]),
  ],
};

/** All sites at once, and the agents themselves. */
export const fleet: Layout = {
  uid: 'edgeprobe-fleet',
  title: 'edgeprobe / Fleet',
  description: 'All sites, worst first, and the agents that are missing, stale or blind.',
  from: 'now-24h',
  rows: [overview, overTime, agents],
};
