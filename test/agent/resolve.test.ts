import t from 'tap';
import { type Resolved, type Resolver, resolvePlan, resolverOver, systemResolver } from '../../agent/resolve.ts';
import { edge1Owns, planOf, siteWith } from './two-nodes.ts';

const partner = '  sip: { address: 198.51.100.1, as: [sip-partner] }\n';
const named = siteWith('', { [partner]: '  sip: { address: sip.litware.com, as: [sip-partner] }\n' });
const ids = ['federation-sip-tcp-5061-out', 'external-sip-tcp-5061-out'];

const answering = (answers: Readonly<Record<string, Resolved>>): { resolver: Resolver; asked: string[] } => {
  const asked: string[] = [];
  return {
    asked,
    resolver: async (host) => {
      asked.push(host);
      const found = answers[host];
      if (found === undefined) throw new Error(`nobody knows ${host}`);
      return found;
    },
  };
};
const addresses = (...found: string[]): Resolved => ({ kind: 'addresses', addresses: found });
const both = new Set([4, 6] as const);
const four = new Set([4] as const);

const resolveAs = async (resolved: Resolved, families: ReadonlySet<4 | 6> = both, bind = '10.45.16.10') => {
  const { resolver, asked } = answering({ 'sip.litware.com': resolved });
  const site = { ...named, vantages: { ...named.vantages, dmz: { bind: { 'access-edge': bind }, control: [] } } };
  const plan = planOf({ vantage: 'dmz', site, only: ({ id }) => ids.includes(id) });
  return { rules: await resolvePlan(plan, resolver, families), asked };
};

t.test('every address of a name is a check of its own, and a name is asked for once', async (t) => {
  const { rules, asked } = await resolveAs(addresses('198.51.100.1', '198.51.100.2'));
  t.strictSame(asked, ['sip.litware.com'], 'for two rules');
  t.equal(rules.length, 2);
  for (const { checks, left, skip } of rules) {
    t.strictSame(
      checks.map(({ host, address, unresolved }) => [host, address, unresolved]),
      [
        ['sip.litware.com', '198.51.100.1', null],
        ['sip.litware.com', '198.51.100.2', null],
      ],
    );
    t.strictSame([left, skip], [[], null]);
  }
});

t.test('a family that this host, or the bound source, does not have is not asked', async (t) => {
  const mixed = addresses('198.51.100.1', '2001:db8::1');
  const [bound] = (await resolveAs(mixed)).rules;
  t.strictSame(
    bound?.checks.map(({ address }) => address),
    ['198.51.100.1'],
    'the source is IPv4',
  );
  t.strictSame(bound?.left, ['sip 2001:db8::1']);
  t.equal(bound?.skip, null, 'something was asked');
  const [six] = (await resolveAs(mixed, both, '2001:db8::99')).rules;
  t.strictSame(
    six?.checks.map(({ address }) => address),
    ['2001:db8::1'],
    'the source is IPv6',
  );
  const [none] = (await resolveAs(addresses('2001:db8::1', '2001:db8::2'))).rules;
  t.strictSame(none?.checks, []);
  t.match(none?.skip, {
    because: 'no-such-family',
    explain: /no address of the family of sip 2001:db8::1, sip 2001:db8::2/,
  });

  const open = async (found: Resolved, families: ReadonlySet<4 | 6>) => {
    const site = siteWith('', { 'address: 10.45.16.10, publicAddress: 131.107.155.10': 'address: sip.litware.com' });
    const plan = planOf({ site, only: ({ id }) => id === 'external-sip-tcp-443-in' });
    const [rule] = await resolvePlan(plan, answering({ 'sip.litware.com': found }).resolver, families);
    return rule?.checks.map(({ address }) => address);
  };
  t.strictSame(await open(mixed, four), ['198.51.100.1', '131.107.155.11'], 'unbound: the families of the host');
  t.strictSame(await open(mixed, both), ['198.51.100.1', '2001:db8::1', '131.107.155.11']);
  t.strictSame(await open(addresses('127.0.0.1', '::1'), new Set()), ['127.0.0.1', '::1'], 'loopback is always there');
});

t.test('a name without an address is a check without one', async (t) => {
  for (const code of ['no-such-name', 'resolver-failed'] as const) {
    const [rule] = (await resolveAs({ kind: 'unresolved', code, message: 'why' })).rules;
    t.match(rule, { skip: null, checks: [{ address: null, unresolved: { code, message: 'why' } }] }, code);
  }
  const [empty] = (await resolveAs(addresses())).rules;
  t.match(empty, { skip: null, checks: [{ address: null, unresolved: { code: 'no-such-name' } }] }, 'no records');
});

t.test('skipped rules stay skipped, literal addresses are not looked up', async (t) => {
  const plan = planOf({ vantage: 'dmz', owned: edge1Owns });
  const rules = await resolvePlan(plan, answering({}).resolver, four);
  t.equal(rules.length, plan.rules.length);
  t.strictSame(
    rules.map(({ skip }) => skip?.because),
    plan.rules.map(({ skip }) => skip?.because),
  );
  t.ok(rules.some(({ skip }) => skip?.because === 'no-probe-yet') || rules.every(({ skip }) => skip === null));
});

t.test('what a lookup says: addresses, no such name, or that our own resolver failed', async (t) => {
  const failing = (error: unknown) => resolverOver(() => Promise.reject(error))('sip.litware.com');
  const coded = (code: string) => Object.assign(new Error(code), { code });
  t.strictSame(
    await resolverOver(async () => [{ address: '192.0.2.1' }, { address: '2001:db8::1' }, { address: '192.0.2.1' }])(
      'x',
    ),
    addresses('192.0.2.1', '2001:db8::1'),
    'each once, in their order',
  );
  for (const code of ['ENOTFOUND', 'ENODATA']) t.match(await failing(coded(code)), { code: 'no-such-name' }, code);
  for (const code of ['EAI_AGAIN', 'EAI_FAIL', 'ETIMEOUT', 'ECONNREFUSED', 'ESERVFAIL', 'EMFILE']) {
    t.match(await failing(coded(code)), { code: 'resolver-failed', message: `failed for sip.litware.com (${code})` });
  }
  t.match(await failing('odd'), { code: 'resolver-failed', message: 'no reason given' });
  const local = await systemResolver('localhost');
  t.ok(
    local.kind === 'addresses' && local.addresses.some((one) => one === '127.0.0.1' || one === '::1'),
    'the hosts file',
  );
});

t.test('a name with a thousand addresses is nobody to ask', async (t) => {
  const found = (count: number) => async () =>
    Array.from({ length: count }, (_, index) => ({ address: `198.51.${index >> 8}.${index & 255}` }));
  const most = await resolverOver(found(64))('sip.litware.com');
  t.equal(most.kind === 'addresses' && most.addresses.length, 64);
  t.match(await resolverOver(found(1000))('sip.litware.com'), {
    kind: 'unresolved',
    code: 'resolver-failed',
    message: 'the name sip.litware.com has 1000 addresses, which is more than 64: none of them is asked',
  });
});
