import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { generateCertificate } from '../../probes/certificate.ts';
import { edgeprobe, isRefusal, sideBySide } from './command.ts';
import { writeTripwire } from './tripwire.ts';

const server = 'servers: { edge1: { av-edge: { address: 127.0.0.1 } } }\n';
const packs = 'packs: [lync2013-edge-public]\n';
const made = () => generateCertificate({ names: ['a.example'], days: 1, now: new Date() });

const pack = `
pack: mine
title: Mine
document: { id: mine, title: Mine }
rules:
  - { id: external-stun-udp-3479-in, row: 1, table: external, role: av-edge, protocol: STUN/MSTURN, security: none,
      transport: udp, ports: 3478, from: any, to: av-edge, why: Because. }
`;

/** A site file each, with what is said of it. */
const sites: Readonly<Record<string, readonly [text: string, message: RegExp, hint?: RegExp]>> = {
  empty: ['', /empty\.yaml: the file is empty/, /config init/],
  'no-yaml': ['site: [a\n', /no-yaml\.yaml:2:1: /],
  tabs: ['site: a\n\tpacks: b\n', /tabs\.yaml:2:/],
  text: ['hello\n', /text\.yaml:1:1: /],
  key: [`site: a\npaks: [x]\n${server}`, /key\.yaml:2:1: paks: unknown key; did you mean "packs"\?/],
  role: ['site: a\nservers: { e: { av-edg: { address: 127.0.0.1 } } }\n', /:2:17: servers\.e\.av-edg: .*"av-edge"\?/],
  address: [
    'site: a\nservers: { e: { av-edge: { address: 127.0.0.256 } } }\n',
    /:2:37: servers\.e\.av-edge\.address: /,
  ],
  port: [
    `site: a\n${packs}servers: { e: { av-edge: { address: 127.0.0.1, ports: { "443": 70000 } } } }\n`,
    /:3:\d+: servers\.e\.av-edge\.ports\["443"\]: /,
  ],
  duration: [`site: a\n${packs}${server}timeouts: { check: 8 }\n`, /:4:20: timeouts\.check: .*unit/],
  rate: [`site: a\n${packs}${server}sweep: { rate: -1 }\n`, /:4:16: sweep\.rate: /],
  vantage: [`site: a\n${packs}${server}vantages: { outsid: {} }\n`, /vantages\.outsid: .*"outside"\?/],
  control: [`site: a\n${packs}${server}vantages: { outside: { control: ["127.0.0.1:53"] } }\n`, /tcp:\/\/host:port/],
  twice: [`site: a\nsite: b\n${packs}${server}`, /twice\.yaml:2:1: /],
  escape: [`site: a\n${packs}${server}"\\u001b[2J\\u202e": 1\n`, /unknown key/],
  'no-packs': [`site: a\n${server}`, /no-packs\.yaml names no packs/, /Give --pack, one of: lync2013-edge-nat/],
  'unknown-pack': [`site: a\npacks: [lync2013-edge-nt]\n${server}`, /did you mean "lync2013-edge-nat"\?/, /rules list/],
  'lost-pack': [`site: a\npacks: [./lost.yaml]\n${server}`, /lost\.yaml: there is no such file/, /rules check/],
  'bad-pack': [
    `site: a\npacks: [./mine.yaml]\n${server}`,
    /mine\.yaml:6:\d+: rules\[0\]\.id: .*make "external-stun-udp-3478-in"/,
  ],
  'lost-ca': [
    `site: a\n${packs}${server}tls: { ca: lost.pem }\n`,
    /tls\.ca .*lost\.pem: there is no such file/,
    /relative/,
  ],
  'bad-ca': [
    `site: a\n${packs}${server}tls: { ca: empty.yaml }\n`,
    /tls\.ca .*empty\.yaml: there is no certificate/,
    /PEM/,
  ],
  'ca-folder': [`site: a\n${packs}${server}tls: { ca: folder }\n`, /tls\.ca .*folder: it is a folder/],
  'open-key': [
    `site: a\n${packs}${server}tls: { cert: a.pem, key: open.key }\n`,
    /open\.key may be read by others/,
    /chmod/,
  ],
  'other-key': [`site: a\n${packs}${server}tls: { cert: a.pem, key: b.key }\n`, /b\.key is not the key of tls\.cert/],
};

t.test('every unusable file is refused with line, column and what was expected, and nothing is sent', async (t) => {
  const cwd = t.testdir({ 'mine.yaml': pack });
  const preload = writeTripwire(cwd);
  mkdirSync(`${cwd}/folder`);
  symlinkSync('nowhere', `${cwd}/dangling.yaml`);
  writeFileSync(`${cwd}/large.yaml`, `# ${'x'.repeat(1024 * 1024)}`);
  const [a, b] = [await made(), await made()];
  writeFileSync(`${cwd}/a.pem`, a.cert);
  writeFileSync(`${cwd}/open.key`, a.key);
  writeFileSync(`${cwd}/b.key`, b.key);
  chmodSync(`${cwd}/open.key`, 0o644);
  chmodSync(`${cwd}/b.key`, 0o600);
  const rows: (readonly [file: string, message: RegExp, hint?: RegExp])[] = [
    ['missing.yaml', /: missing\.yaml: there is no such file/, /config init/],
    ['dangling.yaml', /: dangling\.yaml: there is no such file/],
    ['folder', /: folder: is not a file/],
    ['a.pem/x.yaml', /: a\.pem\/x\.yaml: /],
    ['large.yaml', /: large\.yaml: is larger than/],
  ];
  for (const [name, [text, message, hint]] of Object.entries(sites)) {
    writeFileSync(`${cwd}/${name}.yaml`, text);
    rows.push(hint === undefined ? [`${name}.yaml`, message] : [`${name}.yaml`, message, hint]);
  }
  const ended = await sideBySide(rows, ([file]) =>
    edgeprobe(['check', '--vantage', 'outside', '--config', file], { cwd, preload }),
  );
  for (const [index, [file, message, hint = /edgeprobe|Paths|PEM|Give/]] of rows.entries()) {
    const one = ended[index];
    if (one === undefined) throw new Error('not run');
    isRefusal(t, file, one, message, hint);
    t.notMatch(one.stderr, /[\x1b\u202e]/, `${file}: what the file says is escaped`);
  }
});

t.test('a pack of a user: the same in every command that reads one', async (t) => {
  const cwd = t.testdir({ 'mine.yaml': pack, 'good.yaml': pack.replace('3479', '3478') });
  const to = ['--vantage', 'outside', '--to', 'av-edge=127.0.0.1', '--pack', 'mine.yaml'];
  for (const words of [
    ['rules', 'check', 'mine.yaml'],
    ['rules', 'list', '--pack', './mine.yaml'],
    ['check', ...to],
  ]) {
    isRefusal(t, words.join(' '), await edgeprobe(words, { cwd }), /mine\.yaml:6:\d+: rules\[0\]\.id: /, /edgeprobe/);
  }
  const good = await edgeprobe(['rules', 'check', 'good.yaml'], { cwd });
  t.match(good, { code: 0, stdout: 'good.yaml is good: pack mine, 1 rules\n', stderr: '' });
  const listed = await edgeprobe(['rules', 'list', '--pack', 'good.yaml', '--format', 'json'], { cwd });
  t.match(JSON.parse(listed.stdout), { rules: [{ pack: 'mine', id: 'external-stun-udp-3478-in' }] });
});

t.test('config check says the same of a file, without asking for a vantage', async (t) => {
  const cwd = t.testdir({ 'site.yaml': `site: a\npaks: [x]\n${server}` });
  const ended = await edgeprobe(['config', 'check', 'site.yaml'], { cwd });
  isRefusal(t, 'config check', ended, /site\.yaml:2:1: paks: unknown key; did you mean "packs"\?/, /config init/);
});
