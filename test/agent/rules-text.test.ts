import t from 'tap';
import type { Rule } from '../../agent/packs.ts';
import { listRules, ruleFormats, showRule } from '../../agent/rules-text.ts';
import { row } from './fixtures.ts';
import { shipped } from './two-nodes.ts';

const rules = [...shipped('lync2013-edge-public'), ...shipped('lync2013-federation')];
const odd = row('external-psom-tcp-443-in', {
  id: '=cmd|calc',
  pack: 'a"b',
  why: 'Because\n\x1b[2Jof it.',
  requiredFor: ['av', 'federation'],
}) as Rule;

t.test('JSON: the whole rule, as the documented object', async (t) => {
  t.strictSame(JSON.parse(listRules(rules, 'json')), { rules });
  const [first] = (JSON.parse(listRules(rules, 'json')) as { rules: object[] }).rules;
  t.strictSame(
    Object.keys(first ?? {}).sort(),
    'pack id table role protocol security transport ports from to why requiredFor mayNarrowTo source notes erratum'
      .split(' ')
      .sort(),
  );
});

t.test('table: a block per pack', async (t) => {
  const text = listRules(rules, 'table');
  t.match(text, /^lync2013-edge-public: 37 rules\n {2}RULE +PROTOCOL +PORTS +FLOW +ASKED FROM +NEEDED FOR\n/);
  t.match(text, /\n\nlync2013-federation: 10 rules\n/);
  t.match(text, /\n {2}external-sip-tcp-443-in +SIP tls +tcp\/443 +any → access-edge +outside +remote-users\n/);
  t.match(text, /\n {2}internal-sip-tcp-5061-out +SIP mtls +tcp\/5061 +edge-internal → any +dmz +always\n/);
  t.equal(text.split('\n').filter((line) => line.startsWith('  ')).length, 37 + 10 + 2);
});

t.test('CSV: RFC 4180, and no formula', async (t) => {
  const lines = listRules([...rules, odd], 'csv').split('\r\n');
  t.equal(lines.length, 1 + rules.length + 1 + 1);
  t.equal(lines[0], 'pack,id,protocol,security,transport,ports,from,to,asked from,required for');
  t.equal(
    lines[1],
    'lync2013-edge-public,external-xmpp-tcp-5269-in,XMPP,none,tcp,5269,any,access-edge,outside,xmpp-federation',
  );
  t.match(lines.at(-2), /^"a""b",'=cmd\|calc,PSOM,/);
  t.equal(lines.at(-1), '');
});

t.test('markdown: a bar in a cell is no column', async (t) => {
  const lines = listRules([odd], 'markdown').split('\n');
  t.equal(lines[1], `|${' --- |'.repeat(10)}`);
  t.match(lines[2], '| =cmd\\|calc |');
});

t.test('no rules, in every format', async (t) => {
  for (const format of ruleFormats) t.doesNotThrow(() => listRules([], format), format);
});

t.test('one rule, whole', async (t) => {
  const rule = rules.find(({ pack, erratum }) => pack === 'lync2013-federation' && erratum !== null);
  if (rule?.erratum == null) throw new Error('the federation pack has an erratum');
  const text = showRule(rule);
  t.match(text, `${rule.pack}/${rule.id}\n`);
  t.match(text, `erratum     ${rule.erratum.field}: the document says ${rule.erratum.documented}.`);
  t.match(text, `source      ${rule.source.document}, table public-im, row ${rule.source.row}`);
  t.match(text, rule.why);
  const narrowed = rules.find(({ id }) => id === 'internal-sip-tcp-5061-in');
  if (narrowed === undefined) throw new Error('no such rule');
  t.match(showRule(narrowed), /any may be {2}director, front-end\n/);
  t.match(showRule(narrowed), /needed for {2}always\n/);
  t.equal(showRule(odd).split('\n').length, 1 + 6 + 1, 'a text of a pack is one line');
  t.notMatch(showRule(odd), /\x1b/, "somebody else's pack file does not steer the terminal");
});
