import t from 'tap';
import { adHocSite, namableRoles, withHosts } from '../../agent/ad-hoc-site.ts';
import { endpointsOf, farHostsOf } from '../../agent/site.ts';
import { startedAt } from './fixtures.ts';
import { plannedRule, planOf, siteWith } from './two-nodes.ts';

t.test('a site of the command line', async (t) => {
  const site = adHocSite(
    [
      { role: 'av-edge', host: 'av.contoso.com' },
      { role: 'av-edge', host: '2001:db8::30' },
      { role: 'sip-partner', host: '198.51.100.1' },
    ],
    startedAt,
  );
  t.strictSame(
    endpointsOf(site, 'av-edge').map(({ name, address }) => [name, address]),
    [
      ['host1', 'av.contoso.com'],
      ['host2', '2001:db8::30'],
    ],
  );
  t.strictSame(
    farHostsOf(site, 'sip-partner').map(({ address, sweep, responder }) => [address, sweep, responder]),
    [['198.51.100.1', false, false]],
  );
  t.strictSame(site.warnings, [], 'nobody wrote a file that could be warned of');
  t.match(plannedRule(planOf({ site, only: ({ to }) => to === 'av-edge' }), 'external-stun-udp-3478-in').asks, [
    { host: 'av.contoso.com' },
    { address: '2001:db8::30' },
  ]);
  t.throws(() => adHocSite([{ role: 'av-edge', host: '1.2.3' }], startedAt), /neither an IP address nor a host name/);
  for (const role of namableRoles) t.doesNotThrow(() => adHocSite([{ role, host: '192.0.2.1' }], startedAt), role);
});

t.test('hosts of the command line replace those of the file in their role only', async (t) => {
  const file = siteWith('absent: [director]\n', { '  dir1: { director: { address: 10.1.0.30 } }\n': '' });
  t.equal(withHosts(file, [], startedAt), file);
  const site = withHosts(
    file,
    [
      { role: 'av-edge', host: '192.0.2.30' },
      { role: 'director', host: '192.0.2.40' },
      { role: 'av-partner', host: '192.0.2.50' },
    ],
    startedAt,
  );
  t.strictSame(
    endpointsOf(site, 'av-edge').map(({ address }) => address),
    ['192.0.2.30'],
  );
  t.strictSame(
    endpointsOf(site, 'access-edge').map(({ address }) => address),
    ['10.45.16.10', '10.45.16.11'],
    'other roles stay',
  );
  t.strictSame(
    farHostsOf(site, 'av-partner').map(({ address }) => address),
    ['192.0.2.50'],
  );
  t.strictSame(
    farHostsOf(site, 'sip-partner').map(({ name }) => name),
    ['sip'],
  );
  t.strictSame(site.absent, [], 'who names a host for a role has the role');
  t.match(plannedRule(planOf({ site, vantage: 'dmz' }), 'internal-sip-tcp-5061-out').asks, [
    { target: { name: 'fe1' } },
    { address: '192.0.2.40' },
  ]);
  t.match(
    plannedRule(planOf({ site, vantage: 'dmz' }), 'external-rtp-tcp-50000-59999-out').skip,
    { because: 'no-endpoint' },
    'a name on the command line is no permission to sweep',
  );
});
