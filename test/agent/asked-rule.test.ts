import t from 'tap';
import { addedRules, expectationOf, matchesRule } from '../../agent/asked-rule.ts';
import type { Rule } from '../../agent/packs.ts';
import type { Site } from '../../agent/site.ts';
import type { Vantage } from '../../agent/site-roles.ts';
import { shipped, siteWith } from './two-nodes.ts';

const rules = shipped('lync2013-edge-public');
const ruleOf = (id: string): Rule => {
  const found = rules.find((rule) => rule.id === id);
  if (found === undefined) throw new Error(`no rule ${id}`);
  return found;
};
const expecting = (...entries: string[]): Site =>
  siteWith(`expect:\n${entries.map((one) => `  - { ${one} }\n`).join('')}`);

t.test('globs over ids and pack/id', async (t) => {
  const rule = { pack: 'lync2013-edge-nat', id: 'external-sip-tcp-443-in' };
  const cases: [string, boolean][] = [
    ['external-sip-tcp-443-in', true],
    ['lync2013-edge-nat/external-sip-tcp-443-in', true],
    ['lync2013-edge-public/external-sip-tcp-443-in', false],
    ['external-*', true],
    ['*', true],
    ['*/*', true],
    ['lync2013-*/external-*-in', true],
    ['external-sip-tcp-44?-in', true],
    ['external-sip-tcp-4?-in', false],
    ['external-sip-tcp-443', false],
    ['sip', false],
    ['EXTERNAL-*', false],
    ['external.sip.tcp.443.in', false],
    ['external-sip-tcp-(443)-in', false],
    ['external-[a-z]*', false],
    ['', false],
  ];
  for (const [glob, wanted] of cases) t.equal(matchesRule(glob, rule), wanted, JSON.stringify(glob));
});

t.test('what a row is expected to be: reachable, unless the site file says otherwise', async (t) => {
  const cases: [string, string[], string, Vantage, string][] = [
    ['nothing said', ['rule: internal-*, expect: blocked'], 'external-sip-tcp-443-in', 'outside', 'reachable'],
    ['by id', ['rule: external-sip-tcp-443-in, expect: blocked'], 'external-sip-tcp-443-in', 'outside', 'blocked'],
    ['by glob', ['rule: "external-sip-*", expect: blocked'], 'external-sip-tcp-443-in', 'outside', 'blocked'],
    ['by pack', ['rule: "lync2013-edge-public/*", expect: blocked'], 'external-sip-tcp-443-in', 'outside', 'blocked'],
    [
      'another pack',
      ['rule: "lync2013-edge-nat/*", expect: blocked'],
      'external-sip-tcp-443-in',
      'outside',
      'reachable',
    ],
    ['here', ['rule: "*", vantage: outside, expect: blocked'], 'external-sip-tcp-443-in', 'outside', 'blocked'],
    ['elsewhere', ['rule: "*", vantage: inside, expect: blocked'], 'external-sip-tcp-443-in', 'outside', 'reachable'],
    ['to and ports', ['to: access-edge, ports: 443, expect: blocked'], 'external-sip-tcp-443-in', 'outside', 'blocked'],
    [
      'one of the ports',
      ['to: access-edge, ports: "80,443", expect: blocked'],
      'external-sip-tcp-443-in',
      'outside',
      'blocked',
    ],
    [
      'other ports',
      ['to: access-edge, ports: 444, expect: blocked'],
      'external-sip-tcp-443-in',
      'outside',
      'reachable',
    ],
    ['another role', ['to: av-edge, ports: 443, expect: blocked'], 'external-sip-tcp-443-in', 'outside', 'reachable'],
    [
      'from',
      ['to: access-edge, from: client, ports: 443, expect: blocked'],
      'public-im-sip-tcp-443-in',
      'outside',
      'blocked',
    ],
    [
      'not from',
      ['to: access-edge, from: client, ports: 443, expect: blocked'],
      'external-sip-tcp-443-in',
      'outside',
      'reachable',
    ],
    [
      'transport',
      ['to: av-edge, ports: 3478, transport: tcp, expect: blocked'],
      'external-stun-udp-3478-in',
      'outside',
      'reachable',
    ],
    [
      'a range',
      ['to: av-edge, ports: 50000-59999, expect: blocked'],
      'external-rtp-tcp-50000-59999-in',
      'outside',
      'blocked',
    ],
    [
      'a part of a range',
      ['to: av-edge, ports: 50000-50999, expect: blocked'],
      'external-rtp-tcp-50000-59999-in',
      'outside',
      'reachable',
    ],
    [
      'the last wins',
      ['rule: "*", expect: blocked', 'rule: external-*, expect: reachable'],
      'external-sip-tcp-443-in',
      'outside',
      'reachable',
    ],
    [
      'the last that speaks of it',
      ['rule: "*", expect: blocked', 'rule: internal-*, expect: reachable'],
      'external-sip-tcp-443-in',
      'outside',
      'blocked',
    ],
  ];
  for (const [name, entries, id, vantage, wanted] of cases) {
    t.equal(expectationOf(ruleOf(id), expecting(...entries), vantage), wanted, name);
  }
});

const added = (vantage: Vantage, ...entries: string[]): string[] =>
  addedRules(expecting(...entries), rules, vantage).map(([rule, expect]) => `${rule.id} ${expect}`);

t.test('what no row covers is added as a rule of the site', async (t) => {
  const design = 'to: access-edge, ports: "4443,5062,8057,23456", vantage: outside, expect: blocked';
  t.strictSame(added('outside', design), [
    'site-any-access-edge-tcp-4443 blocked',
    'site-any-access-edge-tcp-5062 blocked',
    'site-any-access-edge-tcp-8057 blocked',
    'site-any-access-edge-tcp-23456 blocked',
  ]);
  t.strictSame(added('inside', design), []);
  t.strictSame(
    added('outside', 'to: access-edge, ports: "443,444", expect: blocked'),
    ['site-any-access-edge-tcp-444 blocked'],
    'a row that is covered is overridden, not asked twice',
  );
  t.strictSame(
    added('inside', 'to: access-edge, ports: 443, vantage: inside, expect: blocked'),
    ['site-any-access-edge-tcp-443 blocked'],
    'the row is asked from outside, this from inside',
  );
  t.strictSame(
    added('outside', 'to: av-edge, ports: 3478, transport: tcp, expect: blocked'),
    ['site-any-av-edge-tcp-3478 blocked'],
    'the row is UDP',
  );
  t.strictSame(added('inside', 'to: edge-internal, ports: 3389, expect: blocked'), [
    'site-any-edge-internal-tcp-3389 blocked',
  ]);
  t.strictSame(added('outside', 'to: edge-internal, ports: 3389, expect: blocked'), []);
  t.strictSame(added('dmz', 'from: edge-internal, to: front-end, ports: 445, expect: blocked'), [
    'site-edge-internal-front-end-tcp-445 blocked',
  ]);
  t.strictSame(added('outside', 'rule: "*", expect: blocked'), [], 'a glob adds nothing');
  t.strictSame(added('outside', 'to: av-edge, ports: 50000-50999, expect: blocked'), [
    'site-any-av-edge-tcp-50000-50999 blocked',
  ]);
  t.strictSame(
    added(
      'outside',
      'to: access-edge, ports: "25,26", expect: blocked',
      'to: access-edge, ports: 25, expect: reachable',
    ),
    ['site-any-access-edge-tcp-25 reachable', 'site-any-access-edge-tcp-26 blocked'],
    'the same added twice is one rule, and the last wins',
  );
});

t.test('an added rule has everything a rule has', async (t) => {
  const [one] = addedRules(
    expecting('to: edge-internal, ports: 3389, transport: udp, expect: blocked'),
    rules,
    'inside',
  );
  t.match(one?.[0], {
    pack: 'site',
    table: 'internal',
    role: 'edge-internal',
    protocol: 'UDP',
    security: 'none',
    transport: 'udp',
    ports: '3389',
    from: 'any',
    to: 'edge-internal',
    requiredFor: [],
    mayNarrowTo: [],
  });
});
