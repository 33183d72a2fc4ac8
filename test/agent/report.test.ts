import t from 'tap';
import { exitCodeOf } from '../../agent/exit-code.ts';
import { control, judged, row, seen, siteText, startedAt, sweepFacts } from './fixtures.ts';

const sipIn = { rule: row('external-sip-tcp-443-in'), at: { edge1: seen('answered'), edge2: seen('answered') } };

t.test('the document that other people read', async (t) => {
  const failure = { step: 'connect', code: 'connection-refused', message: 'refused' };
  const { report } = judged(
    [
      {
        ...sipIn,
        at: { edge1: seen('answered', { facts: { protocol: 'TLSv1.2' } }), edge2: seen('closed', { failure }) },
      },
      { rule: row('xmpp-xmpp-tcp-5269-in'), skip: { because: 'not-required', explain: 'why' } },
    ],
    { controls: [control('port', '131.107.155.10', 'filtered')], place: 'dc-1' },
  );
  t.strictSame(Object.keys(report), [
    ...['schema', 'site', 'siteDigest', 'vantage', 'place', 'run', 'tool', 'startedAt', 'finishedAt', 'summary'],
    ...['controls', 'findings', 'rules'],
  ]);
  t.match(report, {
    schema: 'edgeprobe/report/v1',
    site: 'contoso',
    siteDigest: /^[0-9a-f]{8}$/,
    vantage: 'outside',
    place: 'dc-1',
    run: { id: 'r1', host: 'jump-ext-01', platform: 'linux', note: null, interrupted: false },
    tool: { name: 'edgeprobe', version: '0.1.0' },
    startedAt: startedAt.toISOString(),
    finishedAt: '2026-11-20T20:05:03.207Z',
    summary: { pass: 0, fail: 1, unknown: 0, skipped: 1 },
    controls: [{ kind: 'port', address: '131.107.155.10', port: 49151, outcome: 'filtered', asExpected: true }],
  });
  const [asked, skipped] = report.rules;
  t.match(asked, {
    pack: 'lync2013-edge-public',
    rule: 'external-sip-tcp-443-in',
    table: 'external',
    protocol: 'SIP',
    security: 'tls',
    transport: 'tcp',
    ports: '443',
    from: 'any',
    to: 'access-edge',
    expect: 'reachable',
    verdict: 'fail',
    because: 'refused',
    path: 'refused',
    waiver: null,
  });
  t.match(asked?.checks[1], {
    probe: 'tls',
    startedAt: startedAt.toISOString(),
    source: { address: '198.51.100.7', port: 51234 },
    target: { role: 'access-edge', name: 'edge2', host: null, address: '131.107.155.11', port: 443 },
    outcome: 'closed',
    evidence: 'service',
    path: 'refused',
    verdict: 'fail',
    because: 'refused',
    durationSeconds: 0.012,
    steps: [],
    facts: {},
    failure,
  });
  t.notOk(asked?.checks[0] && 'ports' in asked.checks[0].target, 'one port is no range');
  t.match(skipped, { verdict: 'skipped', because: 'not-required', path: 'unknown', checks: [] });
  t.ok(
    report.rules.every(({ explain }) => explain !== ''),
    'every verdict has a sentence',
  );
  t.strictSame(JSON.parse(JSON.stringify(report)), report, 'it survives JSON unchanged');
});

t.test('a sweep has ports in the place of a port', async (t) => {
  const observation = seen('open', { probe: 'tcp', facts: sweepFacts([[50000, 59999, 'open']]) });
  const { report } = judged([{ rule: row('external-rtp-tcp-50000-59999-in'), at: { edge1: observation } }]);
  t.match(report.rules[0]?.checks[0]?.target, { port: null, ports: '50000-59999', name: 'edge1' });
});

t.test('a name that gave no address', async (t) => {
  const unresolved = { kind: 'unresolved', code: 'no-such-name', message: 'gone' } as const;
  const check = { address: null, host: 'sip.contoso.com', unresolved };
  const { report } = judged([{ ...sipIn, at: { edge1: seen('answered') }, check }]);
  t.match(report.rules[0]?.checks[0], {
    outcome: 'unresolved',
    because: 'dns',
    target: { host: 'sip.contoso.com', address: null },
  });
});

t.test('waivers: shown, not counted, until their day is over', async (t) => {
  const waived = (entry: string, outcome: 'closed' | 'answered' | 'unasked' = 'closed') => {
    const site = `${siteText}waivers: [{ reason: agreed, ${entry} }]\n`;
    const { report } = judged([{ ...sipIn, at: { edge1: seen(outcome) } }], { site });
    return { waiver: report.rules[0]?.waiver ?? null, code: exitCodeOf(report), verdict: report.rules[0]?.verdict };
  };
  const id = 'rule: external-sip-tcp-443-in';
  t.strictSame(waived(`${id}, verdict: fail, ticket: CHG1, until: 2026-12-31`), {
    waiver: { reason: 'agreed', ticket: 'CHG1', until: '2026-12-31' },
    code: 0,
    verdict: 'fail',
  });
  t.match(waived('rule: "external-*", verdict: fail, until: 2026-12-31').waiver, { ticket: null }, 'a glob');
  t.match(waived('rule: "lync2013-edge-public/*", verdict: fail, until: 2026-12-31').waiver, { ticket: null });
  t.match(
    waived(`${id}, verdict: fail, until: 2026-11-20`),
    { waiver: { until: '2026-11-20' }, code: 0 },
    'its last day counts',
  );
  t.match(waived(`${id}, verdict: fail, until: 2026-11-19`), { waiver: null, code: 1 }, 'over');
  t.match(waived(`${id}, verdict: unknown, until: 2026-12-31`), { waiver: null, code: 1 }, 'for another verdict');
  t.match(waived(`${id}, verdict: unknown, until: 2026-12-31`, 'unasked'), { waiver: { ticket: null }, code: 0 });
  t.match(waived('rule: internal-*, verdict: fail, until: 2026-12-31'), { waiver: null, code: 1 }, 'for another rule');
  t.match(waived(`${id}, verdict: fail, until: 2026-12-31`, 'answered'), { waiver: null, code: 0 }, 'nothing to waive');
});

t.test('an interrupted run says so', async (t) => {
  t.equal(judged([sipIn], { interrupted: true }).report.run.interrupted, true);
});
