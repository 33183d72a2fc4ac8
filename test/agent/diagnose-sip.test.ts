import t from 'tap';
import { seen, tlsFacts } from './fixtures.ts';
import { clients, codes, provoke } from './provoke.ts';

const finding = 'sip-silent';

/** What is found where SIP ended like this inside TLS. */
const found = (code: string | null, sipAnswered: boolean | null, more = {}): string[] => {
  const message = `how it ended: ${code}`;
  const facts = { sipAnswered, status: sipAnswered ? 200 : null, tls: tlsFacts(more) };
  const observation = seen('answered', { probe: 'sip', facts, ...(code === null ? {} : { code, message }) });
  const { ofRule } = provoke([{ rule: clients, at: { edge1: observation } }]);
  for (const one of ofRule) if (one.code === finding) t.equal(one.message, message);
  return [...new Set(codes(ofRule))].sort();
};

t.test('no SIP answer after a good handshake is a finding, however it stayed away', async (t) => {
  for (const code of ['sip-silent', 'sip-closed', 'not-sip']) t.same(found(code, false), [finding], code);
  t.same(found(null, true), [], 'an answer is none');
  t.same(found('sip-unfinished', true), [], 'a provisional answer is one');
  t.notOk(found('mtls-unfinished', null).includes(finding), 'without our certificate SIP was not asked');
});

t.test('the TLS below SIP is diagnosed as any other', async (t) => {
  t.same(found(null, true, { protocol: 'TLSv1', legacy: true }), ['legacy-tls']);
  t.same(found('sip-silent', false, { protocol: 'TLSv1', legacy: true }), ['legacy-tls', finding]);
});

t.test('a row whose handshake failed has no word on SIP', async (t) => {
  const { ofRule } = provoke([{ rule: clients, at: { edge1: seen('open', { probe: 'sip', code: 'tls-silent' }) } }]);
  t.notOk(codes(ofRule).includes(finding));
});
