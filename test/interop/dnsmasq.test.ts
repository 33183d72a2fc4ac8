import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { dns } from '../../probes/dns.ts';
import type { Observation } from '../../probes/observation.ts';
import { freePort } from '../probes/stun-scenes.ts';
import { askingWith, questionTo } from '../probes/tls-peers.ts';
import { needing } from '../require.ts';

const records = [
  '--local=/contoso.com/',
  '--host-record=sip.contoso.com,192.0.2.10,2001:db8::10',
  '--cname=webcon.contoso.com,sip.contoso.com',
  '--srv-host=_sipfederationtls._tcp.contoso.com,sip.contoso.com,5061,10,20',
];

type Ask = (transport: 'tcp' | 'udp', query?: string) => Promise<Observation>;

/** Starts dnsmasq on a free port of loopback for the length of the test. */
const dnsmasq = async (t: Test): Promise<Ask> => {
  const port = await freePort('tcp');
  const own = ['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--log-facility=-'];
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  const where = ['--no-resolv', '--no-hosts', '--bind-interfaces', '--listen-address=127.0.0.1', `--port=${port}`];
  const child = spawn('dnsmasq', [...own, ...user, ...where, ...records], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const gone = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  const ask: Ask = (transport, query) =>
    dns.run({ ...questionTo('dns', port, query === undefined ? {} : { query }), transport }, askingWith());
  for (let tries = 0; tries < 1200; tries++) {
    if (child.exitCode !== null) throw new Error(`dnsmasq ended with ${child.exitCode}: ${said}`);
    if ((await ask('tcp')).outcome === 'answered') return ask;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`dnsmasq does not listen: ${said}`);
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
