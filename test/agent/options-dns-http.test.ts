import t from 'tap';
import { plannedRule, planOf, siteWith } from './two-nodes.ts';

const optionsOf = (id: string, vantage: 'inside' | 'dmz', replaced: Readonly<Record<string, string>> = {}) =>
  plannedRule(planOf({ vantage, site: siteWith('', replaced) }), id).asks.map(({ options }) => options);

t.test('DNS: which name is asked for', async (t) => {
  const far = 'dns: { address: 198.51.100.4,';
  const own = 'sipDomain: contoso.com, ';
  for (const id of ['external-dns-udp-53-out', 'external-dns-tcp-53-out']) {
    const named = { [far]: `${far} query: _sip._tls.contoso.com,` };
    t.strictSame(optionsOf(id, 'dmz', named), [{ query: '_sip._tls.contoso.com' }], 'what the file says');
    t.strictSame(optionsOf(id, 'dmz'), [{ query: 'contoso.com' }], 'else our own domain');
    t.strictSame(optionsOf(id, 'dmz', { [own]: '' }), [{}], 'else the root');
  }
});

t.test('HTTP: what is fetched', async (t) => {
  const far = 'crl: { address: 198.51.100.5,';
  const row = 'external-http-tcp-80-out';
  const url = 'http://crl.contoso.com/root.crl';
  t.strictSame(optionsOf(row, 'dmz', { [far]: `${far} url: "${url}",` }), [{ url }]);
  t.strictSame(optionsOf(row, 'dmz'), [{ url: 'http://198.51.100.5/' }], 'else the first page of the host');
  const byName = { [far]: `${far} fqdn: crl.contoso.com,` };
  t.strictSame(optionsOf(row, 'dmz', byName), [{ url: 'http://crl.contoso.com/' }]);
  t.strictSame(optionsOf(row, 'dmz', { [far]: 'crl: { address: "2001:db8::5",' }), [{ url: 'http://[2001:db8::5]/' }]);
});

t.test('HTTPS: the first page, under the name of the server', async (t) => {
  const name = { servername: 'edge1.contoso.internal' };
  const [edge1] = optionsOf('internal-https-tcp-4443-in', 'inside');
  t.strictSame(edge1, { security: 'tls', url: 'https://edge1.contoso.internal:4443/', ...name });
});
