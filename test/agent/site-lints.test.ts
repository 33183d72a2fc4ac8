import t from 'tap';
import { parseSite } from '../../agent/site.ts';

const now = new Date('2026-11-20T09:00:00Z');

/** Two nodes behind NAT, as they should be. */
const good = `site: contoso
packs: [lync2013-edge-nat]
servers:
  edge1:
    access-edge:   { address: 10.45.16.10, publicAddress: 131.107.155.10, fqdn: sip.contoso.com }
    webconf-edge:  { address: 10.45.16.20, publicAddress: 131.107.155.20, fqdn: webcon.contoso.com }
    av-edge:       { address: 10.45.16.30, publicAddress: 131.107.155.30 }
    edge-internal: { address: 172.25.33.10, fqdn: edge1.contoso.internal }
  edge2:
    av-edge:       { address: 10.45.16.31, publicAddress: 131.107.155.31 }
`;

const warningsOf = (text: string): string[] =>
  parseSite(text, 'site.yaml', now).warnings.map(({ line, path, message }) => `${line} ${path}: ${message}`);

t.test('nothing is said of a site as it should be', async (t) => {
  t.same(warningsOf(good), []);
});

const cases: readonly [name: string, change: (text: string) => string, expected: RegExp][] = [
  [
    'two services at one address',
    (text) => text.replace('10.45.16.20', '10.45.16.10'),
    /^6 servers\.edge1\.webconf-edge\.address: access-edge of edge1 listens on tcp\/443 of 10\.45\.16\.10 too/,
  ],
  [
    'one publicAddress for two nodes',
    (text) => text.replace('131.107.155.31', '131.107.155.30'),
    /^10 servers\.edge2\.av-edge\.publicAddress: is the publicAddress of av-edge of edge1 too/,
  ],
  [
    'publicAddress on some members of the pool only',
    (text) => text.replace('10.45.16.31, publicAddress: 131.107.155.31', '131.107.155.31'),
    /^10 servers\.edge2\.av-edge: access-edge of edge1 has a publicAddress, and av-edge of edge2 has none/,
  ],
  [
    'a publicAddress that translates nothing',
    (text) => text.replace('10.45.16.31', '131.107.155.31'),
    /publicAddress: is the address itself/,
  ],
  [
    'translation between families',
    (text) => text.replace('publicAddress: 131.107.155.31', 'publicAddress: "2600::31"'),
    /^10 .*2600::31 is of another family than 10\.45\.16\.31/,
  ],
  [
    'the NAT pack without NAT',
    (text) => text.replace(/10\.45\.16\.\d+, publicAddress: /g, ''),
    /^2 packs: lync2013-edge-nat is for an Edge behind NAT, and nothing has a publicAddress/,
  ],
  [
    'NAT with the pack for public addresses',
    (text) => text.replace('lync2013-edge-nat', 'lync2013-edge-public'),
    /^2 packs: lync2013-edge-public is for an Edge without NAT, and access-edge of edge1 has a publicAddress/,
  ],
  [
    'both legs in one network',
    (text) => text.replace('172.25.33.10', '10.45.16.110'),
    /^8 servers\.edge1\.edge-internal\.address: stands in 10\.45\.16\.0\/24 with access-edge/,
  ],
  [
    'a responder that cannot prove itself',
    (text) => text.replace('131.107.155.31 }', '131.107.155.31, responder: true }'),
    /^10 servers\.edge2\.av-edge\.responder: without responder\.credentialsFile it cannot prove itself/,
  ],
  [
    'a certificate whose name nobody knows',
    (text) => text.replace(', fqdn: webcon.contoso.com', ''),
    /^6 servers\.edge1\.webconf-edge: has no fqdn/,
  ],
];

for (const [name, change, expected] of cases) {
  t.test(name, async (t) => {
    const changed = change(good);
    t.not(changed, good);
    t.match(warningsOf(changed).join('\n'), new RegExp(expected.source, 'm'));
  });
}

t.test('another port is as good as another address, and a laboratory on loopback is left alone', async (t) => {
  const moved = good.replace(
    '10.45.16.20, publicAddress: 131.107.155.20',
    '10.45.16.10, publicAddress: 131.107.155.10, ports: { "443": 444 }',
  );
  t.same(warningsOf(moved), []);
  const lab =
    'site: lab\npacks: [lync2013-edge-nat]\nservers:\n  e: { access-edge: { address: 127.0.0.1 }, webconf-edge: { address: 127.0.0.1 } }\n';
  t.same(warningsOf(lab), []);
});
