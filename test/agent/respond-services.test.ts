import t from 'tap';
import { readPack } from '../../agent/packs.ts';
import { placesOf } from '../../agent/respond.ts';
import { hostsOf, namesAt, type Part, type RespondService, servicesFor } from '../../agent/respond-services.ts';
import { parseSite } from '../../agent/site.ts';

const now = new Date('2026-01-02T03:04:05Z');
const { rules } = readPack('lync2013-edge-nat', '.');

const site = parseSite(
  `
site: contoso
packs: [lync2013-edge-nat]
features: all
servers:
  edge1:
    access-edge: { address: 10.0.0.10, publicAddress: 192.0.2.10, fqdn: sip.contoso.com, sipDomain: contoso.com }
    webconf-edge: { address: 10.0.0.20, publicAddress: 192.0.2.20, ports: { "443": 20443 } }
    av-edge: { address: 10.0.0.30, publicAddress: 192.0.2.30, ports: { "50000-59999": "21000-21063" } }
    edge-internal: { address: 172.16.0.10, fqdn: edge1.contoso.internal }
  fe1: { front-end: { address: fe1.contoso.internal } }
far:
  lab: { address: 203.0.113.50, responder: true }
  crl: { address: 203.0.113.80, as: [crl-server] }
vantages:
  inside: { bind: { any: 10.1.0.9 }, control: ["tcp://10.1.0.1:53"] }
absent: [director]
`,
  'site.yaml',
  now,
);

const shown = ({ who, transport, address, ports, probe }: RespondService): string =>
  `${who} ${address} ${transport}/${ports.from}${ports.to > ports.from ? `-${ports.to}` : ''} ${probe}`;

const shownFor = (part: Part): string[] => servicesFor(site, rules, part).map(shown);

t.test('the Edge listens where it stands, not where outside dials it, and on the ports of the site', async (t) => {
  const edge = shownFor('edge');
  for (const one of [
    'edge1 access-edge 10.0.0.10 tcp/443 sip',
    'edge1 webconf-edge 10.0.0.20 tcp/20443 tls',
    'edge1 av-edge 10.0.0.30 tcp/443 stun',
    'edge1 av-edge 10.0.0.30 udp/3478 stun',
    'edge1 av-edge 10.0.0.30 tcp/21000-21063 tcp',
    'edge1 av-edge 10.0.0.30 udp/21000-21063 udp',
    'edge1 edge-internal 172.16.0.10 tcp/4443 http',
  ]) {
    t.ok(edge.includes(one), one);
  }
  t.notOk(
    edge.some((one) => /192\.0\.2\.|lab|fe1/.test(one)),
    'no public address, nobody else',
  );
  t.equal(new Set(edge).size, edge.length, 'each once');
});

t.test('every row that can be asked is answered by one of the three parts', async (t) => {
  const answered = new Set(
    (['edge', 'far', 'inside'] as const).flatMap((part) => servicesFor(site, rules, part).flatMap((one) => one.rules)),
  );
  const left = rules.filter((rule) => !answered.has(`${rule.pack}/${rule.id}`)).map((rule) => rule.id);
  t.strictSame(left, []);
});

t.test('far hosts as the site has them, servers behind a name', async (t) => {
  const far = shownFor('far');
  t.ok(far.includes('lab sip-partner 203.0.113.50 tcp/5061 sip'));
  t.ok(far.includes('crl crl-server 203.0.113.80 tcp/80 http'));
  t.notOk(far.some((one) => one.startsWith('crl ') && !one.includes('tcp/80')));
  t.strictSame(shownFor('inside'), ['fe1 front-end fe1.contoso.internal tcp/5061 sip']);
});

t.test('a row asked with and without mutual TLS is served with it', async (t) => {
  const at5061 = servicesFor(site, rules, 'edge').find(
    ({ who, ports }) => who === 'edge1 access-edge' && ports.from === 5061,
  );
  t.equal(at5061?.options.security, 'mtls');
});

t.test('everybody in the site file may ask', async (t) => {
  const hosts = hostsOf(site);
  for (const host of ['10.0.0.30', '192.0.2.30', 'fe1.contoso.internal', '203.0.113.80', '10.1.0.9', '10.1.0.1']) {
    t.ok(hosts.includes(host), host);
  }
});

t.test('a certificate for each address, with the names of what stands there and no others', async (t) => {
  const services = servicesFor(site, rules, 'edge');
  const names = namesAt(services);
  t.strictSame([...names.keys()].sort(), [...new Set(services.map(({ address }) => address))].sort());
  const named = [...names].filter(([, some]) => some.includes('sip.contoso.com')).map(([address]) => address);
  const access = services.find(({ who, probe }) => who.endsWith('access-edge') && probe === 'sip')?.address;
  t.strictSame(named, [access], 'only where Access stands');
});

t.test('where a range and a port meet, the port is a place of its own with both', async (t) => {
  const one = (probe: string, from: number, to = from): RespondService => ({
    ...{ rules: [probe], probe, transport: 'tcp', who: 'x', address: '10.0.0.1', options: {} },
    ports: { from, to },
  });
  const services = [one('tcp', 50000, 50010), one('tls', 50003), one('sip', 443)];
  const places = placesOf(new Map(services.map((service) => [service, ['10.0.0.1']])));
  t.strictSame(
    places.map(({ ports, services: here }) => [ports.from, ports.to, here.map(({ probe }) => probe).join()]),
    [
      [443, 443, 'sip'],
      [50000, 50002, 'tcp'],
      [50003, 50003, 'tcp,tls'],
      [50004, 50010, 'tcp'],
    ],
  );
});
