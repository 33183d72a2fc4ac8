import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createMetricRegistry } from '../../agent/metric-registry.ts';
import { samplesOf } from '../../agent/metric-samples.ts';
import { gatewayTarget } from '../../agent/push-gateway.ts';
import { systemResolver } from '../../agent/resolve.ts';
import { openFence } from '../../probes/fence.ts';
import { needing } from '../require.ts';
import { judged, row, seen } from './fixtures.ts';
import { fetchFrom } from './serving.ts';

const route = { resolver: systemResolver, fence: openFence };

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
};

t.test('the real Pushgateway takes it, and replaces what was there', needing('prometheus-pushgateway'), async (t) => {
  const port = await freePort();
  const gateway = spawn('prometheus-pushgateway', [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  t.teardown(() => gateway.kill('SIGKILL'));
  for (let tries = 0; tries < 200 && (await fetchFrom(port, '/-/ready')).status !== 200; tries++) await sleep(50);

  const registry = createMetricRegistry();
  const push = async (rule: string): Promise<void> => {
    const { report } = judged([{ rule: row(rule), at: { edge1: seen('answered') } }], { place: 'node-1' });
    const grouping = { site: report.site, vantage: report.vantage, place: report.place };
    const refresh = () => registry.scrape(samplesOf(report, null), false);
    await gatewayTarget(new URL(`http://127.0.0.1:${port}`), grouping, registry.registry, refresh, route).push();
  };
  await push('external-sip-tcp-443-in');
  const first = (await fetchFrom(port, '/metrics')).body;
  t.match(
    first.split('\n').find((line) => /^edgeprobe_rule_verdict\{.*verdict="pass"\} 1$/.test(line)),
    /job="edgeprobe".*place="node-1".*rule="external-sip-tcp-443-in".*site="contoso"/,
  );
  await push('external-sip-tcp-5061-in');
  const second = (await fetchFrom(port, '/metrics')).body;
  t.match(second, /rule="external-sip-tcp-5061-in"/);
  t.notMatch(second, /rule="external-sip-tcp-443-in"/, 'what is gone is gone');
});
