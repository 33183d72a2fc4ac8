import t from 'tap';
import type { Facts } from '../../probes/observation.ts';
import { type RowSeen, row, seen } from './fixtures.ts';
import { codes, provoke } from './provoke.ts';

const out = row('external-stun-udp-3478-out');
const inward = row('external-stun-udp-3478-in');

const site = (avEdge: string) => `site: contoso
packs: [lync2013-edge-nat]
servers:
  edge1:
    av-edge: ${avEdge}
far:
  litware: { address: 198.51.100.80, as: [av-partner] }
  here: { address: 10.45.16.99, as: [av-partner] }
`;
const nat = site('{ address: 10.45.16.30, publicAddress: 131.107.155.30 }');

const answered = (facts: Facts) => seen('answered', { probe: 'stun', facts: { dialect: 'rfc8489', ...facts } });

/** What the outbound row from 10.45.16.30 tells when a server saw these addresses. */
const sawUs = (facts: Facts, more: { site?: string; name?: string; source?: string | null } = {}) => {
  const { site: text = nat, name = 'litware', source = '10.45.16.30' } = more;
  const rows: RowSeen[] = [{ rule: out, at: { [name]: answered(facts) }, ...(source === null ? {} : { source }) }];
  return provoke(rows, { vantage: 'dmz', site: text }).ofRule;
};

t.test('nat-mapping-mismatch: the A/V Edge leaves under another address than the site file says', async (t) => {
  const [found] = sawUs({ mappedAddress: '131.107.155.1', mappedPort: 40_000 });
  t.match(found, { code: 'nat-mapping-mismatch', severity: 'error', target: 'litware 198.51.100.80:3478' });
  t.equal(found?.message, 'av-edge leaves as 131.107.155.1, and the site file says 131.107.155.30');
  const untranslated = sawUs({ mappedAddress: '10.45.16.30', mappedPort: 40_000 });
  t.same(codes(untranslated), ['nat-mapping-mismatch'], 'not translated at all');
  const open = sawUs(
    { mappedAddress: '131.107.155.1', mappedPort: 1 },
    { site: site('{ address: 131.107.155.30 }'), source: '131.107.155.30' },
  );
  t.same(codes(open), ['nat-mapping-mismatch'], 'an Edge with a public address of its own');
});

t.test('nothing to compare, nothing to say', async (t) => {
  t.same(sawUs({ mappedAddress: '131.107.155.30', mappedPort: 40_000 }), [], 'as it should be');
  t.same(sawUs({}), [], 'no answer said where from');
  t.same(sawUs({ mappedAddress: 'nonsense', mappedPort: 1 }), []);
  t.same(sawUs({ mappedAddress: '2001:db8::1', mappedPort: 1 }), [], 'another family');
  t.same(sawUs({ mappedAddress: '131.107.155.1', mappedPort: 1 }, { source: null }), [], 'not from that address');
  t.same(
    sawUs({ mappedAddress: '10.45.16.30', mappedPort: 1 }, { name: 'here' }),
    [],
    'a server on our side of the NAT',
  );
  const named = site('{ address: 10.45.16.30, publicAddress: av.contoso.com }');
  t.same(sawUs({ mappedAddress: '131.107.155.1', mappedPort: 1 }, { site: named }), [], 'a name is no address');
  const unknown = site('{ address: 10.45.16.30 }');
  t.same(
    sawUs({ mappedAddress: '131.107.155.1', mappedPort: 1 }, { site: unknown }),
    [],
    'the file gives no public one',
  );
});

const logOn = (facts: Facts, text = nat) =>
  provoke([{ rule: inward, at: { edge1: answered({ dialect: 'msturn', authenticated: true, ...facts }) } }], {
    site: text,
  }).ofRule;

t.test('nat-mapping-mismatch: a relay at a private address', async (t) => {
  const [found] = logOn({ relayedAddress: '10.45.16.30', relayedPort: 50_123 });
  t.match(found, { code: 'nat-mapping-mismatch', target: 'edge1 131.107.155.30:3478' });
  t.equal(found?.message, 'the A/V Edge relays at 10.45.16.30:50123, where nobody outside can send media to');
  t.same(logOn({ relayedAddress: '131.107.155.30', relayedPort: 50_123 }), []);
  t.same(logOn({ relayedAddress: '131.107.155.31', relayedPort: 50_123 }), [], 'another node of the pool');
  const lab = site('{ address: 10.45.16.30 }');
  t.same(logOn({ relayedAddress: '10.45.16.30', relayedPort: 50_123 }, lab), [], 'a lab in private addresses');
});

t.test('sip-alg: the address in clear is not the disguised one', async (t) => {
  const facts = {
    mappedAddress: '131.107.155.30',
    mappedPort: 1,
    xorMappedAddress: '131.107.155.30',
    xorMappedPort: 2,
  };
  const [found] = sawUs(facts);
  t.match(found, { code: 'sip-alg', severity: 'warning' });
  t.equal(found?.message, 'MAPPED-ADDRESS says 131.107.155.30:1, XOR-MAPPED-ADDRESS 131.107.155.30:2');
  const both = sawUs({ ...facts, mappedAddress: '10.0.0.1', xorMappedAddress: '131.107.155.30' });
  t.same(codes(both), ['sip-alg'], 'the disguised address is the one that counts');
});
