import t from 'tap';
import { byWorst, type Judgement, judge, type Situation, type Verdict, worstOf } from '../../agent/verdict.ts';
import { outcomes } from '../../probes/observation.ts';
import { plain } from './situation.ts';

/** The words of the table below; everything not named is as in `plain`. */
const words: Readonly<Record<string, Partial<Situation>>> = {
  service: { evidence: 'service' },
  proven: { evidence: 'proven' },
  alive: { evidence: 'alive' },
  nobody: { evidence: 'nobody' },
  theirs: { ours: false },
  responder: { responder: true },
  range: { openSuffices: true },
  'no-hello': { helloUnanswered: true },
  other: { spokeOtherwise: true },
  'control-open': { controlPort: 'open' },
  'control-closed': { controlPort: 'closed' },
  'control-silent': { controlPort: 'silent' },
  'host-answers': { hostAnswersHere: true },
  trust: { trustResets: true },
  'no-neighbour': { neighbourMissing: true },
  'resolver-down': { resolverFailed: true },
  blind: { blind: true },
  shunned: { shunned: true },
  'not-in-role': { notInRole: true },
  listening: { far: 'listening' },
  'heard-nothing': { far: 'nothing' },
  heard: { far: 'heard' },
  'not-served': { far: 'refused' },
};

/** The table of the design, a line a cell: expectation, outcome, what else is known → verdict, code, path. */
const table = `
reachable answered service                              → pass answered open
reachable answered proven responder                     → pass answered open
reachable answered service responder                    → pass answered open
reachable answered nobody                               → pass answered open
reachable answered service theirs                       → pass answered open
reachable answered service blind                        → pass answered open
reachable answered service control-open                 → pass answered open
reachable answered service not-in-role                  → pass answered open

reachable open service other                            → fail wrong-service open
reachable open service other theirs                     → fail wrong-service open
reachable open service other responder                  → fail wrong-service open
reachable open service other no-hello                   → fail wrong-service open
reachable open service no-hello                         → fail tls-swallowed cut
reachable open service no-hello theirs                  → fail tls-swallowed cut
reachable open service no-hello responder               → fail tls-swallowed cut
reachable open service responder                        → fail intercepted cut
reachable open proven responder                         → fail intercepted cut
reachable open service                                  → unknown service-mute open
reachable open service theirs                           → unknown service-mute open
reachable open service control-open                     → unknown service-mute open
reachable open nobody range                             → pass open open
reachable open nobody range control-closed              → pass open open
reachable open nobody range control-silent              → pass open open
reachable open nobody range theirs                      → pass open open
reachable open service range responder                  → pass open open
reachable open nobody range control-open                → unknown everything-open unknown
reachable open service range responder control-open     → unknown everything-open unknown
reachable open nobody range blind                       → pass open open

reachable open service listening                        → fail intercepted cut
reachable open service heard-nothing                    → fail intercepted cut
reachable open service heard                            → fail intercepted cut
reachable open service heard no-hello                   → fail tls-swallowed cut
reachable open service heard other                      → fail wrong-service open
reachable open service responder not-served             → unknown service-mute unknown
reachable open service no-hello not-served              → unknown service-mute unknown
reachable open nobody range listening                   → pass open open

reachable closed service                                → fail refused refused
reachable closed service listening control-silent       → fail refused refused
reachable closed service theirs heard-nothing           → fail refused refused
reachable closed nobody range heard-nothing             → fail refused refused
reachable closed nobody range trust control-silent listening → fail refused refused
reachable closed service control-closed                 → fail refused refused
reachable closed service control-open                   → fail refused refused
reachable closed service control-silent                 → fail service-down open
reachable closed proven responder                       → fail refused refused
reachable closed proven responder control-silent        → fail service-down open
reachable closed service theirs                         → unknown far-side-not-listening unknown
reachable closed service theirs control-silent          → unknown far-side-not-listening unknown
reachable closed nobody range                           → unknown idle-or-reset unknown
reachable closed nobody range control-silent            → unknown idle-or-reset unknown
reachable closed nobody range trust                     → unknown idle-or-reset unknown
reachable closed nobody range trust control-closed      → unknown idle-or-reset unknown
reachable closed nobody range trust control-open        → unknown idle-or-reset unknown
reachable closed nobody range trust control-silent      → pass closed open
reachable closed nobody range theirs                    → unknown idle-or-reset unknown
reachable closed service trust control-silent           → fail service-down open

reachable unreachable service                           → fail unreachable refused
reachable unreachable nobody range                      → fail unreachable refused
reachable unreachable service theirs                    → fail unreachable refused
reachable unreachable service no-neighbour              → fail host-absent unknown
reachable unreachable service blind                     → fail unreachable refused

reachable unreachable service no-neighbour listening    → fail unreachable refused

reachable filtered service                              → fail filtered lost
reachable filtered nobody range heard-nothing           → fail filtered lost
reachable filtered nobody range heard                   → fail filtered lost
reachable filtered nobody range listening               → fail filtered lost
reachable filtered service theirs heard                 → fail filtered lost
reachable filtered service not-served                   → unknown service-mute unknown
reachable filtered proven heard blind                   → unknown prober-blind unknown
reachable filtered proven heard-nothing shunned         → unknown source-shunned unknown
reachable filtered service heard not-in-role            → unknown source-not-in-role unknown
reachable answered service heard-nothing                → pass answered open
reachable filtered service theirs                       → fail filtered lost
reachable filtered alive                                → fail filtered lost
reachable filtered proven responder                     → fail filtered lost
reachable filtered service range responder              → fail filtered lost
reachable filtered nobody range                         → unknown idle-or-filtered unknown
reachable filtered nobody range control-silent          → unknown idle-or-filtered unknown
reachable filtered nobody range trust                   → unknown idle-or-filtered unknown
reachable filtered nobody range host-answers            → fail filtered lost
reachable filtered service blind                        → unknown prober-blind unknown
reachable filtered proven responder blind               → unknown prober-blind unknown
reachable filtered nobody range host-answers blind      → unknown prober-blind unknown
reachable filtered nobody range host-answers shunned    → unknown source-shunned unknown
reachable filtered service range responder shunned      → unknown source-shunned unknown
reachable filtered service not-in-role                  → unknown source-not-in-role unknown
reachable filtered service not-in-role blind            → unknown prober-blind unknown

reachable unresolved service                            → fail dns unknown
reachable unresolved service theirs                     → fail dns unknown
reachable unresolved nobody range                       → fail dns unknown
reachable unresolved service resolver-down              → unknown resolver unknown
reachable unasked service                               → unknown unasked unknown
reachable unasked nobody range host-answers             → unknown unasked unknown

blocked answered nobody                                 → fail exposed open
blocked answered proven                                 → fail exposed open
blocked answered nobody theirs                          → fail exposed open
blocked open nobody                                     → fail exposed open
blocked open nobody range                               → fail exposed open
blocked open nobody control-open                        → fail exposed open
blocked open alive other                                → fail exposed open

blocked closed nobody                                   → unknown closed unknown
blocked closed alive                                    → unknown closed unknown
blocked closed alive control-closed                     → unknown closed unknown
blocked closed nobody control-silent                    → fail path-open open
blocked closed alive control-silent                     → fail path-open open
blocked closed proven heard-nothing                     → pass closed refused
blocked closed proven heard-nothing control-closed      → pass closed refused
blocked closed proven heard-nothing control-silent      → pass closed refused
blocked closed nobody listening                         → pass closed refused
blocked closed proven heard                             → fail path-open open

blocked unreachable alive                               → pass unreachable refused
blocked unreachable proven                              → pass unreachable refused
blocked unreachable nobody                              → unknown unreachable unknown
blocked unreachable service                             → unknown unreachable unknown

blocked filtered proven                                 → pass filtered lost
blocked filtered alive                                  → pass filtered lost
blocked filtered nobody                                 → unknown silent unknown
blocked filtered service                                → unknown silent unknown
blocked filtered nobody host-answers                    → unknown silent unknown
blocked filtered alive blind                            → unknown prober-blind unknown
blocked filtered proven blind                           → unknown prober-blind unknown
blocked filtered alive shunned                          → unknown source-shunned unknown
blocked filtered alive not-in-role                      → pass filtered lost

blocked filtered nobody heard-nothing                   → pass filtered lost
blocked filtered nobody listening                       → pass filtered lost
blocked filtered proven heard                           → fail exposed open
blocked filtered nobody not-served                      → fail exposed open
blocked filtered proven heard blind                     → fail exposed open
blocked filtered proven heard-nothing blind             → unknown prober-blind unknown
blocked filtered proven heard-nothing shunned           → unknown source-shunned unknown
blocked unreachable nobody heard-nothing                → pass unreachable refused
blocked unreachable proven heard                        → fail exposed open
blocked answered proven heard-nothing                   → fail exposed open
blocked open nobody heard-nothing                       → fail exposed open

blocked unresolved nobody                               → unknown dns unknown
blocked unresolved nobody resolver-down                 → unknown resolver unknown
blocked unasked nobody                                  → unknown unasked unknown
blocked unasked alive                                   → unknown unasked unknown
`;

t.test('the table of the design, cell by cell', async (t) => {
  const lines = table.split('\n').filter((line) => line !== '');
  for (const line of lines) {
    const [given = '', wanted = ''] = line.split('→').map((side) => side.trim());
    const [expect, outcome, ...known] = given.split(/\s+/);
    const meanings = known.map((word) => {
      const meaning = words[word];
      if (meaning === undefined) throw new Error(`the table has a word of its own: ${word}`);
      return meaning;
    });
    const kind = { expect: expect as Situation['expect'], outcome: outcome as Situation['outcome'] };
    const situation: Situation = Object.assign({ ...plain, ...kind }, ...meanings);
    const { verdict, because, path } = judge(situation);
    t.equal(`${verdict} ${because} ${path}`, wanted, given.replace(/\s+/g, ' '));
  }
  for (const expect of ['reachable', 'blocked']) {
    for (const outcome of outcomes) {
      t.ok(
        lines.some((line) => line.startsWith(`${expect} ${outcome} `)),
        `${expect} ${outcome} has a line`,
      );
    }
  }
});

t.test('the worst comes first: fail, unknown, pass, skipped', async (t) => {
  const all: Verdict[] = ['skipped', 'pass', 'unknown', 'fail'];
  t.strictSame(all.sort(byWorst), ['fail', 'unknown', 'pass', 'skipped']);
  const one = (verdict: Judgement['verdict'], because: Judgement['because']): Judgement => ({
    verdict,
    because,
    path: 'unknown',
  });
  const checks = [one('pass', 'answered'), one('unknown', 'silent'), one('fail', 'refused'), one('fail', 'dns')];
  t.equal(worstOf(checks).because, 'refused', 'of two equally bad ones the first');
  t.equal(worstOf(checks.slice(0, 2)).because, 'silent');
  t.equal(worstOf(checks.slice(0, 1)).because, 'answered');
  t.throws(() => worstOf([]), { message: 'no judgements' });
});
