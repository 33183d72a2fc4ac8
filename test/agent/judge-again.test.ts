import t from 'tap';
import { judgeAgain, openRecords } from '../../agent/judge-again.ts';
import { parseReport } from '../../agent/report-file.ts';
import type { FarRecord } from '../../agent/respond-record.ts';
import { again, everything, heard, instant, outside, record, sent, witnessed } from './far-record.ts';
import { control, judged, type RowSeen, row, seen, sweepFacts } from './fixtures.ts';

const stun = row('external-stun-udp-3478-in');
const sip = row('external-sip-tcp-5061-in');
const silentStun = { rule: stun, at: { edge1: sent('filtered', [1, 2, 3]) } };

type Halves = NonNullable<FarRecord['halfOpen']>['seen'];
const half = (seen: Halves = []): FarRecord['halfOpen'] => ({ everySeconds: 2, seen, truncated: 0 });

t.test('silence: the request arrived, or it did not, are two sentences', async (t) => {
  const arrived = again([silentStun], record({ heard: [witnessed(), heard(1), heard(2, { times: 2 })] })).report
    .rules[0];
  t.match(arrived, { verdict: 'fail', because: 'filtered', path: 'lost' });
  t.match(arrived?.checks[0], {
    evidence: 'proven',
    far: { host: 'edge-1', as: 'edge', listening: true, arrived: 'yes', witness: 'request', requests: 3 },
    explain: /the responder on edge-1 heard 3 requests of it from 198\.51\.100\.7 at 20:04:11\.211Z by its clock/,
    advice: /^Follow the answer: the route and the gateway of edge-1 back to 198\.51\.100\.7/,
  });
  t.match(arrived?.explain, /the request arrives and the answer is lost on the way back/);
  const lost = again([silentStun], record({ heard: [witnessed()] })).report.rules[0];
  t.match(lost, { verdict: 'fail', because: 'filtered', path: 'lost', checks: [{ far: { arrived: 'no' } }] });
  t.match(lost?.explain, /listened there all the time and heard nothing of it: the request is lost between here/);
  t.notMatch(lost?.explain, /lost on the way back/);
  t.match(lost?.checks[0]?.advice, /^external firewall: allow udp any/);
});

t.test('a record of another day proves nothing, and neither does one that is not whole', async (t) => {
  const stranger = again([silentStun], record({ heard: [heard(4711)] }));
  t.equal(stranger.report, stranger.before, 'nothing changes');
  t.match(stranger.strangers, [{ file: 'far.json' }]);
  const unsure = (more: Partial<FarRecord>) => again([silentStun], record({ heard: [witnessed()], ...more }));
  for (const [name, more] of [
    ['requests were left out', { heardTruncated: 1 }],
    ['it began later', { startedAt: instant(1) }],
    ['it ended earlier', { finishedAt: instant(3) }],
    ['it did not listen there', { listening: everything.filter(({ transport }) => transport === 'tcp') }],
  ] as const) {
    const { report } = unsure(more);
    t.notMatch(report.rules[0]?.explain, /heard nothing/, name);
    t.not(report.rules[0]?.checks[0]?.far?.arrived, 'no', name);
  }
});

t.test('clocks are not trusted: hours apart, the same conclusion', async (t) => {
  for (const ahead of [-7200, 0, 86_400]) {
    const at = instant(0.004, ahead);
    const { report } = again([silentStun], record({ heard: [witnessed({ at })] }, ahead));
    t.match(report.rules[0]?.checks[0]?.far, { listening: true, arrived: 'no' }, `${ahead} s`);
    const late = record({ heard: [witnessed({ at })], startedAt: instant(1, ahead) }, ahead);
    t.match(again([silentStun], late).report.rules[0]?.checks[0]?.far, { listening: false, arrived: 'unknown' });
  }
});

t.test('TCP: a half-open connection is the witness of a SYN', async (t) => {
  const silent = sent('filtered', [], {
    probe: 'sip',
    attempts: [51_240, 51_241].map((sourcePort, index) => ({
      ...{ at: instant(index), sourcePort, outcome: 'filtered' as const, seconds: 4, requests: 0 },
    })),
  });
  const asked = (halfOpen: FarRecord['halfOpen'], heardToo = [witnessed()]) =>
    again([{ rule: sip, at: { edge1: silent } }], record({ heard: heardToo, halfOpen })).report.rules[0];
  const one = (port: number | null, more: Partial<Halves[number]> = {}): Halves[number] => ({
    ...{ firstAt: instant(1), lastAt: instant(3) },
    from: { address: '198.51.100.7', port },
    to: { address: '131.107.155.10', ports: '5061' },
    ...more,
  });
  const arrived = asked(half([one(51_241)]));
  t.match(arrived, {
    verdict: 'fail',
    because: 'filtered',
    checks: [{ far: { arrived: 'yes', witness: 'half-open' } }],
  });
  t.match(arrived?.explain, /half-open: the SYN arrived, and its answer was never acknowledged/);
  const none = asked(half());
  t.match(none, { verdict: 'fail', checks: [{ far: { arrived: 'no' } }] });
  t.match(none?.explain, /heard nothing of it, not even a SYN/);
  const arrivals = (halfOpen: FarRecord['halfOpen'], heardToo = [witnessed()]) =>
    asked(halfOpen, heardToo)?.checks[0]?.far?.arrived;
  t.equal(arrivals(null), 'unknown', 'nobody could look');
  t.equal(arrivals({ everySeconds: 2, seen: [], truncated: 1 }), 'unknown', 'there was more than could be kept');
  t.equal(arrivals({ everySeconds: 7, seen: [], truncated: 0 }), 'unknown', 'it looked too seldom');
  t.equal(arrivals(half([one(7)])), 'no', 'another connection of ours, of another question');
  const translated = [witnessed({ from: { address: '203.0.113.9', port: 1 } })];
  t.equal(arrivals(half([one(7, { from: { address: '203.0.113.9', port: 7 } })]), translated), 'yes', 'translated');
  t.equal(
    arrivals(half([one(7, { from: { address: '192.0.2.66', port: 7 } })])),
    'unknown',
    "somebody's, perhaps ours",
  );
  t.equal(arrivals(half([one(51_241, { firstAt: instant(-50) })])), 'no', 'before we asked');
  t.equal(arrivals(half([one(51_241, { to: { address: '131.107.155.10', ports: '443' } })])), 'no', 'another port');
});

t.test('a connection that arrives, and what is said on it does not', async (t) => {
  const mute = sent('open', [7], { probe: 'tls', code: 'tls-silent', message: 'silence' } as object);
  const rows = [
    { rule: sip, at: { edge1: { ...mute, failure: { step: 'tls', code: 'tls-silent', message: 'silence' } } } },
  ];
  const taken = heard(null, { transport: 'tcp', to: { address: '131.107.155.10', port: 5061 }, at: instant(4) });
  const of = (heardToo: readonly ReturnType<typeof heard>[]) =>
    again(rows, record({ heard: heardToo })).report.rules[0];
  t.match(of([witnessed(), taken]), { because: 'tls-swallowed', checks: [{ far: { arrived: 'connection' } }] });
  t.match(of([witnessed(), taken])?.explain, /took the connection and heard no whole word/);
  const hello = { transport: 'tcp', protocol: 'tls', to: { address: '131.107.155.10', port: 5061 } } as const;
  t.match(of([witnessed(), heard(7, hello)])?.explain, /what answers it is swallowed on the way back/);
  t.match(of([witnessed()]), { verdict: 'fail', checks: [{ far: { arrived: 'no' } }] });
});

t.test('a connection that was turned away before it could say who it is', async (t) => {
  const failure = { step: 'tls', code: 'tls-reset', message: 'reset' };
  const cut: RowSeen = { rule: sip, at: { edge1: sent('open', [7], { probe: 'tls', failure }) } };
  const away = (port: number, more: object = {}): ReturnType<typeof heard> =>
    heard(null, { transport: 'tcp', to: { address: '131.107.155.10', port }, served: false, ...more });
  const of = (rows: readonly RowSeen[], heardToo: readonly ReturnType<typeof heard>[]) =>
    again(rows, record({ heard: heardToo })).report.rules[0];
  const unread = of([cut], [witnessed(), away(5061)]);
  t.match(unread, { verdict: 'unknown', because: 'service-mute', checks: [{ far: { arrived: 'refused' } }] });
  t.match(unread?.checks[0]?.advice, /--allow 198\.51\.100\.7\/32/);
  const words = { protocol: 'xmpp', from: { address: outside, port: 61_000 } } as const;
  t.match(of([cut], [witnessed(), away(5061, words)]), { verdict: 'unknown' }, 'by its address');
  const stranger = { from: { address: '203.0.113.99', port: 51_234 } };
  t.match(of([cut], [witnessed(), away(5061, stranger)]), { verdict: 'fail' }, 'somebody else');

  // A stream without a nonce has nothing to be known by.
  const stream = sent('open', [7], { probe: 'xmpp', failure: { ...failure, step: 'xmpp', code: 'xmpp-reset' } });
  const nameless = { ...stream, attempts: stream.attempts.map((one) => ({ ...one, sent: [] })) };
  const row5061 = [{ rule: sip, at: { edge1: nameless } }];
  t.match(of(row5061, [witnessed(), away(5061, words)]), { verdict: 'unknown', because: 'service-mute' });
  t.match(of(row5061, [witnessed()]), { verdict: 'fail', because: 'intercepted' }, 'nobody was turned away');
});

t.test('it arrived, and was not served: that says nothing of the way back', async (t) => {
  const translated = { served: false, from: { address: '10.45.16.1', port: 1024 } };
  const { report } = again([silentStun], record({ heard: [witnessed(), heard(1, translated)] }));
  t.match(report.rules[0], { verdict: 'unknown', because: 'service-mute' });
  t.match(report.rules[0]?.explain, /heard it from 10\.45\.16\.1 and answered not a byte/);
  t.match(report.rules[0]?.checks[0]?.advice, /--allow 10\.45\.16\.1\/32/);
  t.strictSame(report.summary, { pass: 1, fail: 0, unknown: 1, skipped: 0 });
});

t.test('what must be blocked: believed with proof, and not where one way is open', async (t) => {
  const blocked = (outcome: 'closed' | 'filtered', heardToo: readonly ReturnType<typeof heard>[]) =>
    again(
      [{ rule: stun, expect: 'blocked', at: { edge1: sent(outcome, [1, 2]) } }],
      record({ heard: [witnessed(), ...heardToo] }),
      { controls: [control('port', '131.107.155.30', 'filtered')] },
    ).report.rules[0];
  t.match(blocked('closed', []), { verdict: 'pass', because: 'closed', path: 'refused' });
  t.match(blocked('filtered', []), { verdict: 'pass', because: 'filtered', checks: [{ evidence: 'proven' }] });
  t.match(blocked('filtered', [])?.explain, /blocked as expected, and proven: the request never arrived/);
  t.match(blocked('filtered', [heard(1)]), { verdict: 'fail', because: 'exposed' });
  t.match(blocked('filtered', [heard(1)])?.explain, /the request gets through; only its answer is lost/);
  t.match(blocked('closed', [heard(1)]), { verdict: 'fail', because: 'path-open' });
});

t.test('a range that idles is judged once the record says that something listened', async (t) => {
  const token = 'a1b2c3d4e5f6';
  const range = row('external-rtp-udp-50000-59999-in');
  const runs = [
    [50_000, 50_009, 'filtered'],
    [50_010, 50_019, 'closed'],
  ] as const;
  const swept = seen('closed', {
    ...{ probe: 'udp', attempts: [], durationSeconds: 2 },
    facts: sweepFacts(runs, { transactionPrefix: token, of: 10_000 }),
  });
  const line = (ports: string): FarRecord['heardRanges'][number] => ({
    ...{ firstAt: instant(0.01), lastAt: instant(1), transport: 'udp', ports, prefix: token, times: 10, served: true },
    from: { address: '198.51.100.7' },
    to: { address: '131.107.155.30' },
  });
  const of = (lines: FarRecord['heardRanges']) => {
    const all = again([{ rule: range, at: { edge1: swept } }], record({ heard: [witnessed()], heardRanges: lines }));
    return { rule: all.report.rules[0], before: all.before.rules[0] };
  };
  t.match(of([]).before, { verdict: 'unknown' }, 'alone, nobody is known to be there');
  t.match(of([]).rule, { verdict: 'fail', because: 'range-partial', checks: [{ evidence: 'proven' }] });
  t.match(of([]).rule?.checks[0]?.far, {
    arrived: 'no',
    groups: { filtered: { arrived: 0, of: 10 }, closed: { arrived: 0, of: 10 } },
  });
  const some = of([line('50000-50003')]).rule;
  t.match(some?.checks[0]?.far, { arrived: 'yes', groups: { filtered: { arrived: 4, of: 10 } } });
  t.match(some?.explain, /heard from 198\.51\.100\.7 4 of the 20 ports that gave us no answer/);
  t.match(some?.explain, /of those that arrive the answer is lost on the way back/);
  t.match(
    of([{ ...line('50000-50019'), prefix: 'ffffffffffff' }]).rule?.checks[0]?.far,
    { arrived: 'no' },
    'another sweep',
  );
});

t.test('an answer is proven by the record where the site asked for no proof', async (t) => {
  const answered = { rule: stun, at: { edge1: sent('answered', [1]) } };
  const evidence = (heardToo: readonly ReturnType<typeof heard>[], proof?: boolean) => {
    const facts = proof === undefined ? {} : { proof };
    const rows = [{ ...answered, at: { edge1: { ...sent('answered', [1]), facts } } }];
    return again(rows, record({ heard: [witnessed(), ...heardToo] })).report.rules[0]?.checks[0]?.evidence;
  };
  t.equal(evidence([heard(1)]), 'proven');
  t.equal(evidence([]), 'service', 'somebody else answered');
  t.equal(evidence([heard(1)], false), 'service', 'it was asked for the proof, and had none');
});

t.test('records and runs of other sites are told apart', async (t) => {
  const report = judged([silentStun]).report;
  t.throws(() => judgeAgain(report, openRecords([record({ site: 'fabrikam' })])), {
    name: 'OtherSiteError',
    message: /^the site differs: the run has contoso, far\.json has fabrikam$/,
  });
  t.throws(
    () => judgeAgain(report, openRecords([record({ siteDigest: 'ffffffff' })])),
    /digest of the site file differs/,
  );
  t.doesNotThrow(() => judgeAgain(report, openRecords([record({ siteDigest: 'ffffffff' })]), true), 'mixed');
});

t.test('what is judged again is a report that can be read, and judged once more to the same', async (t) => {
  const file = record({ heard: [witnessed(), heard(1)] });
  const { report } = again([silentStun], file);
  const read = parseReport(JSON.stringify(report), 'run.json');
  t.strictSame(read, JSON.parse(JSON.stringify(report)));
  const once = judgeAgain(read, openRecords([file])).report;
  t.strictSame(JSON.parse(JSON.stringify(once)), JSON.parse(JSON.stringify(report)), 'findings are not doubled either');
  const old = JSON.parse(JSON.stringify(again([silentStun], file).before)) as typeof report;
  for (const rule of old.rules) for (const check of rule.checks) Object.assign(check, { known: undefined });
  const kept = judgeAgain(parseReport(JSON.stringify(old), 'run.json'), openRecords([file])).report;
  t.match(
    kept.rules[0],
    { verdict: 'fail', checks: [{ far: { arrived: 'yes' } }] },
    'an older report keeps its verdict',
  );
});
