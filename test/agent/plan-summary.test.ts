import t from 'tap';
import { type PlanSummary, summarisePlan } from '../../agent/plan-summary.ts';
import { type Resolver, resolvePlan } from '../../agent/resolve.ts';
import { probes } from '../../probes/index.ts';
import type { Cost } from '../../probes/probe.ts';
import { planOf, siteWith } from './two-nodes.ts';

const asNames: Resolver = async (host) => ({ kind: 'addresses', addresses: [host] });

const summaryOf = async (given: Parameters<typeof planOf>[0]): Promise<PlanSummary> => {
  const plan = planOf(given);
  return summarisePlan(plan, await resolvePlan(plan, asNames, new Set([4, 6])));
};

const costOf = (name: string, port: number, lastPort = port): Cost => {
  const probe = probes.find((one) => one.name === name);
  if (probe === undefined) throw new Error(`no probe ${name}`);
  return probe.cost(
    {
      probe: name,
      transport: name === 'stun' && port === 3478 ? 'udp' : 'tcp',
      target: { address: '192.0.2.1', port, lastPort },
      source: { address: null, port: null },
      deadlineSeconds: 8,
      options: {},
    },
    500,
  );
};

t.test('every distinct question once, with the rows that ask it; sweeps last', async (t) => {
  const summary = await summaryOf({
    packs: ['lync2013-edge-public', 'lync2013-federation'],
    only: ({ id }) =>
      /^(external-rtp-tcp.*|external-sip-tcp-443|external-stun-udp-3478|public-im-sip-tcp-443)-in$/.test(id),
  });
  t.strictSame(
    summary.questions.map(({ flow, to, role, name, from, sweep, rules }) => [
      flow,
      to,
      `${role} ${name}`,
      from,
      sweep,
      rules.join(' '),
    ]),
    [
      [
        'SIP tls tcp/443',
        '131.107.155.10:443',
        'access-edge edge1',
        null,
        false,
        'external-sip-tcp-443-in public-im-sip-tcp-443-in public-im-sip-tcp-443-in',
      ],
      [
        'SIP tls tcp/443',
        '131.107.155.11:443',
        'access-edge edge2',
        null,
        false,
        'external-sip-tcp-443-in public-im-sip-tcp-443-in public-im-sip-tcp-443-in',
      ],
      ['STUN/MSTURN udp/3478', '131.107.155.30:3478', 'av-edge edge1', null, false, 'external-stun-udp-3478-in'],
      ['STUN/MSTURN udp/3478', '131.107.155.31:3478', 'av-edge edge2', null, false, 'external-stun-udp-3478-in'],
      [
        'RTP tcp/50000-59999',
        '131.107.155.30:50000-59999',
        'av-edge edge1',
        null,
        true,
        'external-rtp-tcp-50000-59999-in',
      ],
      [
        'RTP tcp/50000-59999',
        '131.107.155.31:50000-59999',
        'av-edge edge2',
        null,
        true,
        'external-rtp-tcp-50000-59999-in',
      ],
    ],
  );
  t.match(summary, { site: 'contoso', vantage: 'outside', place: 'outside', rate: 500, skipped: [] });
});

t.test('the sums', async (t) => {
  const only = ({ id }: { id: string }): boolean => /^external-(rtp-tcp-50000-59999|stun-udp-3478)-in$/.test(id);
  const site = siteWith('vantages: { outside: { control: ["tcp://203.0.113.53:53"] } }\n');
  const { total, controls } = await summaryOf({ site, only });
  t.strictSame(controls, ['tcp://203.0.113.53:53', 'tcp://131.107.155.30:49151', 'tcp://131.107.155.31:49151']);
  const stun = costOf('stun', 3478);
  const port = costOf('tcp', 49151);
  const sweep = costOf('tcp', 50000, 59999);
  const points = { least: 2 * stun.least + 3 * port.least, most: 2 * stun.most + 3 * port.most };
  t.equal(
    total.least,
    points.least + 2 * sweep.least + 2 * Math.min(stun.least, port.least),
    'and one row again at each address',
  );
  t.equal(total.most, points.most + 2 * sweep.most, 'if nothing answers, nothing passed');
  t.equal(total.secondsMost, 8 + 2 * sweep.secondsMost, 'single ports side by side, sweeps one after the other');
  t.equal(total.states, sweep.states);
});

t.test('four questions at a time to one address, and a limit in all', async (t) => {
  const site = siteWith('expect: [{ to: access-edge, ports: "1,2,3,4,5,6,7,8,9", expect: blocked }]\n');
  const one = await summaryOf({ site, only: ({ pack }) => pack === 'site' });
  t.equal(one.questions.length, 18);
  t.equal(one.total.secondsMost, 3 * 8, 'ten to each address: 4, 4, 2');
  const narrow = siteWith('expect: [{ to: access-edge, ports: "1,2", expect: blocked }]\nsweep: { concurrency: 1 }\n');
  t.equal((await summaryOf({ site: narrow, only: ({ pack }) => pack === 'site' })).total.secondsMost, 6 * 8);
  const nothing = await summaryOf({ only: () => false });
  t.strictSame(nothing.total, { least: 0, most: 0, states: 0, secondsLeast: 0, secondsMost: 0 });
});

t.test('what is not asked, and why', async (t) => {
  const { skipped, questions } = await summaryOf({ vantage: 'dmz', owned: new Set() });
  t.equal(questions.length, 0);
  t.ok(
    skipped.every(
      ({ because, explain }) => (because === 'no-source-address' || because === 'no-probe-yet') && explain !== '',
    ),
  );
  t.ok(skipped.some(({ rule }) => rule === 'federation-sip-tcp-5061-out'));
});
