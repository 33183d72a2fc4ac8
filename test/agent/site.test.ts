import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { FileError } from '../../agent/file-error.ts';
import { features } from '../../agent/rule.ts';
import { actualPorts, endpointsOf, farHostsOf, loadSite, parseSite, siteDigest } from '../../agent/site.ts';
import { farRoles } from '../../agent/site-roles.ts';
import { siteJsonSchema } from '../../agent/site-schema.ts';
import { siteTemplate } from '../../agent/site-template.ts';
import { readTextFile } from '../../agent/yaml-file.ts';
import { throwsMatching } from '../require.ts';
import { problemsOf, today } from './site-cases.ts';

/** The tests run from dist/js/test/agent, the files for people stay where they are. */
const repository = new URL('../../../../', import.meta.url).pathname;
const example = path.join(repository, 'examples/contoso.yaml');

const read = (text: string) => parseSite(text, '/etc/edgeprobe/site.yaml', today);

t.test('the smallest file gets every default', async (t) => {
  const site = read('site: x\n');
  t.strictSame(site, {
    file: '/etc/edgeprobe/site.yaml',
    name: 'x',
    digest: siteDigest('site: x'),
    timezone: 'UTC',
    packs: [],
    features: features.filter((feature) => feature !== 'ocs2007-federation' && feature !== 'public-im'),
    servers: [],
    far: [],
    vantages: {
      inside: { bind: {}, control: [] },
      dmz: { bind: {}, control: [] },
      outside: { bind: {}, control: [] },
    },
    absent: [],
    expect: [],
    waivers: [],
    tls: { ca: null, cert: null, key: null },
    timeouts: { check: 8 },
    sweep: { rate: 500, concurrency: 'auto', seed: 1, trustResets: false, sourcePorts: false, controlPort: 49_151 },
    responder: { credentialsFile: null },
    agent: { interval: 60, sweepInterval: 3600, sweepSample: 32 },
    slice: null,
    warnings: site.warnings,
  });
});

t.test('a section whose entries are all commented out is as good as left out', async (t) => {
  const empty = ['packs', 'features', 'servers', 'far', 'vantages', 'absent', 'expect', 'waivers', 'tls', 'timeouts'];
  const text = [...empty, 'sweep', 'responder', 'agent'].map((section) => `${section}:\n`).join('');
  const { digest: _, ...site } = read(`site: x\n${text}`);
  const { digest: __, ...smallest } = read('site: x\n');
  const without = ({ warnings, ...rest }: typeof site) => rest;
  t.strictSame(without(site), without(smallest));
});

t.test('the example says what it says', async (t) => {
  const site = loadSite(example, readTextFile, today);
  t.strictSame(site.warnings, []);
  t.equal(site.name, 'contoso');
  t.strictSame(
    site.servers.map(({ name, endpoints }) => [name, endpoints.map(({ role }) => role).join(' ')]),
    [
      ['edge1', 'access-edge webconf-edge av-edge edge-internal'],
      ['edge2', 'access-edge webconf-edge av-edge edge-internal'],
      ['fe1', 'front-end'],
      ['fe2', 'front-end'],
    ],
  );
  t.strictSame(endpointsOf(site, 'access-edge')[0], {
    name: 'edge1',
    role: 'access-edge',
    address: '10.45.16.10',
    publicAddress: '131.107.155.10',
    fqdn: 'sip.contoso.com',
    sipDomain: 'contoso.com',
    xmppDomain: 'contoso.com',
    ports: [],
    responder: false,
    sweep: true,
    turn: null,
  });
  t.strictSame(
    farHostsOf(site, 'xmpp-partner').map(({ name }) => name),
    ['lab', 'litware'],
  );
  const [lab, litware] = site.far;
  t.strictSame(
    [lab?.as, lab?.sweep, litware?.as, litware?.sweep],
    [[...farRoles], true, ['sip-partner', 'xmpp-partner'], false],
  );
  t.strictSame(site.vantages.dmz.control, [{ text: 'tcp://203.0.113.53:53', host: '203.0.113.53', port: 53 }]);
  t.strictSame(site.vantages.outside.bind, { any: '203.0.113.51' });
  t.strictSame(
    site.expect[0]?.ports?.map(({ from }) => from),
    [4443, 5062, 8057, 23456],
  );
  t.equal(site.waivers[0]?.endsAt.toISOString(), '2030-07-01T00:00:00.000Z');
  t.equal(site.tls.ca, path.join(repository, 'examples/ca.pem'), 'paths are relative to the site file');
  t.equal(site.responder.credentialsFile, path.join(repository, 'examples/secret.txt'));
});

t.test('the template of config init is valid as it stands, and with every # taken off its sections', async (t) => {
  t.strictSame(parseSite(siteTemplate(), 'site.yaml', today).warnings, []);
  const whole = siteTemplate()
    .replaceAll(/^# ((?:[a-z]+:| {2}).*)$/gm, '$1')
    .replaceAll(/^ {2}# ([a-z]+:)/gm, '  $1');
  t.not(whole, siteTemplate());
  t.strictSame(problemsOf(whole), []);
  t.equal(parseSite(whole, 'site.yaml', today).expect.length, 2);
  t.strictSame(parseSite(whole, 'site.yaml', today).far.length, 4);
});

t.test('values are normalised', async (t) => {
  const site = read(`
site: x
features: [av, federation, av]
packs: [lync2013-edge-nat, ./my.yaml, other.yml]
servers:
  e:
    av-edge:
      address: 2001:DB8:0:0::1
      fqdn: AV.Contoso.com.
      ports: { 443: 20443, 50000-59999: 21000-21063 }
      turn: { credentialsFile: ../turn.txt }
      sweep: false
      responder: true
far:
  a: { address: SIP.Litware.com, as: [xmpp-partner, sip-partner, sip-partner], sweep: true }
  b: { address: 10.0.0.1, as: [dns-server], query: _sip._tls.Contoso.com, responder: true }
expect: [{ rule: "*", ports: 443, transport: udp, from: client, to: any, vantage: inside, expect: reachable }]
agent: { interval: 90s }
`);
  const [endpoint] = endpointsOf(site, 'av-edge');
  t.strictSame(site.features, ['federation', 'av'], 'in the order of the vocabulary, once');
  t.strictSame(site.packs, ['lync2013-edge-nat', '/etc/edgeprobe/my.yaml', '/etc/edgeprobe/other.yml']);
  t.match(endpoint, { address: '2001:db8::1', fqdn: 'av.contoso.com', sweep: false, responder: true });
  t.equal(endpoint?.turn?.credentialsFile, '/etc/turn.txt');
  t.strictSame(actualPorts(endpoint?.ports ?? [], { from: 443, to: 443 }), { from: 20443, to: 20443 });
  t.strictSame(actualPorts(endpoint?.ports ?? [], { from: 50_000, to: 59_999 }), { from: 21_000, to: 21_063 });
  t.strictSame(actualPorts(endpoint?.ports ?? [], { from: 50_001, to: 50_001 }), { from: 50_001, to: 50_001 });
  t.strictSame(site.far[0]?.as, ['sip-partner', 'xmpp-partner']);
  t.match(site.far[0], { address: 'sip.litware.com', sweep: true, responder: false });
  t.match(site.far[1], { as: ['dns-server'], query: '_sip._tls.contoso.com', sweep: true });
  t.strictSame(site.agent, { interval: 90, sweepInterval: 3600, sweepSample: 32 });
  t.strictSame(read('site: x\nfeatures: all\n').features, [...features]);
  t.strictSame(read('site: x\nfeatures: [all, av]\n').features, [...features]);
  t.strictSame(read('site: x\nfeatures: []\n').features, []);
});

t.test('limits', async (t) => {
  const hosts = (count: number, entry: string) =>
    Array.from({ length: count }, (_, n) => `  h${n}: ${entry}\n`).join('');
  const servers = (count: number) => `site: x\nservers:\n${hosts(count, '{ director: { address: 10.0.0.1 } }')}`;
  const far = (count: number) => `site: x\nfar:\n${hosts(count, '{ address: 10.0.0.1, as: [av-partner] }')}`;
  t.strictSame(problemsOf(servers(1000)), []);
  t.strictSame(problemsOf(far(1000)), []);
  t.match(problemsOf(servers(1001)), [/^3:3 servers: has more than 1000 servers/]);
  t.match(problemsOf(far(1001)), [/^3:3 far: has more than 1000 far hosts/]);
  t.strictSame(problemsOf(`site: x\ntimezone: ${'a'.repeat(501)}\n`), ['2:11 timezone: is longer than 500 characters']);
  for (const good of [
    'timeouts: { check: 1s }',
    'timeouts: { check: 60s }',
    'sweep: { rate: 0 }',
    'sweep: { rate: 100000 }',
  ]) {
    t.strictSame(problemsOf(`site: x\n${good}\n`), [], good);
  }
});

t.test('a file that cannot be read is a FileError, one that is wrong names itself', async (t) => {
  const error = await throwsMatching(t, () => loadSite('/no/such/site.yaml', readTextFile, today), /no such file/);
  t.ok(error instanceof FileError);
  await throwsMatching(
    t,
    () => parseSite('site: x\nfeatures: av\n', 'lab.yaml', today),
    /^lab\.yaml:2:11: features: expected a list such as/,
  );
});

t.test('the digest is what the file says, not how', async (t) => {
  const text =
    'site: x\nservers:\n  e: { av-edge: { address: 10.0.0.1, ports: { 443: 1 } } }\nabsent: [director, front-end]\n';
  const same = [
    `# a comment\n${text}`,
    'absent:\n- director\n- "front-end"\n"site": x\nservers: {e: {av-edge: {ports: {"443": 1}, address: 10.0.0.1}}}',
    text.replaceAll('\n', '\r\n'),
  ];
  t.match(siteDigest(text), /^[0-9a-f]{8}$/);
  for (const other of same) t.equal(siteDigest(other), siteDigest(text), other);
  const different = [text.replace('10.0.0.1', '10.0.0.2'), text.replace('director, front-end', 'front-end, director')];
  for (const other of different) t.not(siteDigest(other), siteDigest(text), other);
  t.equal(siteDigest('site: x'), 'c35d77b8', 'the same from version to version');
  await throwsMatching(t, () => siteDigest('{'), /./);
});

t.test('the JSON Schema in the repository is the one of this code', async (t) => {
  const written: unknown = JSON.parse(readFileSync(path.join(repository, 'rules/site.schema.json'), 'utf8'));
  t.strictSame(written, siteJsonSchema(), 'after a change: edgeprobe config schema > rules/site.schema.json');
  const schema = z.fromJSONSchema(siteJsonSchema());
  for (const text of [readFileSync(example, 'utf8'), siteTemplate()]) {
    t.strictSame(schema.safeParse(parseDocument(text).toJS()).error?.issues, undefined);
  }
  t.notOk(schema.safeParse({ site: 'x', servers: { e: { director: { adress: '10.0.0.1' } } } }).success);
});
