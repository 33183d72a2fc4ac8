import t from 'tap';
import { explainCheck } from '../../agent/explain.ts';
import type { JudgedCheck } from '../../agent/judge.ts';
import type { Vantage } from '../../agent/site-roles.ts';
import { becauses } from '../../agent/verdict.ts';
import { judged, type RowSeen, row, seen, silent } from './fixtures.ts';

const advised = (one: RowSeen, vantage: Vantage = 'outside', others: RowSeen[] = []): string | null => {
  const run = judged([one, ...others], { vantage });
  return explainCheck(run.first, run.rules).advice;
};

t.test('the firewall of the segment is named, and what it is to allow', async (t) => {
  const lost = silent({ source: { address: '10.45.16.10', port: 51234 } });
  const cases: [string, Vantage, string, RegExp][] = [
    [
      'external-sip-tcp-5061-in',
      'outside',
      'edge1',
      /^external firewall: allow tcp any → 131\.107\.155\.10:5061\. .*the dmz tells/,
    ],
    [
      'internal-sip-tcp-5061-in',
      'inside',
      'edge1',
      /^internal firewall: allow tcp any → 172\.25\.33\.10:5061\. .*the host firewall on edge1/,
    ],
    [
      'internal-sip-tcp-5061-out',
      'dmz',
      'fe1',
      /^internal firewall: allow tcp 10\.45\.16\.10 → 10\.1\.0\.20:5061\. .*its own subnet/,
    ],
    [
      'external-sip-tcp-5061-out',
      'dmz',
      'litware',
      /^external firewall, outbound: allow tcp 10\.45\.16\.10 → 198\.51\.100\.80:5061\. If it is there already: ask litware/,
    ],
  ];
  for (const [id, vantage, name, pattern] of cases) {
    t.match(advised({ rule: row(id), at: { [name]: lost } }, vantage), pattern, id);
  }
});

t.test('every reason has advice or needs none', async (t) => {
  const run = judged([{ rule: row('external-xmpp-tcp-5269-in'), at: { edge1: silent() } }]);
  const nothingToDo = new Set(['answered', 'open', 'closed', 'filtered']);
  const skips = ['no-endpoint', 'no-probe-yet', 'not-required', 'absent', 'no-source-address', 'no-such-family'];
  for (const expect of ['reachable', 'blocked'] as const) {
    for (const because of becauses) {
      const check: JudgedCheck = { ...run.first, expect, judgement: { verdict: 'fail', because, path: 'unknown' } };
      const { advice } = explainCheck(check, run.rules);
      if (skips.includes(because)) t.equal(advice, null, because);
      else if (!nothingToDo.has(because)) t.match(advice ?? '', /\w.*[.?]$/, `${expect} ${because}`);
      t.notMatch(advice ?? '', /undefined|null|NaN/, because);
      const passed: JudgedCheck = { ...check, judgement: { verdict: 'pass', because, path: 'open' } };
      t.equal(explainCheck(passed, run.rules).advice, null, `${because}: nothing to do about a pass`);
    }
  }
});

t.test('no firewall is asked to do what the whole address, the service or this host needs', async (t) => {
  const sip = row('external-sip-tcp-5061-in');
  const dark: RowSeen = { rule: row('external-sip-tcp-443-in'), at: { edge1: silent() } };
  t.match(advised({ rule: sip, at: { edge1: silent() } }, 'outside', [dark]), /^Check that edge1 is up, its address/);
  t.match(
    advised({ rule: sip, at: { edge1: seen('closed') } }),
    /^See whether the service on edge1 listens on tcp\/5061/,
  );
  const noRoute = seen('unasked', { code: 'no-route', message: 'no route' });
  t.match(advised({ rule: sip, at: { edge1: noRoute } }), /^Give this host a route/);
  const far = { rule: row('external-sip-tcp-5061-out'), at: { litware: seen('closed') } };
  t.match(advised(far, 'dmz'), /^Ask litware whether it listens/);
});

t.test(
  'a range where nobody answers over UDP: a responder, because a few open ports would not be among those asked',
  async (t) => {
    const idle = (id: string): string | null => advised({ rule: row(id), at: { edge1: silent() } });
    t.match(
      idle('external-rtp-udp-50000-59999-in'),
      /^Let a responder listen on these ports of edge1, .*responder: true/,
    );
    t.match(idle('external-rtp-tcp-50000-59999-in'), /^Let something listen on a few of these ports on edge1 /);
  },
);

t.test('what an agent has not come to yet wants nothing repaired', async (t) => {
  const waiting = seen('unasked', { failure: { step: 'start', code: 'not-asked', message: 'not yet' } });
  t.match(advised({ rule: row('external-sip-tcp-5061-in'), at: { edge1: waiting } }), /^Nothing so far/);
});

t.test('a responder that may have turned us away is looked at before a firewall is blamed', async (t) => {
  const run = judged([{ rule: row('external-sip-tcp-5061-in'), at: { edge1: silent() } }]);
  const { check } = run.first;
  const at = (responder: boolean, more: Partial<JudgedCheck> = {}): string | null =>
    explainCheck({ ...run.first, check: { ...check, target: { ...check.target, responder } }, ...more }, run.rules)
      .advice;
  t.match(
    at(true),
    /^external firewall: .* But if the responder on edge1 says that it refused this host: .*--allow\.$/,
  );
  t.notMatch(at(false), /--allow/);
  const far = { host: 'edge-1', arrived: 'no', listening: true, from: [] } as unknown as NonNullable<
    JudgedCheck['far']
  >;
  t.notMatch(at(true, { far }), /But if/, 'its record says what it did');
});
