import t from 'tap';
import { readPack } from '../../agent/packs.ts';
import { makePlan, type PlannedRule } from '../../agent/plan.ts';
import { servicesFor } from '../../agent/respond-services.ts';
import { parseSite } from '../../agent/site.ts';
import { sourcesOf } from '../../agent/sources.ts';
import { control, judged, row, seen, siteText, startedAt, sweepFacts } from './fixtures.ts';

const strict = readPack('strict', '.').rules;
const documented = readPack('lync2013-edge-public', '.').rules;
const siteWith = (more = '') => parseSite(`${siteText}${more}`, 'contoso.yaml', startedAt);

const planOf = (site = siteWith(), rules = [...documented, ...strict]): readonly PlannedRule[] =>
  makePlan({ site, vantage: 'outside', place: 'outside', rules, owned: new Set() }).rules;

const strictRule = (id: string, rules = planOf()): PlannedRule => {
  const found = rules.find(({ rule }) => rule.pack === 'strict' && rule.id === id);
  if (found === undefined) throw new Error(`no strict rule ${id}`);
  return found;
};

t.test('the internal ports are asked on every external address, once, and only whether they open', async (t) => {
  const ports = [4443, 5062, 8057, 23_456, 50_001, 50_002, 50_003];
  const asked = planOf().filter(({ rule }) => rule.pack === 'strict' && !rule.ports.includes('-'));
  t.same(
    asked.map(({ rule }) => Number(rule.ports)),
    ports,
  );
  for (const { asks, expect, rule } of asked) {
    t.equal(expect, 'blocked');
    t.same(
      asks.map(({ target }) => `${target.name} ${target.role} ${target.address}`),
      [
        'edge1 access-edge 131.107.155.10',
        'edge2 access-edge 131.107.155.11',
        'edge1 av-edge 131.107.155.30',
        'edge2 av-edge 131.107.155.31',
      ],
      rule.id,
    );
    t.ok(asks.every(({ probe, options }) => probe === 'tcp' && options.dials === 2));
  }
});

t.test('services that share an address are one target', async (t) => {
  const site = parseSite(
    `site: small
servers:
  edge1:
    access-edge: { address: 131.107.155.10 }
    webconf-edge: { address: 131.107.155.10, ports: { "443": 444 } }
`,
    'small.yaml',
    startedAt,
  );
  const { asks } = strictRule('external-https-tcp-4443-in', planOf(site));
  t.same(
    asks.map(({ target }) => `${target.role} ${target.address}`),
    ['access-edge 131.107.155.10'],
  );
});

t.test('outside the table: a short list, without what a row or the site opens at that address', async (t) => {
  const { asks } = strictRule('external-tcp-tcp-1-65535-in');
  const [first] = asks;
  const only = first?.options.only ?? [];
  t.ok(only.length >= 30 && only.length <= 60, `${only.length} ports`);
  for (const port of [135, 139, 445, 3389, 5985, 8080]) t.ok(only.includes(port), String(port));
  for (const port of [443, 5061, 5269, 3478, 49_151]) t.notOk(only.includes(port), String(port));
  t.same(
    only,
    only.toSorted((a, b) => a - b),
    'ascending',
  );

  const moved = siteText.replace('131.107.155.10, fqdn', '131.107.155.10, ports: { "5061": 8443 }, fqdn');
  const opened = parseSite(
    `${moved}expect:\n  - { to: access-edge, ports: 8080, vantage: outside, expect: reachable }\n`,
    'contoso.yaml',
    startedAt,
  );
  const cut = strictRule('external-tcp-tcp-1-65535-in', planOf(opened)).asks;
  const at = (address: string) => cut.find(({ target }) => target.address === address)?.options.only ?? [];
  t.notOk(at('131.107.155.10').includes(8443), 'the Access Edge listens there in place of 5061');
  t.notOk(at('131.107.155.11').includes(8080), 'the site file opens it');
  t.ok(at('131.107.155.11').includes(8443));
  t.ok(at('131.107.155.30').includes(8080));
});

t.test('the media range must be shut unless a partner with Office Communications Server 2007 needs it', async (t) => {
  const id = 'external-rtp-tcp-50000-59999-in';
  const { asks, expect } = strictRule(id);
  t.equal(expect, 'blocked');
  t.same(
    asks.map(({ probe, options }) => [probe, options.sample]),
    [
      ['tcp', 256],
      ['tcp', 256],
    ],
  );
  const ocs = parseSite(siteText.replace('[federation, av]', '[ocs2007-federation]'), 'contoso.yaml', startedAt);
  const skipped = strictRule(id, planOf(ocs)).skip;
  t.equal(skipped?.because, 'not-required');
  t.match(skipped?.explain, /ocs2007-federation is among the site's features/);
  const found = planOf(ocs).find(({ rule }) => rule.pack !== 'strict' && rule.id === id);
  t.equal(found?.expect, 'reachable', 'the row of the document asks the opposite then');
});

t.test(
  'they are asked from outside alone, from any address, and no responder opens the ports of the list',
  async (t) => {
    for (const vantage of ['inside', 'dmz'] as const) {
      const plan = makePlan({ site: siteWith(), vantage, place: vantage, rules: strict, owned: new Set() });
      t.same([plan.rules, plan.alongside], [[], undefined], vantage);
    }
    const [first] = strict;
    if (first === undefined) throw new Error('the pack is empty');
    t.same(sourcesOf(first, siteWith(), 'outside', new Set()), { kind: 'bound', addresses: [null] });
    const services = servicesFor(siteWith(), strict, 'edge');
    t.ok(services.every(({ ports }) => ports.to - ports.from < 10_000));
    t.ok(services.some(({ ports }) => ports.from === 4443));
  },
);

const shut = row('external-https-tcp-4443-in', { pack: 'strict', expect: 'blocked', security: 'tls' });
const list = row('external-tcp-tcp-1-65535-in', { pack: 'strict', expect: 'blocked', only: '21-9389' });
const sip = row('external-sip-tcp-5061-in');
const silence = seen('filtered', { probe: 'tcp', code: 'timeout', message: 'nothing was heard' });

const verdictOf = (rows: Parameters<typeof judged>[0], run: Parameters<typeof judged>[1] = {}) => {
  const [rule] = judged(rows, run).report.rules;
  return { told: `${rule?.verdict} ${rule?.because}`, explain: rule?.explain ?? '', findings: rule?.findings ?? [] };
};

t.test(
  'silence passes beside an answer of the same address, which the sentence names; alone it is unknown',
  async (t) => {
    const asked = { rule: shut, expect: 'blocked' as const, at: { edge1: silence } };
    const good = verdictOf([asked, { rule: sip, at: { edge1: seen('answered') } }]);
    t.equal(good.told, 'pass filtered');
    t.match(
      good.explain,
      /tcp\/5061 there answers: blocked as expected; edge1 is up.*this port is silent; who drops it is not proven/,
    );
    const dead = verdictOf([asked, { rule: sip, at: { edge1: silence } }]);
    t.equal(dead.told, 'unknown silent');
    t.match(dead.explain, /nothing shows that edge1 is up/);
    const elsewhere = verdictOf([asked, { rule: sip, at: { edge2: seen('answered') } }]);
    t.equal(elsewhere.told, 'unknown silent', 'another node proves nothing');
  },
);

t.test('what opens is exposed', async (t) => {
  const open = verdictOf([{ rule: shut, expect: 'blocked', at: { edge1: seen('open', { probe: 'tcp' }) } }]);
  t.equal(open.told, 'fail exposed');
  t.match(open.explain, /expected to be blocked, and tcp\/4443 on edge1 can be reached from here/);
});

t.test('a list of ports is exposed by one of them, and its sentence names it', async (t) => {
  const facts = sweepFacts(
    [
      [21, 1434, 'filtered'],
      [3389, 3389, 'open'],
      [4444, 9389, 'filtered'],
    ],
    { asked: 46, of: 65_535 },
  );
  const sweep = { rule: list, expect: 'blocked' as const, at: { edge1: seen('open', { probe: 'tcp', facts }) } };
  const { told, explain, findings } = verdictOf([sweep, { rule: sip, at: { edge1: seen('answered') } }]);
  t.equal(told, 'fail exposed');
  t.match(explain, /46 of 65535 ports asked/);
  t.match(explain, /and tcp\/3389 on edge1 can be reached from here/);
  t.same(findings, [], 'one open port is no any-any rule, and no range that is partial');
});

t.test('resets while the control port is silent: the packets get there', async (t) => {
  const facts = sweepFacts([[21, 9389, 'closed']], { asked: 46, of: 65_535 });
  const controls = [control('port', '131.107.155.10', 'filtered')];
  const sweep = { rule: list, expect: 'blocked' as const, at: { edge1: seen('closed', { probe: 'tcp', facts }) } };
  const { told, findings } = verdictOf([sweep], { controls });
  t.equal(told, 'fail path-open');
  t.same(
    findings.map(({ code }) => code),
    ['any-any-rule'],
  );
  const rejecting = verdictOf([sweep], { controls: [control('port', '131.107.155.10', 'closed')] });
  t.equal(rejecting.told, 'unknown closed', 'all are reset: the host, or a firewall that rejects');
});
