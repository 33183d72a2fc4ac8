import t from 'tap';
import type { Observation, Outcome } from '../../probes/observation.ts';
import { control, judged, type RowSeen, row, seen, siteText, sweepFacts } from './fixtures.ts';

type Run = readonly [number, number, Outcome];

const av1 = '131.107.155.30';
const rangeIn = row('external-rtp-tcp-50000-59999-in');
const stunIn = row('external-stun-tcp-443-in');

const sweepOf = (runs: readonly Run[], more: Partial<Observation> & { code?: string } = {}): Observation => {
  const best = (['answered', 'open', 'closed', 'unreachable', 'filtered', 'unasked'] as const).find((outcome) =>
    runs.some((run) => run[2] === outcome),
  );
  return seen(best ?? 'unasked', { probe: 'tcp', facts: sweepFacts(runs), attempts: [], ...more });
};

const all = (outcome: Outcome): Run[] => [[50000, 59999, outcome]];

/** The range around the ports of the logging agent, which come out differently. */
const around = (rest: Outcome, agent: Outcome): Run[] => [
  [50000, 50000, rest],
  [50001, 50003, agent],
  [50004, 59999, rest],
];

const halves = (first: Outcome, second: Outcome): Run[] => [
  [50000, 54999, first],
  [55000, 59999, second],
];

const responder: Partial<RowSeen> = { target: { responder: true } };
const blocked: Partial<RowSeen> = { expect: 'blocked' };
const controlPort = (outcome: Outcome) => ({ controls: [control('port', av1, outcome)] });
const trusting = `${siteText}sweep: { trustResets: true }\n`;

const judgedSweep = (runs: readonly Run[], more: Partial<RowSeen> = {}, run: Parameters<typeof judged>[1] = {}) =>
  judged([{ rule: rangeIn, at: { edge1: sweepOf(runs) }, ...more }], run).first;

const verdictOf = (...given: Parameters<typeof judgedSweep>): string => {
  const { judgement } = judgedSweep(...given);
  return `${judgement.verdict} ${judgement.because} ${judgement.path}`;
};

t.test('a whole range', async (t) => {
  const cases: [string, Parameters<typeof judgedSweep>, string][] = [
    ['everything opens', [all('open')], 'pass open open'],
    ['everything opens, the control port does not', [all('open'), {}, controlPort('filtered')], 'pass open open'],
    [
      'everything opens, so does the control port',
      [all('open'), {}, controlPort('open')],
      'unknown everything-open unknown',
    ],
    ['idle host that resets', [all('closed')], 'unknown idle-or-reset unknown'],
    [
      'the same, trusted, control silent',
      [all('closed'), {}, { site: trusting, ...controlPort('filtered') }],
      'pass closed open',
    ],
    [
      'the same, trusted, control resets',
      [all('closed'), {}, { site: trusting, ...controlPort('closed') }],
      'unknown idle-or-reset unknown',
    ],
    ['silence', [all('filtered')], 'unknown idle-or-filtered unknown'],
    ['silence, but the host resets elsewhere', [all('filtered'), {}, controlPort('closed')], 'fail filtered lost'],
    [
      'silence, the control port opens: no proof that the host answers',
      [all('filtered'), {}, controlPort('open')],
      'unknown idle-or-filtered unknown',
    ],
    ['network says no', [all('unreachable')], 'fail unreachable refused'],
    ['our responder, opened', [all('open'), responder], 'pass open open'],
    ['our responder, silence', [all('filtered'), responder], 'fail filtered lost'],
    ['our responder, resets', [all('closed'), responder], 'fail refused refused'],
    ['blocked, but it opens', [all('open'), blocked], 'fail exposed open'],
    ['blocked, silence', [all('filtered'), blocked], 'unknown silent unknown'],
    ['blocked, resets, control silent', [all('closed'), blocked, controlPort('filtered')], 'fail path-open open'],
  ];
  for (const [name, given, wanted] of cases) t.equal(verdictOf(...given), wanted, name);
});

t.test('groups that differ', async (t) => {
  const cases: [string, Parameters<typeof judgedSweep>, string][] = [
    ['half of it opens: the host does answer here', [halves('open', 'filtered')], 'fail range-partial lost'],
    ['half of it resets', [halves('closed', 'filtered')], 'fail range-partial lost'],
    ['some refused by the network', [halves('open', 'unreachable')], 'fail range-partial refused'],
    ['a call is up, the rest idles', [halves('open', 'closed')], 'unknown range-partial unknown'],
    ['the same with a responder', [halves('open', 'closed'), responder], 'fail range-partial refused'],
    [
      'everything opens, but for a part',
      [halves('open', 'filtered'), {}, controlPort('open')],
      'fail range-partial lost',
    ],
    ['blocked, half of it open', [halves('open', 'filtered'), blocked], 'fail range-partial open'],
  ];
  for (const [name, given, wanted] of cases) t.equal(verdictOf(...given), wanted, name);
  const { groups } = judgedSweep(halves('open', 'filtered'));
  t.strictSame(
    groups.map(({ outcome, count, judgement }) => [outcome, count, judgement.verdict, judgement.because]),
    [
      ['open', 4997, 'pass', 'open'],
      ['filtered', 5000, 'fail', 'filtered'],
      ['open', 3, 'pass', 'open'],
    ],
  );
  t.strictSame(groups[1]?.ranges, [{ from: 55000, to: 59999, outcome: 'filtered' }], 'and it names the ranges');
});

t.test('the logging agent listens at 50001-50003 on every interface of the Edge', async (t) => {
  const cases: [string, Parameters<typeof judgedSweep>, string][] = [
    ['idle Edge that resets, agent open', [around('closed', 'open')], 'unknown idle-or-reset unknown'],
    [
      'silent Edge, agent open: no proof for the range',
      [around('filtered', 'open')],
      'unknown idle-or-filtered unknown',
    ],
    ['open range, agent closed', [around('open', 'closed')], 'pass open open'],
    ['open range, agent cut out', [around('open', 'filtered')], 'fail range-partial lost'],
    ['blocked range, agent exposed', [around('filtered', 'open'), blocked], 'fail range-partial open'],
    ['only its ports were asked', [[[50001, 50003, 'open']]], 'pass open open'],
  ];
  for (const [name, given, wanted] of cases) t.equal(verdictOf(...given), wanted, name);
  const inside = row('internal-mtls-tcp-50001-50003-in', { to: 'edge-internal' });
  const { groups } = judged([{ rule: inside, at: { edge1: sweepOf([[50001, 50003, 'open']]) } }], {
    vantage: 'inside',
  }).first;
  t.strictSame(
    groups.map(({ apart }) => apart),
    [false],
    'in the internal table they are rows of their own',
  );
});

t.test('what the sweep itself suffered is not what a port said', async (t) => {
  const unfinished = sweepOf(halves('open', 'unasked'), { code: 'aborted' });
  const one = { rule: rangeIn, at: { edge1: unfinished } };
  t.match(judged([one], { interrupted: true }).first.judgement, { verdict: 'unknown', because: 'unasked' });
  const worse = { rule: rangeIn, at: { edge1: sweepOf(halves('filtered', 'unasked'), { code: 'aborted' }) } };
  t.match(judged([{ ...worse, ...responder }], { interrupted: true }).first.judgement, {
    verdict: 'fail',
    because: 'filtered',
  });
  const exhausted = sweepOf(all('open'), { code: 'local-exhaustion' });
  t.match(judged([{ rule: rangeIn, at: { edge1: exhausted } }]).first.judgement, { verdict: 'pass', because: 'open' });
  const never = { rule: rangeIn, at: { edge1: seen('unasked', { code: 'aborted' }) } };
  const { judgement, groups } = judged([never], { interrupted: true }).first;
  t.match(judgement, { verdict: 'unknown', because: 'unasked' });
  t.strictSame(groups, []);
});

t.test('that the host answers is learned from everything asked of its address', async (t) => {
  const range = { rule: rangeIn, at: { edge1: sweepOf(all('filtered')) } };
  const becauseWith = (...others: RowSeen[]): string => judged([range, ...others]).first.judgement.because;
  t.equal(becauseWith(), 'idle-or-filtered');
  t.equal(
    becauseWith({ rule: stunIn, at: { edge1: seen('answered') } }),
    'idle-or-filtered',
    'a listening port is not idle',
  );
  t.equal(becauseWith({ rule: stunIn, at: { edge1: seen('closed') } }), 'filtered');
  t.equal(becauseWith({ rule: stunIn, at: { edge2: seen('closed') } }), 'idle-or-filtered', 'another node');
});

t.test('after a sweep one row is asked again: silence now means that we were shunned', async (t) => {
  const repeat = (address: string, outcome: Outcome) =>
    control('repeat', address, outcome, { asExpected: outcome === 'answered' });
  const because = (...controls: ReturnType<typeof repeat>[]): string =>
    judgedSweep(all('filtered'), responder, { controls }).judgement.because;
  t.equal(because(repeat(av1, 'answered')), 'filtered');
  t.equal(because(repeat(av1, 'filtered')), 'source-shunned');
  t.equal(because(repeat(av1, 'unasked')), 'filtered', 'not asked is not silent');
  t.equal(because(repeat(av1, 'closed')), 'filtered', 'a reset is not silence');
  t.equal(
    because(repeat('131.107.155.31', 'filtered')),
    'source-shunned',
    'no row to repeat here, and shunned next door',
  );
  t.equal(because(repeat('131.107.155.31', 'filtered'), repeat(av1, 'answered')), 'filtered');
  t.equal(judgedSweep(all('open'), {}, { controls: [repeat(av1, 'filtered')] }).judgement.because, 'open');
});

t.test('UDP ranges pass on answers only', async (t) => {
  const udp = row('external-rtp-udp-50000-59999-in');
  const verdict = (runs: readonly Run[], more: Partial<RowSeen> = {}): string => {
    const { judgement } = judged([{ rule: udp, at: { edge1: sweepOf(runs, { probe: 'udp' }) }, ...more }]).first;
    return `${judgement.verdict} ${judgement.because}`;
  };
  t.equal(verdict(all('filtered')), 'unknown idle-or-filtered');
  t.equal(verdict(halves('closed', 'filtered')), 'unknown range-partial', 'refusals do not prove that UDP comes back');
  t.equal(verdict(halves('answered', 'filtered')), 'fail range-partial');
  t.equal(verdict(all('answered')), 'pass answered');
  t.equal(verdict(all('filtered'), responder), 'fail filtered');
});
