import t from 'tap';
import { parseSite } from '../../agent/site.ts';
import { endOfDay } from '../../agent/site-warnings.ts';
import { today } from './site-cases.ts';

const warningsOf = (text: string, now = today): string[] =>
  parseSite(`site: x\n${text}`, 'site.yaml', now).warnings.map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  );

const server = (roles: string) => `packs: [a]\nservers: { e: { ${roles} } }\n`;

t.test('what is allowed but hardly meant is said with its place', async (t) => {
  const cases: [string, RegExp[]][] = [
    ['', [/^1:1 packs: no pack is named/, /^1:1 servers: neither servers nor far hosts/]],
    [server('director: { address: 10.0.0.1 }'), []],
    [server('av-edge: { address: 127.0.0.1 }, edge-internal: { address: 127.0.0.1 }'), []],
    [server('av-edge: { address: 131.107.155.1 }'), []],
    [
      server('av-edge: { address: 10.0.0.1 }'),
      [/^3:37 servers\.e\.av-edge\.address: outside dials 10\.0\.0\.1, .* add publicAddress/],
    ],
    [
      server('av-edge: { address: 10.0.0.1, publicAddress: 10.9.9.9 }'),
      [/^3:62 servers\.e\.av-edge\.publicAddress: outside dials 10\.9\.9\.9, .* the address that the Internet sees/],
    ],
    [
      server(
        'av-edge: { address: 131.107.155.1 }, edge-internal: { address: 131.107.155.1, fqdn: e.contoso.internal }',
      ),
      [/^3:26 servers\.e\.av-edge: 131\.107\.155\.1 is edge-internal too/],
    ],
    [
      `features: [federation]\n${server('webconf-edge: { address: 131.107.155.1, fqdn: webcon.contoso.com }')}`,
      [/^4:31 servers\.e\.webconf-edge: no feature in force needs webconf-edge/],
    ],
    [
      'packs: [a]\nservers: { e: { director: { address: a } }, f: { director: { address: a } } }\n',
      [/^3:71 servers\.f\.director\.address: e plays director at a already/],
    ],
    ['packs: [a]\nfar: { a: { address: b } }\n', [/^3:11 far\.a: as is empty/]],
    ['packs: [a]\nfar: { a: { address: b, as: [] } }\n', [/^3:11 far\.a: as is empty/]],
    ['packs: [a]\nresponder: { credentialsFile: secret.txt }\nfar: { a: { address: b, responder: true } }\n', []],
    ['packs: [a]\nfar: { a: { address: b, as: [av-partner], query: c } }\n', [/^3:50 far\.a\.query: is not used/]],
    ['packs: [a]\nfar: { a: { address: b, as: [av-partner], url: "http://c" } }\n', [/^3:48 far\.a\.url: is not used/]],
  ];
  for (const [text, wanted] of cases) {
    const found = warningsOf(text);
    t.equal(found.length, wanted.length, `${text}${found.join('\n')}`);
    wanted.forEach((pattern, index) => {
      t.match(found[index] ?? '', pattern);
    });
  }
});

t.test('a waiver holds through its last day, in UTC', async (t) => {
  const text = `${server('director: { address: 10.0.0.1 }')}waivers: [{ rule: a, verdict: fail, reason: b, until: 2026-12-31 }]\n`;
  t.strictSame(warningsOf(text, new Date('2026-12-31T23:59:59.999Z')), []);
  t.match(warningsOf(text, new Date('2027-01-01T00:00:00Z')), [
    /^4:55 waivers\[0\]\.until: ended with 2026-12-31: a counts again/,
  ]);
  t.equal(endOfDay('2028-02-28').toISOString(), '2028-02-29T00:00:00.000Z');
});
