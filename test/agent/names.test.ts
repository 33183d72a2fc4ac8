import t from 'tap';
import { askNames, lookUpNames } from '../../agent/names.ts';
import { questionKey, questionOf } from '../../agent/question.ts';
import { type ResolvedRule, type Resolver, resolvePlan } from '../../agent/resolve.ts';
import type { RunResult, RunSettings } from '../../agent/run.ts';
import type { Observation } from '../../probes/observation.ts';
import type { Question } from '../../probes/probe.ts';
import { seen, startedAt } from './fixtures.ts';
import { planOf, siteWith } from './two-nodes.ts';

const nobody: Resolver = async (host) => ({ kind: 'unresolved', code: 'no-such-name', message: `no ${host}` });
const deadline = 8;

type Answer = (query: string) => Observation;

const answered = (rcode: string, ...answers: string[]): Observation =>
  seen('answered', { probe: 'dns', facts: { rcode, answers } });

/** Asks for the names of the two-node site, where the DNS rows came out like that; gives what was asked and learned. */
const ask = async (answer: Answer, row = answered('NOERROR'), replaced: Record<string, string> = {}) => {
  const plan = planOf({ vantage: 'dmz', site: siteWith('', replaced) });
  const rules: readonly ResolvedRule[] = await resolvePlan(plan, nobody, new Set([4]));
  const observations = new Map<string, Observation>();
  for (const { rule, checks } of rules.filter(({ rule }) => rule.protocol === 'DNS')) {
    for (const check of checks) {
      observations.set(questionKey(questionOf(check, check.address ?? '', rule.transport, deadline)), row);
    }
  }
  const result: RunResult = {
    ...{ startedAt, finishedAt: startedAt, seconds: 1, observations, controls: [], interrupted: false },
  };
  const asked: Question[] = [];
  const settings: RunSettings = {
    ...{ deadline, concurrency: 1, controlPort: 49151, resolver: nobody, signal: new AbortController().signal },
    clock: { now: () => startedAt, monotonic: () => 0, after: () => () => undefined },
    ask: async (question) => {
      asked.push(question);
      return answer(question.options.query ?? '');
    },
  };
  return { names: await askNames(plan, rules, result, settings), asked };
};

const wanted = [
  ...['sip.contoso.com', 'webcon.contoso.com', '_sipfederationtls._tcp.contoso.com', '_sip._tls.contoso.com'],
  '_xmpp-server._tcp.contoso.com',
];

t.test('the DNS server that answered its row is asked for every name, once', async (t) => {
  const { names, asked } = await ask((query) =>
    query.startsWith('_') ? answered('NXDOMAIN') : answered('NOERROR', `A ${query}`),
  );
  t.same(
    asked.map(({ options }) => options.query),
    wanted,
  );
  for (const { target, source, probe } of asked) {
    t.same([probe, target.address, target.port, source.address], ['dns', '198.51.100.4', 53, '10.45.16.10']);
  }
  t.same(names[0], { name: 'sip.contoso.com', server: 'dns', answers: ['A sip.contoso.com'] });
  t.same(names.at(-1), { name: '_xmpp-server._tcp.contoso.com', server: 'dns', answers: [] }, 'no such name');
});

t.test('a server that may not tell, or falls silent, tells nothing', async (t) => {
  const refused = await ask(() => answered('REFUSED'));
  t.same([refused.names, refused.asked.length], [[], wanted.length]);
  const silent = await ask(() => seen('filtered', { code: 'timeout' }));
  t.same([silent.names, silent.asked.length], [[], 1], 'nobody waits for it again and again');
});

t.test('nobody is asked who did not answer his row, nor a responder, nor this machine', async (t) => {
  const good: Answer = () => answered('NOERROR', 'A 192.0.2.1');
  t.same((await ask(good, seen('filtered'))).asked, []);
  const far = 'dns: { address: 198.51.100.4, as: [dns-server] }';
  const responder = await ask(good, answered('NOERROR'), { [far]: 'dns: { address: 198.51.100.4, responder: true }' });
  t.same(responder.asked, []);
  const here = await ask(good, answered('NOERROR'), { [far]: 'dns: { address: 127.0.0.1, as: [dns-server] }' });
  t.same(here.asked, []);
});

t.test('elsewhere, the DNS of the host is asked for the names of what was asked', async (t) => {
  const site = siteWith();
  const plan = planOf({ site, only: ({ to }) => to === 'access-edge' });
  const rules = await resolvePlan(plan, nobody, new Set([4]));
  const asked: string[] = [];
  const names = await lookUpNames(site, rules, async (host) => {
    asked.push(host);
    return { kind: 'addresses', addresses: ['131.107.155.10', '2001:db8::1'] };
  });
  t.same(asked, ['sip.contoso.com'], 'web conferencing was not asked');
  t.same(names, [
    { name: 'sip.contoso.com', server: "this host's DNS", answers: ['A 131.107.155.10', 'AAAA 2001:db8::1'] },
  ]);
  t.same(await lookUpNames(site, rules, nobody), [], 'a name that is not there is no other address');
});
