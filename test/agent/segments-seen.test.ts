import t from 'tap';
import type { AlongsideCheck } from '../../agent/alongside.ts';
import type { FarSeen } from '../../agent/arrived.ts';
import { mergeReports } from '../../agent/merge.ts';
import type { Report } from '../../agent/report.ts';
import { certificate, control, judged, row, seen, silent, startedAt, tlsFacts } from './fixtures.ts';
import { as, beside, file, sampleRuns } from './sample-runs.ts';

const options = { maxAge: 4 * 3600, mixed: false, now: startedAt };

const deductions = (alongside: readonly AlongsideCheck[], outside?: Report) => {
  const runs = sampleRuns(alongside);
  return mergeReports(
    [outside ?? runs.outside, runs.dmz].map((one) => file(one)),
    options,
  ).deductions;
};

const stun = 'external-stun-udp-3478-in';
const sip = 'external-sip-tcp-5061-in';
const edge2 = '131.107.155.31';

t.test('silence outside, an answer beside the server', async (t) => {
  const told = deductions([beside(stun, 'edge2', edge2, 'answered', { port: 3478 })]);
  const one = told.find(({ rule, node }) => rule === stun && node === 'edge2');
  t.match(one, {
    label: 'outside',
    segment: 'external',
    code: 'request-or-reply-dropped',
    blame: 'segment',
    sure: true,
    doubts: [],
    explain: 'the external segment drops the request or the reply: edge2 answers the DMZ',
  });
  t.match(
    told.find(({ rule, node }) => rule === stun && node === 'edge1'),
    undefined,
    'what passes needs no blame',
  );
});

t.test('what is not known to hold is said, and the segment not named', async (t) => {
  const late = new Date(startedAt.getTime() + 3600_000).toISOString();
  const cases = [
    [{ onHost: true }, /asked on the host itself/],
    [{ at: late }, /not asked within ten minutes/],
    [{ probe: 'tcp' }, /not asked in the same words/],
  ] as const;
  for (const [more, doubt] of cases) {
    const [one] = deductions([beside(stun, 'edge2', edge2, 'answered', { port: 3478, ...more })]).filter(
      ({ rule, node }) => rule === stun && node === 'edge2',
    );
    t.match(one, { sure: false, doubts: [doubt], explain: /^something between outside and edge2 drops/ });
  }
  const [nat] = deductions([beside(stun, 'edge2', '10.45.16.31', 'answered', { port: 3478 })]).filter(
    ({ rule, node }) => rule === stun && node === 'edge2',
  );
  t.match(nat, { sure: false, doubts: ['the address is translated on the way'] });
});

t.test('the other lines, from runs', async (t) => {
  const of = (alongside: readonly AlongsideCheck[], rule: string, node: string) =>
    deductions(alongside).find((one) => one.rule === rule && one.node === node)?.code;
  const at = { port: 3478 };
  const other = beside(sip, 'edge2', edge2, 'answered');
  t.equal(of([beside(stun, 'edge2', edge2, 'filtered', at), other], stun, 'edge2'), 'host-silent');
  t.equal(of([beside(stun, 'edge2', edge2, 'filtered', at)], stun, 'edge2'), 'host-silent');
  t.equal(of([beside(stun, 'edge2', edge2, 'closed', at)], stun, 'edge2'), 'service-down-perhaps-more');
  t.equal(of([], stun, 'edge2'), 'ask-beside');
  t.equal(of([beside(stun, 'edge2', edge2, 'unasked', at)], stun, 'edge2'), 'ask-beside', 'not asked is no answer');
  t.equal(of([beside(sip, 'edge1', '131.107.155.10', 'answered')], sip, 'edge1'), 'inspected-outside');
  t.equal(of([beside(sip, 'edge1', '131.107.155.10', 'open')], sip, 'edge1'), 'service-mute');
  const wired = [
    beside(stun, 'edge2', edge2, 'filtered', at),
    beside(stun, 'edge2', edge2, 'answered', { ...at, onHost: true }),
  ];
  t.equal(of(wired, stun, 'edge2'), 'host-silent', 'what crossed a wire counts before what did not');
});

t.test('a dark address, a refusal, and another certificate', async (t) => {
  const rows = (one: Parameters<typeof judged>[0][number]['at'], two: typeof one = one) =>
    as(
      judged([
        { rule: row('external-sip-tcp-443-in'), ...(one === undefined ? {} : { at: one }) },
        { rule: row(sip), ...(two === undefined ? {} : { at: two }) },
      ]).report,
      { id: 'o2', host: 'x' },
    );
  const first = '131.107.155.10';
  const code = (outside: Report, alongside: readonly AlongsideCheck[]) =>
    deductions(alongside, outside).find(({ rule }) => rule === sip)?.code;
  const dark = rows({ edge1: silent() });
  t.equal(code(dark, [beside(sip, 'edge1', first, 'answered')]), 'whole-address');
  const both = [
    beside(sip, 'edge1', first, 'filtered', { port: 5061 }),
    beside('external-sip-tcp-443-in', 'edge1', first, 'filtered'),
  ];
  t.equal(code(dark, both), 'host-absent');
  const refused = rows({ edge1: seen('closed') });
  t.equal(code(refused, [beside(sip, 'edge1', first, 'answered')]), 'unclear', 'the reset may be of the host');
  t.equal(code(rows({ edge1: seen('unreachable') }), [beside(sip, 'edge1', first, 'answered')]), 'refused-outside');
  const shown = (fingerprint256: string) =>
    tlsFacts({ certificate: certificate({ fingerprint256, issuer: `CN=${fingerprint256}` }) });
  const answered = rows({ edge1: seen('answered', { facts: shown('AA') }) });
  t.equal(code(answered, [beside(sip, 'edge1', first, 'answered', { facts: shown('BB') })]), 'intercepted-outside');
  t.equal(code(answered, [beside(sip, 'edge1', first, 'answered', { facts: shown('AA') })]), 'nobody-blocks');
});

t.test('silence that is ours is blamed on nobody', async (t) => {
  const controls = [control('vantage', '203.0.113.53', 'filtered')];
  const blind = judged([{ rule: row(sip), at: { edge1: silent() } }], { controls }).report;
  t.match(blind.rules[0], { verdict: 'unknown', because: 'prober-blind' });
  t.strictSame(deductions([beside(sip, 'edge1', '131.107.155.10', 'answered')], as(blind, { id: 'b', host: 'x' })), []);
  const blocked = judged([{ rule: row(sip), expect: 'blocked', at: { edge1: silent() } }]).report;
  const strict = deductions([beside(sip, 'edge1', '131.107.155.10', 'answered')], as(blocked, { id: 's', host: 'x' }));
  t.strictSame(strict, [], 'nor a row that must be blocked');
});

t.test('internal rows that one place passes; and a single run deduces nothing', async (t) => {
  const inside = (outcome: 'answered' | 'filtered', place: string) =>
    as(
      judged(
        [
          {
            rule: row('internal-sip-tcp-5061-in'),
            at: { edge1: outcome === 'answered' ? seen('answered') : silent() },
          },
        ],
        {
          vantage: 'inside',
          place,
        },
      ).report,
      { id: place, host: place },
    );
  const { deductions: told } = mergeReports(
    [inside('answered', 'front-ends'), inside('filtered', 'clients')].map((one) => file(one)),
    options,
  );
  t.match(told, [{ label: 'inside clients', code: 'source-scope', segment: 'internal', node: 'edge1' }]);
  t.equal(told.length, 1);
  t.strictSame(mergeReports([file(inside('filtered', 'clients'))], options).deductions, []);
});

t.test('outbound: another source passes', async (t) => {
  const dmz = (address: string, host: string, answers: boolean) =>
    as(
      judged(
        [
          {
            rule: row('external-sip-tcp-5061-out'),
            at: {
              litware: answers
                ? seen('answered', { source: { address, port: 1 } })
                : silent({ source: { address, port: 1 } }),
            },
            source: address,
          },
        ],
        { vantage: 'dmz' },
      ).report,
      { id: host, host },
    );
  const merged = mergeReports(
    [file(dmz('131.107.155.10', 'edge1', true)), file(dmz('131.107.155.11', 'edge2', false))],
    options,
  );
  t.match(merged.deductions, [{ label: 'dmz (edge2)', code: 'source-rule', blame: 'segment' }]);
});

t.test('outbound and silent: what the far side says to others', async (t) => {
  const rule = 'external-stun-udp-3478-out';
  const target = '198.51.100.80';
  const elsewhere = (outcome: 'answered' | 'filtered' | 'unasked') =>
    beside(rule, 'litware', target, outcome, { port: 3478 });
  const told = (alongside: readonly AlongsideCheck[], others: boolean) => {
    const dmz = judged(
      [
        { rule: row(rule, { to: 'any' }), at: { litware: silent() } },
        ...(others
          ? [{ rule: row('external-stun-tcp-443-out', { to: 'any' }), at: { litware: seen('answered') } }]
          : []),
      ],
      { vantage: 'dmz' },
    ).report;
    const outside = { ...as(judged([]).report, { id: 'o', host: 'jump-ext-01' }), alongside };
    const merged = mergeReports([file(outside), file(as(dmz, { id: 'd', host: 'edge1' }))], options);
    return merged.deductions.map(({ code, blame }) => `${code} ${blame}`);
  };
  t.strictSame(told([elsewhere('answered')], true), ['segment-drops segment']);
  t.strictSame(told([elsewhere('answered')], false), ['unclear unknown'], 'nothing else of it was heard from the DMZ');
  t.strictSame(told([elsewhere('filtered')], true), ['far-side-dead unknown']);
  t.strictSame(told([elsewhere('unasked')], true), ['unclear unknown']);
});

t.test('a responder that turns the host beside it away is no service that is down', async (t) => {
  const far: FarSeen = {
    ...({
      host: 'edge1',
      as: 'edge',
      digest: 'cafe',
      listening: true,
      arrived: 'connection',
      witness: 'request',
    } as const),
    ...{ from: [], requests: 1, at: null, elsewhere: null },
  };
  const mute = judged([{ rule: row(sip), at: { edge1: seen('open', { code: 'tls-silent' }) } }]).report;
  const known: Report = {
    ...mute,
    rules: mute.rules.map((one) => ({ ...one, checks: one.checks.map((check) => ({ ...check, far })) })),
  };
  const code = (outside: Report, outcome: 'open' | 'closed' | 'answered') =>
    deductions([beside(sip, 'edge1', '131.107.155.10', outcome)], as(outside, { id: 'm', host: 'x' }))[0]?.code;
  t.equal(code(mute, 'open'), 'service-mute');
  t.equal(code(known, 'open'), 'ask-beside');
  t.equal(code(known, 'closed'), 'ask-beside');
  t.equal(code(known, 'answered'), 'inspected-outside');
});
