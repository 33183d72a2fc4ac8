import t from 'tap';
import { demoNames, demoSite, type StandInPorts } from '../../agent/demo-site.ts';
import { readPack } from '../../agent/packs.ts';
import { makePlan, type Plan } from '../../agent/plan.ts';
import { vantages } from '../../agent/site-roles.ts';
import { startStandIn } from '../../agent/stand-in.ts';
import { generateCertificate } from '../../probes/certificate.ts';
import { probeNamed } from '../../probes/index.ts';
import type { Observation } from '../../probes/observation.ts';
import { askingWith } from '../probes/tls-peers.ts';

const now = new Date();
const { rules } = readPack('lync2013-edge-public', '.');
const owned = new Set(['127.0.0.1']);

const plansOf = (ports: StandInPorts): Plan[] => {
  const site = demoSite(ports, now);
  return vantages.map((vantage) => makePlan({ site, vantage, place: vantage, rules, owned }));
};

/** Asks a rule of the demo with its own probe. */
const askRule = (plans: readonly Plan[], id: string): Promise<Observation> => {
  const found = plans.flatMap((plan) => plan.rules).find(({ rule }) => rule.id === id);
  const [ask] = found?.asks ?? [];
  if (found === undefined || ask === undefined) throw new Error(`nothing to ask for ${id}`);
  const { from, to } = ask.target.ports;
  return probeNamed(ask.probe).run(
    {
      probe: ask.probe,
      transport: found.rule.transport,
      target: { address: '127.0.0.1', port: from, lastPort: to },
      source: { address: '127.0.0.1', port: null },
      deadlineSeconds: 3,
      options: ask.options,
    },
    askingWith(),
  );
};

t.test('DNS over UDP and TCP share one port of one host, and are withdrawn one by one', async (t) => {
  const tls = await generateCertificate({ names: demoNames, days: 1, now });
  const standIn = await startStandIn(plansOf(new Map()), tls, askingWith());
  t.teardown(() => standIn.close());
  const plans = plansOf(standIn.ports);
  const [udp, tcp] = ['external-dns-udp-53-out', 'external-dns-tcp-53-out'] as const;
  t.type(standIn.ports.get('litware')?.['53'], 'number');
  for (const id of [udp, tcp, 'external-http-tcp-80-out', 'internal-https-tcp-4443-in']) {
    t.match(await askRule(plans, id), { outcome: 'answered', failure: null }, id);
  }
  t.match((await askRule(plans, udp)).facts, { rcode: 'NOERROR', answers: [] });
  t.match((await askRule(plans, 'internal-https-tcp-4443-in')).facts, { status: 200, tls: { protocol: 'TLSv1.3' } });

  t.equal(await standIn.withdraw(udp), true);
  t.equal((await askRule(plans, udp)).outcome, 'closed');
  t.equal((await askRule(plans, tcp)).outcome, 'answered', 'the other stays');
  t.equal(await standIn.withdraw('no-such-rule'), false);
});
