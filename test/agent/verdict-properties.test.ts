import t from 'tap';
import { becauses, type Judgement, judge, type Situation } from '../../agent/verdict.ts';
import { outcomes } from '../../probes/observation.ts';
import { plain as readonlyPlain } from './situation.ts';

const plain: { -readonly [K in keyof Situation]: Situation[K] } = readonlyPlain;

const flags = [
  ...(['ours', 'responder', 'openSuffices', 'helloUnanswered', 'spokeOtherwise', 'hostAnswersHere'] as const),
  ...(['trustResets', 'neighbourMissing', 'resolverFailed', 'blind', 'shunned', 'notInRole', 'heardNothing'] as const),
];

/** Calls back with every situation there is: one object that changes, because there are millions. */
const eachSituation = (visit: (situation: Situation, flip: (flag: (typeof flags)[number]) => void) => void): void => {
  const situation = { ...plain };
  const flip = (flag: (typeof flags)[number]): void => {
    situation[flag] = !situation[flag];
  };
  for (situation.expect of ['reachable', 'blocked'] as const) {
    for (situation.outcome of outcomes) {
      for (situation.evidence of ['proven', 'alive', 'service', 'nobody'] as const) {
        for (situation.controlPort of ['open', 'closed', 'silent', 'unknown'] as const) {
          for (let bits = 0; bits < 1 << flags.length; bits++) {
            flags.forEach((flag, index) => {
              situation[flag] = ((bits >> index) & 1) === 1;
            });
            visit(situation, flip);
          }
        }
      }
    }
  }
};

const someone = (s: Situation): boolean => s.evidence === 'proven' || s.evidence === 'alive';

/** What must hold of every situation; each says what is forbidden. */
const forbidden: Readonly<Record<string, (s: Situation, j: Judgement) => boolean>> = {
  'a code outside the closed list': (_, j) => !becauses.includes(j.because),
  'a pass on silence where it should be reachable': (s, j) =>
    s.expect === 'reachable' && s.outcome === 'filtered' && j.verdict === 'pass',
  'a pass on a refusal by the network where it should be reachable': (s, j) =>
    s.expect === 'reachable' && s.outcome === 'unreachable' && j.verdict === 'pass',
  'a pass on a reset without trust and a silent control port': (s, j) =>
    s.expect === 'reachable' &&
    s.outcome === 'closed' &&
    j.verdict === 'pass' &&
    !(s.trustResets && s.controlPort === 'silent' && s.evidence === 'nobody'),
  'a pass on `open` outside ranges, or where everything opens': (s, j) =>
    s.expect === 'reachable' &&
    s.outcome === 'open' &&
    j.verdict === 'pass' &&
    !(s.openSuffices && s.controlPort !== 'open' && !s.spokeOtherwise),
  'a pass as blocked where nobody is known to be there': (s, j) =>
    s.expect === 'blocked' && s.outcome !== 'closed' && j.verdict === 'pass' && !someone(s),
  'a pass as blocked of something that let us in': (s, j) =>
    s.expect === 'blocked' && (s.outcome === 'answered' || s.outcome === 'open') && j.verdict !== 'fail',
  'a pass as blocked on a reset without the record of the responder': (s, j) =>
    s.expect === 'blocked' && s.outcome === 'closed' && j.verdict === 'pass' && !s.heardNothing,
  'an opinion on silence while we are blind or shunned': (s, j) =>
    s.outcome === 'filtered' && (s.blind || s.shunned) && j.verdict !== 'unknown',
  'a verdict on the silence of an idle host': (s, j) =>
    s.outcome === 'filtered' && s.evidence === 'nobody' && !s.hostAnswersHere && j.verdict !== 'unknown',
  'an answer that does not pass': (s, j) =>
    s.expect === 'reachable' && s.outcome === 'answered' && j.verdict !== 'pass',
  "a failure for a reset by somebody else's host": (s, j) =>
    s.expect === 'reachable' && s.outcome === 'closed' && !s.ours && j.verdict === 'fail',
  'an opinion on what was not asked': (s, j) => s.outcome === 'unasked' && j.verdict !== 'unknown',
  'a failure because our own resolver failed': (s, j) =>
    s.outcome === 'unresolved' && s.resolverFailed && j.verdict !== 'unknown',
  'a failure as blocked without a way through': (s, j) =>
    s.expect === 'blocked' && j.verdict === 'fail' && j.path !== 'open',
  'an open path where nothing came back': (s, j) =>
    !['answered', 'open', 'closed'].includes(s.outcome) && j.path === 'open',
  'a lost path where something came back': (s, j) => s.outcome !== 'filtered' && j.path === 'lost',
};

/** What may decide, by expectation and outcome; anything else must not. */
const deciding: Readonly<Record<string, readonly (typeof flags)[number][]>> = {
  'reachable answered': [],
  'reachable open': ['spokeOtherwise', 'helloUnanswered', 'openSuffices', 'responder'],
  'reachable closed': ['ours', 'trustResets'],
  'reachable unreachable': ['neighbourMissing'],
  'reachable filtered': ['blind', 'shunned', 'notInRole', 'hostAnswersHere'],
  'reachable unresolved': ['resolverFailed'],
  'reachable unasked': [],
  'blocked answered': [],
  'blocked open': [],
  'blocked closed': ['heardNothing'],
  'blocked unreachable': [],
  'blocked filtered': ['blind', 'shunned'],
  'blocked unresolved': ['resolverFailed'],
  'blocked unasked': [],
};

t.test('every situation there is', async (t) => {
  const found = new Map<string, Situation>();
  const strayed = new Set<string>();
  const rules = Object.entries(forbidden);
  let situations = 0;
  eachSituation((situation, flip) => {
    situations++;
    const judgement = judge(situation);
    for (const [what, is] of rules) if (is(situation, judgement)) found.set(what, { ...situation });
    const kind = `${situation.expect} ${situation.outcome}`;
    for (const flag of flags) {
      if (situation[flag] || deciding[kind]?.includes(flag)) continue;
      flip(flag);
      const other = judge(situation);
      flip(flag);
      if (other.verdict !== judgement.verdict || other.because !== judgement.because) strayed.add(`${kind}: ${flag}`);
    }
  });
  t.equal(situations, 2 * 7 * 4 * 4 * 2 ** flags.length);
  for (const [what] of rules) t.equal(found.get(what), undefined, `never ${what}`);
  t.strictSame([...strayed], [], 'nothing else decides');
});
