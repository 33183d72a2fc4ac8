import t from 'tap';
import { judged, row, seen } from './fixtures.ts';

/** What a row comes to whose connection opened and then ended with that code. */
const verdictOf = (id: string, code: string): string => {
  const { first } = judged([{ rule: row(id), at: { edge1: seen('open', { code }) } }]);
  return `${first.judgement.verdict} ${first.judgement.because}`;
};

t.test('an open port that says nothing is not one that says something else', async (t) => {
  for (const code of ['tls-silent', 'tls-closed', 'tls-reset', 'tls-stalled']) {
    t.equal(verdictOf('external-sip-tcp-5061-in', code), 'fail tls-swallowed', code);
  }
  for (const code of ['not-tls', 'pseudo-tls']) {
    t.equal(verdictOf('external-sip-tcp-5061-in', code), 'fail wrong-service', code);
  }
  for (const code of ['xmpp-silent', 'xmpp-closed', 'xmpp-reset', 'xmpp-stalled']) {
    t.equal(verdictOf('external-xmpp-tcp-5269-in', code), 'unknown service-mute', code);
  }
  t.equal(verdictOf('external-xmpp-tcp-5269-in', 'not-xmpp'), 'fail wrong-service');
  for (const code of ['mute', 'closed-by-peer', 'reset-by-peer', 'incomplete-answer']) {
    t.equal(verdictOf('external-stun-tcp-443-in', code), 'unknown service-mute', code);
  }
  for (const code of [
    'tls-server',
    'wrong-protocol',
    'malformed-answer',
    'wrong-transaction',
    'echo',
    'not-stun',
    'flood',
  ]) {
    t.equal(verdictOf('external-stun-tcp-443-in', code), 'fail wrong-service', code);
  }
});
