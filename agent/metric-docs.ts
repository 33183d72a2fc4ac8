import { type Metric, metrics, ofCheck, roundTripBuckets } from './metric-catalogue.ts';

const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(' ');

const labelsOf = ({ labels }: Metric): string => {
  const ofOneCheck = ofCheck.every((label) => labels.includes(label));
  if (labels.length === 0) return 'none';
  if (!ofOneCheck) return code(labels);
  const more = labels.filter((label) => !ofCheck.some((one) => one === label));
  return ['*check*', ...(more.length === 0 ? [] : [code(more)])].join(' and ');
};

const rowOf = (metric: Metric): string =>
  `| \`${metric.name}\` | ${metric.type} | ${labelsOf(metric)} | ${metric.help.replaceAll('|', '\\|')} |`;

/** The reference of all metrics, as Markdown; docs/metrics.md is this text. */
export const metricDocs = (): string => `# Metrics

Written by \`node tools/metrics-doc.mjs\` from the catalogue in \`agent/metric-catalogue.ts\`; change that, not this.

\`edgeprobe agent\` serves them at \`/metrics\`, in the Prometheus text format or, where a scraper prefers it, as OpenMetrics
1.0. A scrape waits for no probe: results are kept from one check to the next, and
\`edgeprobe_rule_last_check_timestamp_seconds\` says how old they are. \`edgeprobe check --format prometheus\` writes the gauges
of one run for the textfile collector.

Labels of one *check*: ${code(ofCheck)}.
\`endpoint\` is the name in the site file, \`target\` the address that was dialled, \`source\` the address that was bound (empty: the routing table chose). They hold what the site file says; of what the network said
only versions, ciphers and addresses become labels. A rule that is not asked has \`rule_verdict\` and \`rule_info\` with empty
\`endpoint\`, \`target\` and \`source\`. A check that was not asked yet has no series, and neither has a rule, an endpoint or an
address that is gone.

| metric | type | labels | meaning |
|---|---|---|---|
${Object.values(metrics).map(rowOf).join('\n')}

Upper bounds of \`edgeprobe_stun_round_trip_seconds\`: ${roundTripBuckets.join(', ')} s. A request is repeated after 0.5, 1.5, 3.5
and 7.5 s, so an answer that needed one repetition lies just above 0.5 s: lost packets show as round trips.

## How many series

One check has 22 series (verdicts 4, outcomes 7, checks by outcome 7, and four single ones) and \`rule_reachable\` while it is
known; STUN adds up to 26 (the histogram with its ${roundTripBuckets.length + 1} buckets, requests and responses by dialect), TLS 2, a range 6, each
finding 1. Ports are never series. Checks are rules times endpoints times addresses. Counted for the public pack and a
two-node pool where everything answers: 750 series outside, 630 inside and 455 on a node in the DMZ with every feature of
the document, 460, 630 and 345 without the retired ones.
`;
