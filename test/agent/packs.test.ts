import { join } from 'node:path';
import t from 'tap';
import { FileError } from '../../agent/file-error.ts';
import { checkPack, edgeEnd, loadPack, readPack, ruleId } from '../../agent/packs.ts';
import { UnknownPackError } from '../../agent/unknown-pack.ts';
import { throwsMatching } from '../require.ts';

const head = `pack: own
title: Our own
document: { id: chg-1, title: Change 1 }
rules:
`;

const fields: Record<string, string> = {
  id: 'external-https-tcp-443-in',
  row: '1',
  table: 'external',
  role: 'access-edge',
  protocol: 'HTTPS',
  security: 'tls',
  transport: 'tcp',
  ports: '443',
  from: 'client',
  to: 'access-edge',
  why: 'The provider watches our front page.',
};

/** A rule as YAML, its id on line 5 of a pack with one rule; null leaves a field out. */
const rule = (changes: Record<string, string | null> = {}): string =>
  Object.entries({ ...fields, ...changes })
    .filter(([, value]) => value !== null)
    .map(([key, value], index) => `  ${index === 0 ? '-' : ' '} ${key}: ${value}\n`)
    .join('');

const complaints = (text: string): string[] =>
  checkPack(text).map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);

t.test('a pack of a user has every field of a rule, defaults filled in', async (t) => {
  const pack = loadPack(head + rule(), 'own.yaml');
  t.same(pack.document, { id: 'chg-1', title: 'Change 1', page: null, modified: null });
  t.same(pack.rules, [
    {
      pack: 'own',
      id: 'external-https-tcp-443-in',
      table: 'external',
      role: 'access-edge',
      protocol: 'HTTPS',
      security: 'tls',
      transport: 'tcp',
      ports: '443',
      from: 'client',
      to: 'access-edge',
      why: 'The provider watches our front page.',
      requiredFor: [],
      mayNarrowTo: [],
      source: { document: 'chg-1', table: 'external', row: 1 },
      notes: [],
      erratum: null,
    },
  ]);
  t.same(
    Object.keys(pack.rules[0] ?? {}),
    'pack id table role protocol security transport ports from to why requiredFor mayNarrowTo source notes erratum'.split(
      ' ',
    ),
    'in the order of the documentation',
  );
});

t.test('each kind of mistake is found at its place', async (t) => {
  const stun = { protocol: 'STUN/MSTURN', id: 'external-stun-tcp-443-in' };
  const table: [string, Record<string, string | null>, string[]][] = [
    [
      'wrong id',
      { id: 'https-in' },
      ['5:9 rules[0].id: does not match the fields of the rule: they make "external-https-tcp-443-in"'],
    ],
    [
      'id of the other direction',
      { from: 'access-edge', to: 'any' },
      ['5:9 rules[0].id: does not match the fields of the rule: they make "external-https-tcp-443-out"'],
    ],
    ['HTTPS without TLS', { security: 'none' }, ['10:15 rules[0].security: HTTPS has security tls, not none']],
    ['STUN with TLS', stun, ['10:15 rules[0].security: STUN/MSTURN has security none, not tls']],
    [
      'HTTPS over UDP',
      { transport: 'udp', id: 'external-https-udp-443-in' },
      ['11:16 rules[0].transport: HTTPS runs over tcp, not udp'],
    ],
    [
      'range without RTP',
      { ports: '443-445', id: 'external-https-tcp-443-445-in' },
      ['12:12 rules[0].ports: only RTP and TCP have a range of ports, HTTPS has one'],
    ],
    ['list of ports', { ports: '443,444' }, ['12:12 rules[0].ports: one row is one port or one range']],
    ['port too high', { ports: '70000' }, ['12:12 rules[0].ports: 70000 is not a port: 1 to 65535']],
    [
      'no Edge role',
      { to: 'front-end' },
      ['14:9 rules[0].to: neither from nor to is an Edge role: this is no rule of an Edge'],
    ],
    [
      'role of another service',
      { role: 'av-edge' },
      ['8:11 rules[0].role: the role is the Edge service at one end of the rule, here access-edge, not av-edge'],
    ],
    ['from itself', { from: 'access-edge' }, ['14:9 rules[0].to: from and to are both access-edge']],
    [
      'nothing to narrow',
      { mayNarrowTo: '[front-end]' },
      ['16:18 rules[0].mayNarrowTo: there is no "any" in from or to that could be narrowed'],
    ],
    [
      'narrowed to any',
      { from: 'any', mayNarrowTo: '[any]' },
      ['16:18 rules[0].mayNarrowTo: "any" does not narrow anything'],
    ],
    [
      'erratum that is none',
      { erratum: '{ field: to, documented: access-edge, why: x }' },
      ['16:39 rules[0].erratum.documented: is no erratum: the effective to is access-edge as well'],
    ],
    [
      'erratum of no field',
      { erratum: '{ field: too, documented: any, why: x }' },
      [
        '16:23 rules[0].erratum.field: "too" is not allowed here: one of protocol, security, transport, ports, from, to; did you mean "to"?',
      ],
    ],
    [
      'unknown role',
      { to: 'acces-edge' },
      [
        '14:9 rules[0].to: "acces-edge" is not allowed here: one of any, client, access-edge, webconf-edge, av-edge, edge-internal, edge-external, front-end, director, public-im-partner, live-messenger-client; did you mean "access-edge"?',
      ],
    ],
    [
      'unknown feature',
      { requiredFor: '[federations]' },
      [
        '16:19 rules[0].requiredFor[0]: "federations" is not allowed here: one of federation, public-im, xmpp-federation, remote-users, web-conferencing, av, ocs2007-federation, multiple-edge-pools, centralized-logging; did you mean "federation"?',
      ],
    ],
    ['missing field', { why: null }, ['5:5 rules[0].why: is missing']],
    ['empty why', { why: '""' }, ['15:10 rules[0].why: must not be empty']],
    ['row zero', { row: '0' }, ['6:10 rules[0].row: Too small: expected number to be >=1']],
  ];
  for (const [name, changes, expected] of table) t.same(complaints(head + rule(changes)), expected, name);
});

t.test('ids and rows occur once', async (t) => {
  t.same(complaints(head + rule() + rule({ row: '2' })), ['16:9 rules[1].id: rules[0] has the same id']);
  const other = rule({ id: 'external-https-tcp-444-in', ports: '444' });
  t.same(complaints(head + rule() + other), ['17:10 rules[1].row: rules[0] is row 1 of table external as well']);
  t.same(complaints(head + rule() + rule({ id: 'internal-https-tcp-443-in', table: 'internal' })), []);
});

t.test('the head of a pack', async (t) => {
  const swap = (from: string, to: string): string[] => complaints((head + rule()).replace(from, to));
  t.same(swap('pack: own', 'pack: Own Pack'), [
    '1:7 pack: must be lower case letters, digits and hyphens, at most 64 of them',
  ]);
  t.same(swap('title: Change 1', 'title: Change 1, modified: yesterday'), [
    '3:51 document.modified: must be a date like 2013-04-03',
  ]);
  t.same(swap('title: Our own\n', ''), ['1:1 title: is missing']);
  t.same(complaints(`${head.replace('rules:\n', '')}rules: []\n`), ['4:8 rules: must have at least one rule']);
});

t.test('spellings of one port become the same rule', async (t) => {
  for (const ports of ['443', '"443"', '443-443', '"0443"'])
    t.equal(loadPack(head + rule({ ports }), 'f').rules[0]?.ports, '443', ports);
});

t.test('loading throws with file, line and column', async (t) => {
  const error = await throwsMatching(
    t,
    () => loadPack('pack: own\n', 'own.yaml'),
    /^own\.yaml:1:1: title: is missing$/m,
  );
  t.ok(error instanceof FileError && error.problems.length === 3);
});

t.test('packs by name and by path', async (t) => {
  t.equal(readPack('lync2013-edge-nat', '/nowhere').rules.length, 38);
  const error = await throwsMatching(t, () => readPack('lync2013-edge-nta', '.'), /did you mean "lync2013-edge-nat"\?/);
  t.ok(error instanceof UnknownPackError);
  const folder = t.testdir({
    'own.yaml': head + rule(),
    sub: { 'own.yml': head + rule() },
    'thief.yaml': head.replace('own', 'lync2013-edge-nat') + rule(),
  });
  t.equal(readPack('own.yaml', folder).pack, 'own');
  t.equal(readPack('./sub/own.yml', folder).pack, 'own');
  t.equal(readPack(join(folder, 'own.yaml'), '/elsewhere').pack, 'own', 'an absolute path needs no folder');
  await throwsMatching(t, () => readPack('./nope.yaml', folder), /nope\.yaml:1:1: there is no such file/);
  await throwsMatching(t, () => readPack('thief.yaml', folder), /thief\.yaml:1:7: pack: .*name of a shipped pack/);
  await throwsMatching(t, () => readPack('constructor', '.'), /there is no shipped pack/);
});

t.test('ids and directions', async (t) => {
  t.same(edgeEnd({ from: 'any', to: 'av-edge' }), { role: 'av-edge', direction: 'in' });
  t.same(edgeEnd({ from: 'edge-internal', to: 'any' }), { role: 'edge-internal', direction: 'out' });
  t.equal(edgeEnd({ from: 'client', to: 'front-end' }), null);
  t.equal(
    ruleId({
      table: 'public-im',
      protocol: 'STUN/MSTURN',
      transport: 'udp',
      ports: '3478',
      from: 'av-edge',
      to: 'live-messenger-client',
    }),
    'public-im-stun-udp-3478-out',
  );
});
