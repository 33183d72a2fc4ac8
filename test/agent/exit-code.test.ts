import t from 'tap';
import { exitCodeOf } from '../../agent/exit-code.ts';
import { finding } from '../../agent/findings.ts';
import type { Report, ReportRule } from '../../agent/report.ts';
import { judged, row, seen } from './fixtures.ts';

const { report: sample } = judged([{ rule: row('external-sip-tcp-443-in'), at: { edge1: seen('answered') } }]);
const [rule] = sample.rules;
if (rule === undefined) throw new Error('no rule in the sample');

const waiver = { reason: 'agreed', ticket: null, until: '2026-12-31' };
const error = finding('certificate-expired', 'x', 'y');
const warning = finding('legacy-tls', 'x', 'y');
const info = finding('mtls-unfinished', 'x', 'y');

const one = (verdict: ReportRule['verdict'], more: Partial<ReportRule> = {}): ReportRule => ({
  ...rule,
  because: 'answered',
  findings: [],
  ...more,
  verdict,
});
const skipped = (because: ReportRule['because'], more: Partial<ReportRule> = {}) =>
  one('skipped', { because, ...more });
const codeOf = (rules: readonly ReportRule[], findings: Report['findings'] = []): number =>
  exitCodeOf({ ...sample, rules, findings });

t.test('the exit codes of check', async (t) => {
  const cases: [string, number, ReportRule[], Report['findings']?][] = [
    ['every rule passed', 0, [one('pass'), one('pass')]],
    ['a rule failed', 1, [one('pass'), one('fail')]],
    ['failed outweighs unknown', 1, [one('unknown'), one('fail')]],
    ['failed outweighs what could not be asked', 1, [skipped('no-endpoint'), one('fail')]],
    ['something is unknown', 3, [one('pass'), one('unknown')]],
    ['an error found at a rule that passed', 1, [one('pass', { findings: [error] })]],
    ['an error found at the run', 1, [one('pass')], [error]],
    ['an error outweighs unknown', 1, [one('unknown', { findings: [error] })]],
    ['warnings and remarks are free', 0, [one('pass', { findings: [warning, info] })], [warning]],
    ['no endpoint', 3, [one('pass'), skipped('no-endpoint')]],
    ['no source', 3, [one('pass'), skipped('no-source-address')]],
    ['no probe', 3, [one('pass'), skipped('no-probe-yet')]],
    ['not required', 0, [one('pass'), skipped('not-required')]],
    ['absent', 0, [one('pass'), skipped('absent')]],
    ['no such family', 0, [one('pass'), skipped('no-such-family')]],
    ['nothing but free skips', 0, [skipped('not-required')]],
    ['a waived failure', 0, [one('pass'), one('fail', { waiver })]],
    ['a waived unknown', 0, [one('pass'), one('unknown', { waiver })]],
    ['a waived failure beside another', 1, [one('fail', { waiver }), one('fail')]],
    ['a waived failure beside an unknown', 3, [one('fail', { waiver }), one('unknown')]],
    ['the finding that goes with a waived failure', 0, [one('fail', { waiver, findings: [error] })]],
    ['a waiver does not cover findings of the run', 1, [one('fail', { waiver })], [error]],
  ];
  for (const [name, code, rules, findings] of cases) t.equal(codeOf(rules, findings), code, name);
});
