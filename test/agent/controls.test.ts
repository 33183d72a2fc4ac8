import t from 'tap';
import { portControlOf, provesSight } from '../../agent/controls.ts';
import type { Resolver } from '../../agent/resolve.ts';
import { fakeRun } from './fake-run.ts';
import { seen } from './fixtures.ts';
import { siteWith } from './two-nodes.ts';

t.test('what a control says', async (t) => {
  const cases = [
    ['answered', true, 'open'],
    ['open', true, 'open'],
    ['closed', true, 'closed'],
    ['unreachable', false, 'unknown'],
    ['filtered', false, 'silent'],
    ['unresolved', false, 'unknown'],
    ['unasked', false, 'unknown'],
  ] as const;
  for (const [outcome, sight, port] of cases) {
    t.equal(provesSight(seen(outcome)), sight, `vantage control ${outcome}`);
    t.equal(portControlOf(seen(outcome)), port, `control port ${outcome}`);
  }
  t.equal(portControlOf(undefined), 'unknown');
});

const controlled = (vantage: string, settings: string) => siteWith(`vantages: { ${vantage}: { ${settings} } }\n`);

const resolving =
  (...addresses: string[]): Resolver =>
  async () => ({ kind: 'addresses', addresses });

t.test('the vantage control: asked like everything else, as expected if somebody answered', async (t) => {
  const site = controlled('outside', 'control: ["tcp://203.0.113.53:53", "tcp://192.0.2.1:443"]');
  const { result, asked } = await fakeRun({
    plan: { site },
    answer: ({ target }) => (target.address === '192.0.2.1' ? 'filtered' : undefined),
  });
  t.match(result.controls.slice(0, 2), [
    {
      kind: 'vantage',
      target: 'tcp://203.0.113.53:53',
      address: '203.0.113.53',
      port: 53,
      source: null,
      asExpected: true,
    },
    { kind: 'vantage', target: 'tcp://192.0.2.1:443', asExpected: false, observation: { outcome: 'filtered' } },
  ]);
  t.equal(asked.filter(({ target }) => target.address === '203.0.113.53').length, 1);
});

t.test('from where it is asked', async (t) => {
  const sourceOf = async (vantage: 'outside' | 'dmz', bind: string, host = '203.0.113.53') => {
    const site = controlled(vantage, `${bind}control: ["tcp://${host}:53"]`);
    const { asked } = await fakeRun({ plan: { site, vantage } });
    return asked.find(({ target }) => target.port === 53)?.source.address;
  };
  t.equal(await sourceOf('outside', ''), null);
  t.equal(await sourceOf('outside', 'bind: { any: 203.0.113.9 }, '), '203.0.113.9');
  t.equal(await sourceOf('dmz', 'bind: { access-edge: 10.45.16.99 }, '), '10.45.16.99');
  t.equal(await sourceOf('dmz', ''), '10.45.16.10', 'the access-edge address that this machine owns');
  t.equal(await sourceOf('dmz', 'bind: { any: 10.45.16.7 }, '), '10.45.16.7');
  t.equal(await sourceOf('dmz', '', '[2001:db8::53]'), null, 'an address of the other family cannot be bound');
});

t.test('a control by name: any of its addresses will do', async (t) => {
  const site = controlled('outside', 'control: ["tcp://ntp.example.com:123"]');
  const sight = async (resolver: Resolver, outcomes: Readonly<Record<string, 'unasked' | 'filtered'>> = {}) => {
    const { result } = await fakeRun({ plan: { site }, resolver, answer: ({ target }) => outcomes[target.address] });
    const found = result.controls.filter(({ kind }) => kind === 'vantage');
    return found.map(({ address, asExpected, observation }) => `${address} ${observation.outcome} ${asExpected}`);
  };
  const two = resolving('2001:db8::53', '203.0.113.53');
  t.strictSame(await sight(two), ['2001:db8::53 open true']);
  t.strictSame(
    await sight(two, { '2001:db8::53': 'unasked' }),
    ['203.0.113.53 open true'],
    'a host without IPv6 is not blind',
  );
  t.strictSame(await sight(two, { '2001:db8::53': 'unasked', '203.0.113.53': 'filtered' }), [
    '203.0.113.53 filtered false',
  ]);
  t.strictSame(await sight(resolving()), ['ntp.example.com unresolved false'], 'it stays on the record');
  const failing: Resolver = async () => ({ kind: 'unresolved', code: 'resolver-failed', message: 'no resolver' });
  t.strictSame(await sight(failing), ['ntp.example.com unresolved false']);
});
