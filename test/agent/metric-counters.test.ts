import t from 'tap';
import { prefersOpenMetrics } from '../../agent/metric-accept.ts';
import { type CountedCheck, createCounters } from '../../agent/metric-counters.ts';
import { createMetricRegistry } from '../../agent/metric-registry.ts';
import { seen } from './fixtures.ts';

const check = (rule: string, probe = 'stun', transport = 'udp', target = '192.0.2.1'): CountedCheck => ({
  labels: { site: 's', vantage: 'v', place: 'p', pack: 'k', rule, endpoint: 'e', target, source: '' },
  probe,
  transport,
});

const scrape = async (registry: ReturnType<typeof createMetricRegistry>, open = false): Promise<string> =>
  (await registry.scrape([], open)).body;

const seriesValue = (text: string, name: string, ...labels: string[]): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
    ?.split(' ')
    .at(-1);

t.test('counters begin at zero, survive scrapes, and go with their check', async (t) => {
  const registry = createMetricRegistry();
  const counters = createCounters(registry.counting);
  const stays = check('stays');
  const goes = check('goes');
  counters.keep([stays, goes]);
  const first = await scrape(registry);
  t.equal(seriesValue(first, 'edgeprobe_checks_total', 'rule="stays"', 'outcome="filtered"'), '0');
  t.equal(seriesValue(first, 'edgeprobe_stun_requests_total', 'rule="stays"', 'dialect="msturn"'), '0');
  const answered = seen('answered', {
    probe: 'stun',
    facts: { requests: 6, dialects: ['msturn'], roundTripSeconds: 0.53 },
  });
  for (const one of [stays, goes, check('stranger')]) counters.count(one, answered);
  counters.count(stays, seen('filtered', { probe: 'stun', facts: { requests: 12 } }));
  await scrape(registry);
  const text = await scrape(registry);
  t.equal(seriesValue(text, 'edgeprobe_checks_total', 'rule="stays"', 'outcome="answered"'), '1');
  t.equal(seriesValue(text, 'edgeprobe_checks_total', 'rule="stays"', 'outcome="filtered"'), '1');
  t.equal(seriesValue(text, 'edgeprobe_stun_requests_total', 'rule="stays"', 'dialect="msturn"'), '6');
  t.equal(seriesValue(text, 'edgeprobe_stun_responses_total', 'rule="stays"', 'dialect="msturn"'), '1');
  t.equal(seriesValue(text, 'edgeprobe_stun_responses_total', 'rule="stays"', 'dialect="rfc8489"'), '0');
  t.equal(seriesValue(text, 'edgeprobe_stun_round_trip_seconds_bucket', 'rule="stays"', 'le="0.45"'), '0');
  t.equal(seriesValue(text, 'edgeprobe_stun_round_trip_seconds_bucket', 'rule="stays"', 'le="0.6"'), '1');
  t.notMatch(text, /stranger/, 'what nobody asks is not counted');

  counters.keep([stays]);
  const after = await scrape(registry);
  t.notMatch(after, /rule="goes"/, 'gone, histogram and all');
  t.equal(seriesValue(after, 'edgeprobe_checks_total', 'rule="stays"', 'outcome="answered"'), '1');
  counters.keep([stays, goes]);
  t.equal(seriesValue(await scrape(registry), 'edgeprobe_checks_total', 'rule="goes"', 'outcome="answered"'), '0');
});

t.test('OpenMetrics', async (t) => {
  const registry = createMetricRegistry();
  const counters = createCounters(registry.counting);
  counters.keep([check('a')]);
  const before = await scrape(registry);
  const text = await scrape(registry, true);
  t.equal(await scrape(registry, true), text, 'and once more');
  t.equal(await scrape(registry), before, 'the text format is as it was');
  t.match(before, /# TYPE edgeprobe_checks_total counter\n/);
  counters.count(check('a'), seen('answered', { probe: 'stun' }));
  t.match(await scrape(registry, true), /^edgeprobe_checks_total\{.*outcome="answered"\} 1$/m, 'both count on');
  t.match(text, /# EOF\n$/);
  t.match(text, /# TYPE edgeprobe_checks counter\n/);
  t.match(text, /edgeprobe_checks_total\{/);
  t.match((await registry.scrape([], true)).type, /^application\/openmetrics-text; version=1\.0\.0/);
  t.match((await registry.scrape([], false)).type, /^text\/plain; version=0\.0\.4/);
});

t.test('who gets OpenMetrics', async (t) => {
  const prometheus =
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
  const cases: [string | undefined, boolean][] = [
    [undefined, false],
    ['*/*', false],
    ['text/html,application/xhtml+xml,*/*;q=0.8', false],
    [prometheus, true],
    ['application/openmetrics-text; version=1.0.0', true],
    ['application/openmetrics-text', true],
    ['application/openmetrics-text;version=2.0.0', false],
    ['application/openmetrics-text;q=0', false],
    ['text/plain;q=0.9, application/openmetrics-text;version=1.0.0;q=0.1', false],
    ['application/openmetrics-text;q=x', false],
    [`application/openmetrics-text,${'x,'.repeat(1_000)}`, false],
  ];
  for (const [accept, expected] of cases) t.equal(prefersOpenMetrics(accept), expected, accept?.slice(0, 60) ?? 'none');
});
