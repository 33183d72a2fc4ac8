import t from 'tap';
import { row, seen } from './fixtures.ts';
import { codes, provoke, sip, xmpp } from './provoke.ts';
import { fetched } from './provoked-services.ts';

const avTcp = row('external-stun-tcp-443-in');
const webconf = row('external-psom-tcp-443-in');
const site = `site: contoso
packs: [lync2013-edge-public]
servers:
  edge1:
    access-edge: { address: 192.0.2.10, fqdn: sip.contoso.com }
    webconf-edge: { address: 192.0.2.20, fqdn: webcon.contoso.com }
    av-edge: { address: 192.0.2.30 }
`;

t.test('addresses that are swapped show it crosswise', async (t) => {
  const pseudo = seen('open', { code: 'pseudo-tls', message: 'the peer speaks pseudo-TLS' });
  const server = seen('open', { code: 'tls-server', message: 'the peer speaks TLS' });
  const rows = [
    { rule: webconf, at: { edge1: pseudo } },
    { rule: avTcp, at: { edge1: server } },
  ];
  const [here] = provoke(rows, { site }).ofRule;
  t.equal(
    here?.message,
    'the peer speaks pseudo-TLS, and av-edge edge1 192.0.2.30:443 is the other way round: the two addresses look swapped',
  );
  const [there] = provoke(rows.toReversed(), { site }).ofRule;
  t.match(there?.message, /^the peer speaks TLS, and webconf-edge edge1 192\.0\.2\.20:443 is the other way round/);
  const [alone] = provoke([{ rule: webconf, at: { edge1: pseudo } }], { site }).ofRule;
  t.equal(alone?.message, 'the peer speaks pseudo-TLS', 'alone, it says only what it saw');
});

t.test('streams that are as they should be, or say nothing', async (t) => {
  const of = (facts: object, outcome: 'answered' | 'open' = 'answered'): string[] =>
    codes(provoke([{ rule: xmpp, at: { edge1: seen(outcome, { facts: { ...facts } }) } }]).ofRule);
  t.same(of({ streamId: 's', streamError: null, starttls: 'required' }), []);
  t.same(of({ streamId: 's', streamError: null, starttls: null }), [], 'features that never came');
  t.same(of({ streamId: 's', streamError: 'not-authorized', starttls: 'absent' }), [], 'ended before it could offer');
  t.same(of({ streamId: 's', streamError: 'host-gone' }), ['xmpp-host-unknown']);
  t.same(of({ streamError: 'host-unknown' }, 'open'), [], 'no stream, no word on domains');
});

t.test('revocation lists', async (t) => {
  const good = { status: 200, crlThisUpdate: '2026-11-19T00:00:00.000Z', crlNextUpdate: '2026-11-27T00:00:00.000Z' };
  t.same(codes(fetched(good).ofRule), []);
  t.same(codes(fetched({ ...good, crlNextUpdate: null }).ofRule), [], 'a list that never ends');
  t.match(fetched({ status: 200, crlProblem: 'neither DER nor PEM' }).ofRule, [
    { code: 'crl-unreachable', message: /what came is no list: neither DER nor PEM$/ },
  ]);
  t.match(fetched({ status: 200 }).ofRule, [{ message: /an empty answer came$/ }]);
  t.match(fetched({}, { outcome: 'filtered', code: 'timeout' }).ofRule, [{ message: /it is filtered$/ }]);
  t.same(codes(fetched({}, { outcome: 'unasked', code: 'no-route' }).ofRule), [], 'our own trouble');
  t.same(
    codes(fetched({ status: 404 }, {}, { responder: true }).ofRule).filter((code) => code !== 'proof-missing'),
    [],
    'a responder has no lists',
  );
});

t.test('a wrong service is said once', async (t) => {
  const { ofRule } = provoke([{ rule: sip, at: { edge1: seen('open', { code: 'not-tls', message: 'HTTP' }) } }]);
  t.match(ofRule, [{ code: 'wrong-service', message: 'HTTP' }]);
});
