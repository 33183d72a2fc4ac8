import t from 'tap';
import { diagnose } from '../../agent/diagnose.ts';
import { diagnoseNames } from '../../agent/diagnose-names.ts';
import { edgeNames, type NameSeen, serviceRecords } from '../../agent/names.ts';
import { parseSite, type Site } from '../../agent/site.ts';
import type { Vantage } from '../../agent/site-roles.ts';
import { judged, startedAt } from './fixtures.ts';
import { siteWith } from './two-nodes.ts';

const site = siteWith();
const said = (name: string, ...answers: string[]): NameSeen => ({ name, server: 'resolver', answers });

const found = (names: readonly NameSeen[], vantage: Vantage = 'outside', of: Site = site): string[] =>
  diagnoseNames(names, of, vantage).map(({ code, message }) => `${code}: ${message}`);

t.test('a name that leads to another address', async (t) => {
  const sip = (...addresses: string[]): NameSeen => said('sip.contoso.com', ...addresses.map((one) => `A ${one}`));
  t.same(found([sip('131.107.155.10', '131.107.155.11')]), [], 'both nodes');
  t.same(found([sip('131.107.155.11')]), [], 'one of them is enough');
  t.same(found([sip()]), [], 'no address is no other address');
  const elsewhere = 'resolver says 192.0.2.1; the site file says 131.107.155.10, 131.107.155.11';
  t.same(found([sip('131.107.155.10', '192.0.2.1')]), [`dns-split: ${elsewhere}`]);
  t.same(found([sip('10.45.16.10')]).length, 1, 'outside, the inner address is of no use');
  t.same(found([sip('10.45.16.10')], 'dmz'), [], 'inside of the translation it is');
  t.same(found([sip('131.107.155.10')], 'inside'), [], 'and so is the public one');
  t.same(found([said('sip.contoso.com', 'CNAME edge.contoso.com', 'A 131.107.155.10')]), []);
  t.same(found([said('www.contoso.com', 'A 192.0.2.1')]), [], 'a name that is none of ours');
  t.match(found([said('sip.contoso.com', 'A \x1b[2J')]), [/says \\x1b\[2J; /], 'nothing of it reaches a terminal');
});

t.test('service records', async (t) => {
  const names = serviceRecords(site).map(({ name, port }) => `${name} ${port}`);
  t.same(names, [
    '_sipfederationtls._tcp.contoso.com 5061',
    '_sip._tls.contoso.com 443',
    '_xmpp-server._tcp.contoso.com 5269',
  ]);
  const record = (...answers: string[]): string[] => found([said('_sipfederationtls._tcp.contoso.com', ...answers)]);
  t.same(record('SRV 0 0 5061 sip.contoso.com'), []);
  t.same(record('SRV 0 0 5061 SIP.contoso.com.'), [], 'case and final dot do not count');
  t.same(record('SRV 0 0 5060 sip.contoso.com', 'SRV 0 0 5061 sip.contoso.com'), [], 'one good one is enough');
  t.same(record(), ['srv-missing: resolver knows no such record']);
  t.same(record('SRV 0 0 443 sip.contoso.com'), [
    'srv-missing: resolver says sip.contoso.com port 443; needed is sip.contoso.com port 5061',
  ]);
  t.match(record('SRV 0 0 5061 old.contoso.com'), [/says old\.contoso\.com port 5061; needed is sip\.contoso\.com/]);
});

t.test('which names are asked for', async (t) => {
  t.same(edgeNames(site), ['sip.contoso.com', 'webcon.contoso.com']);
  const text = (address: string, features: string): Site =>
    parseSite(
      `site: s\npacks: [lync2013-edge-public]\nfeatures: [${features}]\nservers:\n  e: { access-edge: { address: ${address}, fqdn: a.b, sipDomain: b } }\n`,
      's.yaml',
      startedAt,
    );
  t.same(edgeNames(text('127.0.0.1', 'av')), [], 'a site on this machine has no names in the DNS');
  t.same(edgeNames(text('edge.b', 'av')), [], 'where the address is a name, the name is what counts');
  t.same(serviceRecords(text('192.0.2.1', 'av')), [], 'no federation, no record for it');
  t.same(serviceRecords(text('192.0.2.1', 'remote-users')), [{ name: '_sip._tls.b', port: 443 }]);
});

t.test('what is wrong with this host is a finding of the run', async (t) => {
  const { plan, rules, result } = judged([]);
  const ofRun = (notAfter: string, legacyTlsProblem: string | null = null): string[] => {
    const ownCertificate = { subject: 'CN=agent.contoso.com', notAfter };
    const self = { legacyTlsProblem, ownCertificate };
    return diagnose(plan, rules, result, { self, names: [] }).ofRun.map(
      (one) => `${one.code} ${one.target}: ${one.message}`,
    );
  };
  t.same(ofRun('2026-12-01T00:00:00.000Z'), [
    'own-certificate-expiring tls.cert: agent.contoso.com ends 2026-12-01, in 10 days',
  ]);
  t.same(ofRun('2026-11-01T00:00:00.000Z'), [
    'own-certificate-expiring tls.cert: agent.contoso.com ended 2026-11-01, 19 days ago',
  ]);
  t.same(ofRun('2028-01-01T00:00:00.000Z'), []);
  t.same(ofRun('2028-01-01T00:00:00.000Z', 'ERR_SSL_NO_PROTOCOLS_AVAILABLE'), [
    'local-tls-policy this host: a TLS 1.0 handshake with itself ended with ERR_SSL_NO_PROTOCOLS_AVAILABLE',
  ]);
});
