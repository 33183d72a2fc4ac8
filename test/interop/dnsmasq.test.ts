import t, { type Test } from 'tap';
import { dns } from '../../probes/dns.ts';
import type { Observation } from '../../probes/observation.ts';
import { freePort, ownLoopback } from '../loopback.ts';
import { askingWith, questionTo } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';
import { inForeground } from './foreground.ts';

const records = [
  '--local=/contoso.com/',
  '--host-record=sip.contoso.com,192.0.2.10,2001:db8::10',
  '--cname=webcon.contoso.com,sip.contoso.com',
  '--srv-host=_sipfederationtls._tcp.contoso.com,sip.contoso.com,5061,10,20',
];

type Ask = (transport: 'tcp' | 'udp', query?: string) => Promise<Observation>;

/** Starts dnsmasq on a free port of loopback for the length of the test. */
const dnsmasq = async (t: Test): Promise<Ask> => {
  const port = await freePort();
  const own = ['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--log-facility=-'];
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  const where = ['--no-resolv', '--no-hosts', '--bind-interfaces', `--listen-address=${ownLoopback}`, `--port=${port}`];
  const args = [...own, ...user, ...where, ...records];
  await inForeground(t, { program: 'dnsmasq', args, ports: [port], patienceSeconds: 60 });
  return (transport, query) =>
    dns.run({ ...questionTo('dns', port, query === undefined ? {} : { query }), transport }, askingWith());
};

t.test('dnsmasq, a DNS server that we did not write', needing('dnsmasq'), async (t) => {
  const ask = await dnsmasq(t);
  const cases: readonly [string | undefined, string, readonly string[]][] = [
    ['sip.contoso.com', 'NOERROR', ['A 192.0.2.10']],
    ['SIP.Contoso.COM', 'NOERROR', ['A 192.0.2.10']],
    ['webcon.contoso.com', 'NOERROR', ['CNAME sip.contoso.com', 'A 192.0.2.10']],
    ['_sipfederationtls._tcp.contoso.com', 'NOERROR', ['SRV 10 20 5061 sip.contoso.com']],
    ['nobody.contoso.com', 'NXDOMAIN', []],
    ['example.net', 'REFUSED', []],
    [undefined, 'REFUSED', []],
  ];
  for (const transport of ['udp', 'tcp'] as const) {
    for (const [query, rcode, answers] of cases) {
      const seen = await ask(transport, query);
      const { facts } = seen;
      t.match(
        seen,
        { outcome: 'answered', failure: null, facts: { rcode, recursionAvailable: true } },
        `${transport} ${query}`,
      );
      t.strictSame(facts['answers'], answers);
      t.equal(facts['truncated'], false);
    }
  }
});
