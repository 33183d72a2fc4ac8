import t from 'tap';
import { becauses, type Judgement, judge, type Situation } from '../../agent/verdict.ts';
import { outcomes } from '../../probes/observation.ts';
import { plain as readonlyPlain } from './situation.ts';

const plain: { -readonly [K in keyof Situation]: Situation[K] } = readonlyPlain;

const flags = [
  ...(['ours', 'responder', 'openSuffices', 'helloUnanswered', 'spokeOtherwise', 'hostAnswersHere'] as const),
  ...(['trustResets', 'neighbourMissing', 'resolverFailed', 'blind', 'shunned', 'notInRole'] as const),
];

/**
 * Calls back with every situation there is: one object that changes, because there are millions. `bits` says which of the
 * flags are on; before the first of each 4,096 situations that differ only in them, `next` is called.
 */
const eachSituation = (visit: (situation: Situation, bits: number) => void, next: (kind: string) => void): void => {
  const situation = { ...plain };
  const all = 1 << flags.length;
  for (situation.expect of ['reachable', 'blocked'] as const) {
    for (situation.outcome of outcomes) {
      for (situation.evidence of ['proven', 'alive', 'service', 'nobody'] as const) {
        for (situation.controlPort of ['open', 'closed', 'silent', 'unknown'] as const) {
          for (situation.far of fars) {
            for (let bits = 0; bits < all; bits++) {
              for (const [index, flag] of flags.entries()) situation[flag] = ((bits >> index) & 1) === 1;
              visit(situation, bits);
            }
            next(`${situation.expect} ${situation.outcome}`);
          }
        }
      }
    }
  }
};

const fars = ['unknown', 'listening', 'nothing', 'heard', 'refused'] as const;

/** The record of our responder says that it listened on that very port. */
const listened = ({ far }: Situation): boolean => far === 'listening' || far === 'nothing' || far === 'heard';

const arrived = ({ far }: Situation): boolean => far === 'heard' || far === 'refused';

const someone = (s: Situation): boolean => s.evidence === 'proven' || s.evidence === 'alive' || listened(s);

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
    s.expect === 'blocked' && s.outcome === 'closed' && j.verdict === 'pass' && !listened(s),
  'a pass as blocked of what arrived': (s, j) => s.expect === 'blocked' && arrived(s) && j.verdict === 'pass',
  'a lost way back that is blamed on who does not serve us': (s, j) =>
    s.expect === 'reachable' && s.outcome === 'filtered' && s.far === 'refused' && j.verdict === 'fail',
  'an opinion on silence while we are blind or shunned': (s, j) =>
    s.outcome === 'filtered' &&
    (s.blind || s.shunned) &&
    !(s.expect === 'blocked' && arrived(s)) &&
    j.verdict !== 'unknown',
  'a verdict on the silence of an idle host': (s, j) =>
    s.outcome === 'filtered' &&
    s.evidence === 'nobody' &&
    !s.hostAnswersHere &&
    s.far === 'unknown' &&
    j.verdict !== 'unknown',
  'an answer that does not pass': (s, j) =>
    s.expect === 'reachable' && s.outcome === 'answered' && j.verdict !== 'pass',
  "a failure for a reset by somebody else's host": (s, j) =>
    s.expect === 'reachable' && s.outcome === 'closed' && !s.ours && !listened(s) && j.verdict === 'fail',
  'an opinion on what was not asked': (s, j) => s.outcome === 'unasked' && j.verdict !== 'unknown',
  'a failure because our own resolver failed': (s, j) =>
    s.outcome === 'unresolved' && s.resolverFailed && j.verdict !== 'unknown',
  'a failure as blocked without a way through': (s, j) =>
    s.expect === 'blocked' && j.verdict === 'fail' && j.path !== 'open',
  'an open path where nothing came back': (s, j) =>
    !['answered', 'open', 'closed'].includes(s.outcome) && !arrived(s) && j.path === 'open',
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
  'blocked closed': [],
  'blocked unreachable': [],
  'blocked filtered': ['blind', 'shunned'],
  'blocked unresolved': ['resolverFailed'],
  'blocked unasked': [],
};

t.test('every situation there is', async (t) => {
  const found = new Map<string, Situation>();
  const strayed = new Set<string>();
  const rules = Object.entries(forbidden);
  const opinions: string[] = [];
  let situations = 0;
  eachSituation(
    (situation, bits) => {
      situations++;
      const judgement = judge(situation);
      opinions[bits] = `${judgement.verdict} ${judgement.because}`;
      for (const [what, is] of rules) if (is(situation, judgement)) found.set(what, { ...situation });
    },
    (kind) => {
      for (const [index, flag] of flags.entries()) {
        if (deciding[kind]?.includes(flag)) continue;
        const strays = opinions.some((opinion, bits) => opinions[bits | (1 << index)] !== opinion);
        if (strays) strayed.add(`${kind}: ${flag}`);
      }
    },
  );
  t.equal(situations, 2 * 7 * 4 * 4 * fars.length * 2 ** flags.length);
  for (const [what] of rules) t.equal(found.get(what), undefined, `never ${what}`);
  t.strictSame([...strayed], [], 'nothing else decides');
});
