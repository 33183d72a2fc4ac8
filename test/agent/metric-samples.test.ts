import { readFileSync } from 'node:fs';
import t from 'tap';
import { type MetricKey, metrics, type Sample, verdictStates } from '../../agent/metric-catalogue.ts';
import { metricDocs } from '../../agent/metric-docs.ts';
import { createMetricRegistry } from '../../agent/metric-registry.ts';
import { samplesOf } from '../../agent/metric-samples.ts';
import { gaugeText } from '../../agent/metric-text.ts';
import { prometheusSink } from '../../agent/sinks/prometheus.ts';
import { repository } from '../sources.ts';
import { certificate, control, judged, row, seen, silent, sweepFacts, tlsFacts } from './fixtures.ts';

const nasty = 'x"\n\\} 1\u001b[2J\u202e<script>';

const everything = judged(
  [
    {
      rule: row('external-sip-tcp-443-in'),
      at: {
        edge1: seen('answered', { facts: tlsFacts({ cipher: nasty, certificate: certificate({ issuer: nasty }) }) }),
        edge2: silent(),
      },
    },
    {
      rule: row('external-stun-udp-3478-in'),
      source: '198.51.100.7',
      at: {
        edge1: seen('answered', {
          probe: 'stun',
          facts: { mappedAddress: '198.51.100.7', serverVersion: 6, software: nasty, roundTripSeconds: 0.01 },
        }),
      },
    },
    {
      rule: row('external-rtp-tcp-50000-59999-in'),
      at: {
        edge1: seen('open', {
          probe: 'tcp',
          facts: sweepFacts([
            [50000, 50009, 'open'],
            [50010, 50011, 'filtered'],
          ]),
        }),
      },
    },
    { rule: row('external-http-tcp-80-out'), skip: { because: 'no-endpoint', explain: nasty } },
    { rule: row('external-dns-tcp-53-out'), expect: 'blocked', at: {} },
  ].slice(0, 4) as Parameters<typeof judged>[0],
  { controls: [control('vantage', '192.0.2.1', 'filtered')], place: nasty },
).report;

const find = (samples: readonly Sample[], metric: MetricKey, labels: Readonly<Record<string, string>>): Sample[] =>
  samples.filter(
    (one) => one.metric === metric && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  );

t.test('a report as samples', async (t) => {
  const samples = samplesOf(everything, { interval: 60, sweepInterval: 3600 });
  const sip = { rule: 'external-sip-tcp-443-in' };
  t.strictSame(
    find(samples, 'verdict', { ...sip, endpoint: 'edge1' }).map(({ labels, value }) => [labels['verdict'], value]),
    verdictStates.map((state) => [state, state === 'pass' ? 1 : 0]),
    'a state set',
  );
  t.equal(find(samples, 'outcome', { ...sip, endpoint: 'edge2', outcome: 'filtered' })[0]?.value, 1);
  t.equal(find(samples, 'outcome', { ...sip, endpoint: 'edge2' }).length, 7);
  t.equal(find(samples, 'reachable', { ...sip, endpoint: 'edge1' })[0]?.value, 1);
  t.equal(find(samples, 'interval', sip)[0]?.value, 60);
  t.equal(find(samples, 'interval', { rule: 'external-rtp-tcp-50000-59999-in' })[0]?.value, 3600);
  t.match(find(samples, 'info', sip)[0]?.labels, {
    table: 'external',
    role: 'access-edge',
    expect: 'reachable',
    ports: '443',
  });
  t.match(find(samples, 'tls', sip)[0]?.labels, {
    version: 'TLSv1.2',
    cipher: 'other',
    client_certificate: 'not_requested',
  });
  t.equal(find(samples, 'certificateEnd', sip)[0]?.value, Date.parse('2027-06-01T00:00:00.000Z') / 1000);
  const stun = { rule: 'external-stun-udp-3478-in', target: '131.107.155.30', source: '198.51.100.7' };
  t.equal(find(samples, 'mappedAddress', { ...stun, address: '198.51.100.7' }).length, 1);
  t.equal(find(samples, 'serverVersion', { ...stun, version: '6' }).length, 1);
  const ports = find(samples, 'sweepPorts', { rule: 'external-rtp-tcp-50000-59999-in' });
  t.strictSame(
    ports.filter(({ value }) => value > 0).map(({ labels, value }) => [labels['outcome'], value]),
    [
      ['open', 10],
      ['filtered', 2],
    ],
  );
  const skipped = samples.filter(({ labels }) => labels['rule'] === 'external-http-tcp-80-out');
  t.strictSame(new Set(skipped.map(({ metric }) => metric)), new Set(['verdict', 'info']));
  t.ok(skipped.every(({ labels }) => labels['endpoint'] === '' && labels['target'] === ''));
  t.strictSame(
    find(samples, 'control', {}).map(({ labels, value }) => [labels['control'], value]),
    [['tcp://192.0.2.1:53', 0]],
  );
  t.equal(find(samples, 'finding', { code: 'prober-blind', rule: '', endpoint: '' }).length, 1);
  t.ok(find(samples, 'finding', { rule: 'external-rtp-tcp-50000-59999-in', endpoint: 'edge1' }).length > 0);
});

t.test('one series per label set, only labels of the catalogue, all of them', async (t) => {
  const samples = samplesOf(everything, { interval: 60, sweepInterval: 3600 });
  t.equal(new Set(samples.map(({ metric, labels }) => JSON.stringify([metric, labels]))).size, samples.length);
  for (const { metric, labels } of samples) {
    t.strictSame(Object.keys(labels).sort(), [...metrics[metric].labels].sort(), metrics[metric].name);
  }
});

t.test('nothing from the network breaks out of a label', async (t) => {
  const text = prometheusSink(everything);
  t.match(text, /place="x\\"\\n\\\\\} 1/, 'what the site file says is escaped');
  t.notMatch(text, /issuer|software|Issuing/);
  for (const line of text.trimEnd().split('\n'))
    t.match(line, /^(# (HELP|TYPE) edgeprobe_|edgeprobe_\w+(\{.*\})? \S+$)/);
  t.notMatch(text, /filtered: |nothing was heard/, 'no error text');
});

t.test('our own writer says what prom-client says', async (t) => {
  const samples = samplesOf(everything, null);
  const own = gaugeText(samples);
  const { body } = await createMetricRegistry().scrape(samples, false);
  const lines = (text: string): string[] =>
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .sort();
  t.strictSame(lines(own), lines(body), 'and nothing that is not among the samples');
  const named = new Set(samples.map(({ metric }) => metrics[metric].name as string));
  const heads = (text: string): string[] =>
    text.split('\n').filter((line) => line.startsWith('#') && named.has(line.split(' ')[2] ?? ''));
  t.strictSame(heads(own), heads(body), 'HELP and TYPE, too');
});

t.test('the catalogue keeps to the conventions', async (t) => {
  const all = Object.values(metrics);
  t.equal(new Set(all.map(({ name }) => name)).size, all.length);
  for (const { name, type, help, labels } of all) {
    t.match(name, /^(edgeprobe|process)_[a-z_]+$/);
    t.equal(name.endsWith('_total'), type === 'counter', `${name}: counters end in _total`);
    t.match(help, /^[^\n]{10,}\.$/, `${name}: a help text that is a sentence`);
    t.notOk(labels.some((label) => ['le', 'type', 'host', 'instance', 'job'].includes(label)));
    if (/^(process_|edgeprobe_(build|config)_)/.test(name))
      t.notOk(
        labels.some((label) => label === 'site'),
        name,
      );
  }
});

t.test('docs/metrics.md is what the catalogue says', async (t) => {
  const written = readFileSync(`${repository}/docs/metrics.md`, 'utf8');
  t.equal(written, metricDocs(), 'node tools/metrics-doc.mjs writes it anew');
});
