import t from 'tap';
import { judgeRun } from '../../agent/judge.ts';
import type { Observation } from '../../probes/observation.ts';
import { control, judged, type RowSeen, row, seen, silent, siteText } from './fixtures.ts';

const edge1 = '131.107.155.10';
const litware = '198.51.100.80';
const sipIn = 'external-sip-tcp-443-in';

/** `verdict because path evidence` of the first check. */
const verdictOf = (rows: readonly RowSeen[], run: Parameters<typeof judged>[1] = {}): string => {
  const { judgement, evidence } = judged(rows, run).first;
  return `${judgement.verdict} ${judgement.because} ${judgement.path} ${evidence}`;
};

const at = (id: string, observation: Observation, more: Partial<RowSeen> = {}): RowSeen => ({
  rule: row(id),
  at: { edge1: observation },
  ...more,
});

t.test('`open`: what the failure of the observation says of it', async (t) => {
  const cases: [string, string, string, string][] = [
    ['tls row, silence to both hellos', sipIn, 'tls-silent', 'fail tls-swallowed cut service'],
    ['tls row, closed after both hellos', sipIn, 'tls-closed', 'fail tls-swallowed cut service'],
    ['tls row, reset after both hellos', sipIn, 'tls-reset', 'fail tls-swallowed cut service'],
    ['tls row, something else said', sipIn, 'not-tls', 'fail wrong-service open service'],
    ['tls row, pseudo-TLS', sipIn, 'msturn-pseudo-tls', 'fail wrong-service open service'],
    ['plain XMPP, silence', 'external-xmpp-tcp-5269-in', 'xmpp-silent', 'unknown service-mute open service'],
    ['plain XMPP, closed', 'external-xmpp-tcp-5269-in', 'xmpp-closed', 'unknown service-mute open service'],
    ['plain XMPP, something else said', 'external-xmpp-tcp-5269-in', 'not-xmpp', 'fail wrong-service open service'],
  ];
  for (const [name, id, code, wanted] of cases) t.equal(verdictOf([at(id, seen('open', { code }))]), wanted, name);
  const secured = row('external-xmpp-tcp-5269-in', { security: 'mtls' });
  t.equal(
    verdictOf([{ rule: secured, at: { edge1: seen('open', { code: 'xmpp-silent' }) } }]),
    'unknown service-mute open service',
    'XMPP inside TLS that said nothing: the hello was answered',
  );
  t.equal(
    verdictOf([{ rule: secured, at: { edge1: seen('open', { code: 'tls-silent' }) } }]),
    'fail tls-swallowed cut service',
  );
  t.equal(
    verdictOf([
      at('external-xmpp-tcp-5269-in', seen('open', { code: 'xmpp-silent' }), { target: { responder: true } }),
    ]),
    'fail intercepted cut service',
    'our responder listens there and would have spoken',
  );
});

t.test('`closed` and `unreachable`: who said it, and when', async (t) => {
  const refused = seen('closed', { code: 'connection-refused' });
  const port = (outcome: 'closed' | 'filtered' | 'open', address = edge1) => ({
    controls: [control('port', address, outcome)],
  });
  t.equal(verdictOf([at(sipIn, refused)]), 'fail refused refused service');
  t.equal(verdictOf([at(sipIn, refused)], port('closed')), 'fail refused refused service');
  t.equal(verdictOf([at(sipIn, refused)], port('filtered')), 'fail service-down open service');
  t.equal(
    verdictOf([at(sipIn, refused)], port('filtered', '131.107.155.11')),
    'fail refused refused service',
    'the control port of another address says nothing',
  );
  t.equal(
    verdictOf([at(sipIn, refused, { source: '203.0.113.9' })], port('filtered')),
    'fail refused refused service',
    'nor does the control port asked from another source',
  );
  const out: RowSeen = { rule: row('federation-sip-tcp-5061-out'), at: { litware: refused } };
  const dmz = { vantage: 'dmz' } as const;
  t.equal(verdictOf([out], { ...dmz, ...port('filtered', litware) }), 'unknown far-side-not-listening unknown service');
  t.equal(
    verdictOf([{ ...out, target: { responder: true } }], dmz),
    'fail refused refused service',
    'with our responder the host is as good as ours',
  );

  const unreachableAfter = (seconds: number): Observation =>
    seen('unreachable', { durationSeconds: seconds, code: 'host-unreachable' });
  t.equal(verdictOf([at(sipIn, unreachableAfter(0.02))]), 'fail unreachable refused service');
  t.equal(verdictOf([at(sipIn, unreachableAfter(2.4))]), 'fail unreachable refused service');
  t.equal(verdictOf([at(sipIn, unreachableAfter(3.06))]), 'fail host-absent unknown service');
});

t.test('silence has to be earned', async (t) => {
  const silence = [at(sipIn, silent())];
  const vantage = (outcome: 'answered' | 'filtered' | 'unreachable', more = {}) =>
    control('vantage', '203.0.113.53', outcome, more);
  t.equal(verdictOf(silence), 'fail filtered lost service', 'without any control');
  t.equal(verdictOf(silence, { controls: [vantage('answered')] }), 'fail filtered lost service');
  t.equal(verdictOf(silence, { controls: [vantage('filtered')] }), 'unknown prober-blind unknown service');
  t.equal(verdictOf(silence, { controls: [vantage('unreachable')] }), 'unknown prober-blind unknown service');
  t.equal(
    verdictOf(silence, { controls: [vantage('filtered'), vantage('answered')] }),
    'fail filtered lost service',
    'one that answers is enough: we see',
  );
  const aborted = { observation: seen('unasked', { code: 'aborted' }), asExpected: false };
  t.equal(
    verdictOf(silence, { interrupted: true, controls: [vantage('filtered', aborted)] }),
    'fail filtered lost service',
    'a control that was not asked does not make us blind',
  );
  t.equal(
    verdictOf([at(sipIn, seen('closed'))], { controls: [vantage('filtered')] }),
    'fail refused refused service',
    'only silence is unearned',
  );
  t.equal(
    verdictOf(silence, { controls: [control('repeat', edge1, 'filtered', { asExpected: false })] }),
    'fail filtered lost service',
    'single ports were asked before the sweeps: being shunned later excuses nothing',
  );
});

t.test('a row that the document narrows is asked from elsewhere', async (t) => {
  const rule = row('internal-psom-tcp-8057-in', { to: 'edge-internal', mayNarrowTo: ['front-end'] });
  const inside = { vantage: 'inside' } as const;
  const from = (address: string | null) => silent({ source: { address, port: 51234 } });
  const elsewhere = { rule, at: { edge1: from('10.9.9.9') } };
  t.equal(verdictOf([elsewhere], inside), 'unknown source-not-in-role unknown service');
  t.equal(verdictOf([{ rule, at: { edge1: from(null) } }], inside), 'unknown source-not-in-role unknown service');
  t.equal(verdictOf([{ rule, at: { edge1: from('10.1.0.20') } }], inside), 'fail filtered lost service', 'from fe1');
  t.equal(
    verdictOf([elsewhere], { ...inside, site: `${siteText}vantages: { inside: { bind: { front-end: 10.9.9.9 } } }\n` }),
    'fail filtered lost service',
    'the site file says that this is a front end',
  );
  t.equal(verdictOf([{ rule, at: { edge1: seen('closed') } }], inside), 'fail refused refused service', 'not silence');
  const out = row('internal-sip-tcp-5061-out', { mayNarrowTo: ['director', 'front-end'] });
  t.equal(
    verdictOf([{ rule: out, at: { fe1: from('172.25.33.10') } }], { vantage: 'dmz' }),
    'fail filtered lost service',
    'where "any" stands in "to", it is not the source that may be narrowed',
  );
});

t.test('blocked: silence counts only where somebody is known to live', async (t) => {
  const blocked = (observation: Observation): RowSeen =>
    at('site-x-tcp-4443-in', observation, { expect: 'blocked', rule: row(sipIn, { ports: '4443' }) });
  const other = at(sipIn, seen('answered'));
  t.equal(verdictOf([blocked(silent())]), 'unknown silent unknown nobody');
  t.equal(verdictOf([blocked(silent()), other]), 'pass filtered lost alive');
  t.equal(verdictOf([blocked(silent()), at(sipIn, seen('open'))]), 'pass filtered lost alive');
  t.equal(verdictOf([blocked(silent()), at(sipIn, seen('closed'))]), 'unknown silent unknown nobody');
  t.equal(
    verdictOf([blocked(silent()), { ...other, at: { edge2: seen('answered') } }]),
    'unknown silent unknown nobody',
    'another node is another address',
  );
  const proxied = { controls: [control('port', edge1, 'open')] };
  t.equal(
    verdictOf([blocked(silent()), at(sipIn, seen('open'))], proxied),
    'unknown silent unknown nobody',
    'where the control port opens too, an open port proves nobody alive, and neither does the control port',
  );
  t.equal(verdictOf([blocked(silent()), other], proxied), 'pass filtered lost alive');
  t.equal(
    verdictOf([blocked(silent()), other], { controls: [control('vantage', '203.0.113.53', 'filtered')] }),
    'unknown prober-blind unknown alive',
  );
  t.equal(verdictOf([blocked(seen('answered'))]), 'fail exposed open nobody', 'it is not alive by itself');
  t.equal(verdictOf([blocked(seen('open', { code: 'mute' }))]), 'fail exposed open nobody');
  t.equal(verdictOf([blocked(seen('unreachable')), other]), 'pass unreachable refused alive');
  t.equal(verdictOf([blocked(seen('unreachable'))]), 'unknown unreachable unknown nobody');
  t.equal(verdictOf([blocked(seen('closed')), other]), 'unknown closed unknown alive');
  t.equal(
    verdictOf([blocked(seen('closed')), other], { controls: [control('port', edge1, 'filtered')] }),
    'fail path-open open alive',
  );
});

t.test('a port that the site file adds: that it opens is all that was asked', async (t) => {
  const rule = row('site-tcp-tcp-4443-in', { pack: 'site', protocol: 'TCP', security: 'none', to: 'access-edge' });
  const opened = { rule, at: { edge1: seen('open', { probe: 'tcp' }) } };
  t.equal(verdictOf([opened]), 'pass open open service');
  t.equal(
    verdictOf([opened], { controls: [control('port', edge1, 'open')] }),
    'unknown everything-open unknown service',
  );
  t.equal(verdictOf([{ ...opened, expect: 'blocked' }]), 'fail exposed open nobody');
  t.equal(verdictOf([{ rule, at: { edge1: silent() } }]), 'fail filtered lost service');
});

t.test('names, faults and the end of a run', async (t) => {
  const unresolved = (code: 'no-such-name' | 'resolver-failed'): RowSeen =>
    at(sipIn, silent(), {
      check: { address: null, host: 'sip.contoso.com', unresolved: { kind: 'unresolved', code, message: 'why' } },
    });
  const { first } = judged([unresolved('no-such-name')]);
  t.equal(first.observation.outcome, 'unresolved');
  t.equal(first.key, '');
  t.match(first.observation.failure, { step: 'resolve', code: 'no-such-name', message: 'why' });
  t.equal(verdictOf([unresolved('no-such-name')]), 'fail dns unknown service');
  t.equal(verdictOf([unresolved('resolver-failed')]), 'unknown resolver unknown service');
  t.equal(verdictOf([{ ...unresolved('no-such-name'), expect: 'blocked' }]), 'unknown dns unknown nobody');

  const { plan, result, rules } = judged([at(sipIn, seen('answered'))]);
  const resolved = rules.map(({ rule, expect, checks }) => {
    return { rule, expect, skip: null, checks: checks.map(({ check }) => check), left: [] };
  });
  const [never] = judgeRun(plan, resolved, { ...result, observations: new Map() }, 8);
  t.match(never, { verdict: 'unknown', because: 'unasked' }, 'what has an address but no observation was not asked');

  const unasked = (code: string) => seen('unasked', { code });
  for (const code of ['aborted', 'internal-error', 'local-exhaustion', 'source-not-available']) {
    t.equal(verdictOf([at(sipIn, unasked(code))], { interrupted: true }), 'unknown unasked unknown service', code);
  }
});

t.test("a rule's verdict is that of its worst check; equal questions are judged for each rule", async (t) => {
  const both = (a: Observation, b: Observation) => {
    const [rule] = judged([{ rule: row(sipIn), at: { edge1: a, edge2: b } }]).rules;
    return `${rule?.verdict} ${rule?.because} ${rule?.path}`;
  };
  t.equal(both(seen('answered'), silent()), 'fail filtered lost');
  t.equal(both(seen('unasked'), seen('answered')), 'unknown unasked unknown');
  t.equal(both(seen('unasked'), seen('closed')), 'fail refused refused');
  t.equal(both(seen('answered'), seen('answered')), 'pass answered open');

  const twice = judged([
    at(sipIn, seen('answered')),
    at(sipIn, seen('answered'), { rule: row('public-im-sip-tcp-443-in', { from: 'client' }), expect: 'blocked' }),
  ]);
  t.strictSame(
    twice.rules.map(({ verdict, because }) => [verdict, because]),
    [
      ['pass', 'answered'],
      ['fail', 'exposed'],
    ],
  );
  const [one, two] = twice.rules.flatMap(({ checks }) => checks);
  t.ok(one?.key !== '' && one?.key === two?.key, 'one key, asked once');
  t.equal(one?.observation, two?.observation);
  t.equal(one?.evidence, 'service');
  t.equal(two?.evidence, 'nobody', 'the same question in another rule is no second witness');

  const skip = { because: 'not-required', explain: 'why' } as const;
  t.match(judged([{ rule: row(sipIn), skip }]).rules[0], { verdict: 'skipped', because: 'not-required', skip });
});
