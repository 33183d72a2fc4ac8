import { spawn } from 'node:child_process';
import t from 'tap';
import { createMetricRegistry } from '../../agent/metric-registry.ts';
import { samplesOf } from '../../agent/metric-samples.ts';
import { gatewayTarget } from '../../agent/push-gateway.ts';
import { systemResolver } from '../../agent/resolve.ts';
import { openFence } from '../../probes/fence.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { needing } from '../require.ts';
import { until } from '../until.ts';
import { judged, row, seen } from './fixtures.ts';
import { fetchFrom } from './serving.ts';

const route = { resolver: systemResolver, fence: openFence };

t.test('the real Pushgateway takes it, and replaces what was there', needing('prometheus-pushgateway'), async (t) => {
  const port = await freePort();
  const gateway = spawn('prometheus-pushgateway', [`--web.listen-address=${ownLoopback}:${port}`], { stdio: 'ignore' });
  t.teardown(() => gateway.kill('SIGKILL'));
  await until(
    t,
    'the gateway is ready',
    async () => (await fetchFrom(port, '/-/ready', { host: ownLoopback })).status === 200,
  );

  const registry = createMetricRegistry();
  const push = async (rule: string, place = 'node-1'): Promise<void> => {
    const { report } = judged([{ rule: row(rule), at: { edge1: seen('answered') } }], { place });
    const grouping = { site: report.site, vantage: report.vantage, place: report.place };
    const refresh = () => registry.scrape(samplesOf(report, null), false);
    await gatewayTarget(new URL(`http://${ownLoopback}:${port}`), grouping, registry.registry, refresh, route).push();
  };
  await push('external-sip-tcp-443-in');
  const first = (await fetchFrom(port, '/metrics', { host: ownLoopback })).body;
  t.match(
    first.split('\n').find((line) => /^edgeprobe_rule_verdict\{.*verdict="pass"\} 1$/.test(line)),
    /job="edgeprobe".*place="node-1".*rule="external-sip-tcp-443-in".*site="contoso"/,
  );
  await push('external-sip-tcp-5061-in');
  const second = (await fetchFrom(port, '/metrics', { host: ownLoopback })).body;
  t.match(second, /rule="external-sip-tcp-5061-in"/);
  t.notMatch(second, /rule="external-sip-tcp-443-in"/, 'what is gone is gone');
  await push('external-sip-tcp-443-in', '10.45.16.0/24 ü');
  const third = (await fetchFrom(port, '/metrics', { host: ownLoopback })).body;
  t.match(third, /place="10\.45\.16\.0\/24 ü".*rule="external-sip-tcp-443-in"/, 'a place may be a subnet');
  t.match(third, /place="node-1"/, 'in a group of its own');
});
