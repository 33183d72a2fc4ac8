import t from 'tap';
import { isInNarrowedRole, sourcesOf } from '../../agent/sources.ts';
import { row } from './fixtures.ts';
import { edge1Owns, siteWith } from './two-nodes.ts';

const psom = row('internal-psom-tcp-8057-in', { to: 'edge-internal', mayNarrowTo: ['front-end'] });
const sipIn = row('internal-sip-tcp-5061-in', { to: 'edge-internal', mayNarrowTo: ['director', 'front-end'] });
const sipOut = row('internal-sip-tcp-5061-out', { mayNarrowTo: ['director', 'front-end'] });
const stun = row('external-stun-tcp-443-in');
const federation = row('federation-sip-tcp-5061-out');
const partner = row('public-im-sip-tcp-5061-in', { from: 'public-im-partner' });

const none = new Set<string>();
const fe1 = '10.1.0.20';
const dir1 = '10.1.0.30';

const bound = (vantage: string, bind: string) => siteWith(`vantages: { ${vantage}: { bind: { ${bind} } } }\n`);

t.test('where a row is asked from', async (t) => {
  const cases: [string, Parameters<typeof sourcesOf>, readonly (string | null)[]][] = [
    ['any, nothing bound: the routing table', [stun, siteWith(), 'outside', none], [null]],
    ['any, bound', [stun, bound('outside', 'any: 203.0.113.9'), 'outside', none], ['203.0.113.9']],
    ['any, bound in another vantage', [stun, bound('inside', 'any: 203.0.113.9'), 'outside', none], [null]],
    ['any, not to be narrowed, on a front end', [stun, siteWith(), 'inside', new Set([fe1])], [null]],
    ['narrowed, on a front end', [psom, siteWith(), 'inside', new Set([fe1])], [fe1]],
    ['narrowed to the first role that it has', [sipIn, siteWith(), 'inside', new Set([fe1, dir1])], [dir1]],
    ['narrowed, on a director only', [psom, siteWith(), 'inside', new Set([dir1])], [null]],
    ['narrowed, bound', [psom, bound('inside', 'front-end: 10.9.9.9'), 'inside', none], ['10.9.9.9']],
    [
      'bound narrowed before bound any',
      [psom, bound('inside', 'any: 10.9.9.1, front-end: 10.9.9.9'), 'inside', none],
      ['10.9.9.9'],
    ],
    ['bound any before owned', [psom, bound('inside', 'any: 10.9.9.1'), 'inside', new Set([fe1])], ['10.9.9.1']],
    [
      'any role may be bound anywhere',
      [partner, bound('outside', 'public-im-partner: 203.0.113.7'), 'outside', none],
      ['203.0.113.7'],
    ],
    ['a partner that is not bound', [partner, bound('outside', 'any: 203.0.113.9'), 'outside', none], ['203.0.113.9']],
    ['an Edge role, owned', [federation, siteWith(), 'dmz', edge1Owns], ['10.45.16.10']],
    [
      'an Edge role, bound before owned',
      [federation, bound('dmz', 'access-edge: 10.45.16.99'), 'dmz', edge1Owns],
      ['10.45.16.99'],
    ],
    ['an Edge role is never "any"', [federation, bound('dmz', 'any: 10.9.9.1'), 'dmz', edge1Owns], ['10.45.16.10']],
    ['a row whose target may be narrowed', [sipOut, siteWith(), 'dmz', new Set([...edge1Owns, fe1])], ['172.25.33.10']],
  ];
  for (const [name, given, wanted] of cases)
    t.strictSame(sourcesOf(...given), { kind: 'bound', addresses: wanted }, name);
  t.strictSame(sourcesOf(federation, siteWith(), 'dmz', none), { kind: 'none', wanted: ['edge1', 'edge2'] });
  t.strictSame(
    sourcesOf(
      federation,
      siteWith('', { 'address: 10.45.16.11, publicAddress: 131.107.155.11': 'address: 10.45.16.10' }),
      'dmz',
      edge1Owns,
    ),
    { kind: 'bound', addresses: ['10.45.16.10'] },
    'one address is one source',
  );
});

t.test('whether a source plays a role that "any" may be narrowed to', async (t) => {
  const cases: [string, Parameters<typeof isInNarrowedRole>, boolean][] = [
    ['not to be narrowed', [stun, '198.51.100.9', siteWith(), 'outside'], true],
    ['not to be narrowed, unknown source', [stun, null, siteWith(), 'outside'], true],
    ['from elsewhere', [psom, '10.9.9.9', siteWith(), 'inside'], false],
    ['from nobody knows where', [psom, null, siteWith(), 'inside'], false],
    ['from the front end', [psom, fe1, siteWith(), 'inside'], true],
    ['from a director, of which nothing is said', [psom, dir1, siteWith(), 'inside'], false],
    ['from one of two roles', [sipIn, fe1, siteWith(), 'inside'], true],
    ['bound as a front end', [psom, '10.9.9.9', bound('inside', 'front-end: 10.9.9.9'), 'inside'], true],
    ['bound as a front end elsewhere', [psom, '10.9.9.9', bound('dmz', 'front-end: 10.9.9.9'), 'inside'], false],
    ['"any" in "to": the target is narrowed', [sipOut, '172.25.33.10', siteWith(), 'dmz'], true],
  ];
  for (const [name, given, wanted] of cases) t.equal(isInNarrowedRole(...given), wanted, name);
});
