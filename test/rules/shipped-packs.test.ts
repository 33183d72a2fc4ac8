import { readFileSync } from 'node:fs';
import t from 'tap';
import { edgeRoles, type Rule, readPack, shippedPackNames, tables } from '../../agent/packs.ts';
import { documentedRows } from './documented-rows.ts';

const names = Object.keys(documentedRows);
const packs = names.map((name) => readPack(name, '.'));
const rules = packs.flatMap((pack) => pack.rules);
const rule = (pack: string, id: string): Rule => {
  const found = rules.find((each) => each.pack === pack && each.id === id);
  if (!found) throw new Error(`no rule ${pack}/${id}`);
  return found;
};

t.test('the packs of the design are shipped, and nothing else', async (t) => {
  t.same(shippedPackNames(), [...names.toSorted(), 'derived', 'strict'], 'those of documents first');
  t.same(
    packs.map(({ pack, rules }) => [pack, rules.length]),
    [
      ['lync2013-edge-public', 37],
      ['lync2013-edge-nat', 38],
      ['lync2013-federation', 10],
    ],
  );
});

t.test('every row of every document is one rule, as it stands there', async (t) => {
  for (const { pack, rules } of packs) {
    const written = rules.map(({ source, protocol, security, transport, ports, from, to }) =>
      [source.table, source.row, protocol, security, transport, ports, from, to].join(' '),
    );
    t.same(written, documentedRows[pack], pack);
  }
});

t.test('rows are complete in each table', async (t) => {
  const counts = { external: 16, internal: 11, federation: 1, 'public-im': 6, xmpp: 3 };
  const expected: Record<string, Record<string, number>> = {
    'lync2013-edge-public': counts,
    'lync2013-edge-nat': { ...counts, external: 17 },
    'lync2013-federation': { federation: 1, 'public-im': 6, xmpp: 3 },
  };
  for (const { pack, rules } of packs) {
    for (const table of tables) {
      const rows = rules.filter((each) => each.table === table).map(({ source }) => source.row);
      const count = expected[pack]?.[table] ?? 0;
      t.same(
        rows,
        Array.from({ length: count }, (_, index) => index + 1),
        `${pack} ${table}`,
      );
    }
  }
});

t.test('ids are unique in a pack and look as the design says', async (t) => {
  for (const { pack, rules } of packs) t.equal(new Set(rules.map(({ id }) => id)).size, rules.length, pack);
  for (const id of [
    'external-psom-tcp-443-in',
    'external-stun-udp-3478-in',
    'external-rtp-udp-50000-59999-in',
    'internal-sip-tcp-5061-out',
    'public-im-stun-udp-3478-out',
    'xmpp-xmpp-tcp-23456-in',
  ])
    t.ok(rule('lync2013-edge-nat', id), id);
});

t.test('when a row is needed', async (t) => {
  const needed: Record<string, string[]> = {
    'external-xmpp-tcp-5269-in': ['xmpp-federation'],
    'external-http-tcp-80-out': [],
    'external-dns-tcp-53-out': [],
    'external-dns-udp-53-out': [],
    'external-sip-tcp-443-in': ['remote-users'],
    'external-sip-tcp-5061-in': ['federation', 'public-im'],
    'external-sip-tcp-5061-out': ['federation', 'public-im'],
    'external-psom-tcp-443-in': ['web-conferencing'],
    'external-rtp-tcp-50000-59999-out': ['federation'],
    'external-rtp-udp-50000-59999-out': ['ocs2007-federation'],
    'external-rtp-tcp-50000-59999-in': ['ocs2007-federation'],
    'external-rtp-udp-50000-59999-in': ['ocs2007-federation'],
    'external-stun-udp-3478-out': ['federation', 'public-im', 'multiple-edge-pools'],
    'external-stun-udp-3478-in': ['av'],
    'external-stun-tcp-443-in': ['av'],
    'external-stun-tcp-443-out': ['av'],
    'internal-xmpp-tcp-23456-in': ['xmpp-federation'],
    'internal-sip-tcp-5061-in': [],
    'internal-sip-tcp-5061-out': [],
    'internal-psom-tcp-8057-in': ['web-conferencing'],
    'internal-sip-tcp-5062-in': ['av'],
    'internal-stun-udp-3478-in': ['av'],
    'internal-stun-tcp-443-in': ['av'],
    'internal-https-tcp-4443-in': [],
    'internal-mtls-tcp-50001-in': ['centralized-logging'],
    'internal-mtls-tcp-50002-in': ['centralized-logging'],
    'internal-mtls-tcp-50003-in': ['centralized-logging'],
  };
  for (const { pack, id, table, requiredFor } of rules) {
    if (table === 'public-im') t.same(requiredFor, ['public-im'], `${pack}/${id}`);
    else if (table === 'federation') t.same(requiredFor, ['federation', 'public-im'], `${pack}/${id}`);
    else if (table === 'xmpp' || id === 'external-xmpp-tcp-5269-out')
      t.same(requiredFor, ['xmpp-federation'], `${pack}/${id}`);
    else t.same(requiredFor, needed[id], `${pack}/${id}`);
  }
});

t.test('who "Any" may be narrowed to', async (t) => {
  const narrowed: Record<string, string[]> = {
    'internal-xmpp-tcp-23456-in': ['front-end'],
    'internal-sip-tcp-5061-in': ['director', 'front-end'],
    'internal-sip-tcp-5061-out': ['director', 'front-end'],
    'internal-psom-tcp-8057-in': ['front-end'],
    'internal-sip-tcp-5062-in': ['front-end'],
    'internal-https-tcp-4443-in': ['front-end'],
    'xmpp-xmpp-tcp-23456-in': ['front-end'],
  };
  for (const { pack, id, mayNarrowTo } of rules) t.same(mayNarrowTo, narrowed[id] ?? [], `${pack}/${id}`);
});

t.test('only the A/V rows of the federation document are errata', async (t) => {
  t.same(
    rules.flatMap(({ pack, source, role, erratum }) =>
      erratum === null ? [] : [[pack, source.table, source.row, role, erratum.field, erratum.documented]],
    ),
    [
      ['lync2013-federation', 'public-im', 4, 'av-edge', 'from', 'access-edge'],
      ['lync2013-federation', 'public-im', 5, 'av-edge', 'from', 'access-edge'],
      ['lync2013-federation', 'public-im', 6, 'av-edge', 'to', 'access-edge'],
    ],
  );
});

t.test('every rule is complete and its texts are plain English', async (t) => {
  for (const { pack, rules, document } of packs) {
    for (const { id, role, from, to, why, source } of rules) {
      t.ok(
        why.length > 20 && why.length < 200 && /^[A-Z].*[.]$/.test(why),
        `${pack}/${id} says why in a sentence or two`,
      );
      t.ok(
        (edgeRoles as readonly string[]).includes(role) && (role === from || role === to),
        `${pack}/${id} belongs to the Edge service it touches`,
      );
      t.equal(source.document, document.id);
    }
    const text = readFileSync(new URL(`../../rules/${pack}.yaml`, import.meta.url), 'utf8');
    t.notMatch(text, /[^\x20-\x7e\n]/, `${pack} has no letters but Latin ones`);
    t.match(text, /^# yaml-language-server: \$schema=pack\.schema\.json\n/);
  }
  t.same(
    packs.map(({ document }) => [document.id, document.page, document.modified]),
    [
      ['jj205394', 'JJ205394', '2013-04-03'],
      ['gg412756', 'Gg412756', '2015-03-09'],
      ['jj618373', 'JJ618373', '2013-03-15'],
    ],
  );
});

t.test('known slips of the documents are on record at their rows', async (t) => {
  const recorded: [string, string, RegExp][] = [
    ['lync2013-edge-public', 'external-xmpp-tcp-5269-in', /other direction is missing/],
    ['lync2013-edge-public', 'external-psom-tcp-443-in', /lacks a slash/],
    ['lync2013-edge-public', 'external-stun-tcp-443-in', /UDP\/443/],
    ['lync2013-edge-public', 'external-stun-tcp-443-out', /public IP address.*UDP\/443/],
    ['lync2013-edge-public', 'external-stun-udp-3478-in', /Japanese/],
    ['lync2013-edge-nat', 'external-rtp-udp-50000-59999-in', /tilde/],
    ['lync2013-edge-nat', 'federation-sip-tcp-5061-out', /Only this direction.*public IP address/],
    ['lync2013-edge-nat', 'internal-sip-tcp-5062-in', /Survivable Branch/],
    ['lync2013-federation', 'federation-sip-tcp-5061-out', /Only this direction/],
    ['lync2013-federation', 'xmpp-xmpp-tcp-23456-in', /lacks the transport/],
  ];
  for (const [pack, id, slip] of recorded) t.match(rule(pack, id).notes.join(' '), slip, `${pack}/${id}`);
});
