import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { edgeprobe, isRefusal, sideBySide } from './command.ts';
import { writeTripwire } from './tripwire.ts';

type Row = readonly [words: readonly string[], message: RegExp, hint?: RegExp];

const site = `
site: good
packs: [lync2013-edge-public]
servers: { edge1: { av-edge: { address: 127.0.0.1 }, access-edge: { address: no-such-name.invalid } } }
expect: [{ to: av-edge, ports: "9", vantage: outside, expect: blocked }]
`;

const good = ['check', '--vantage', 'outside', '--config', 'good.yaml'];
const adHoc = ['check', '--vantage', 'outside', '--pack', 'lync2013-edge-public', '--to'];
const long = 'x'.repeat(20_000);

const rows: readonly Row[] = [
  // Commands
  [['chek'], /there is no command "chek"/, /^Did you mean check\? One of: check, /],
  [['zzzzzz', '--config', 'good.yaml'], /there is no command "zzzzzz"/, /One of: check, .*demo/],
  [['help', 'foo'], /there is no command "foo"/, /One of/],
  [['--vantage', 'outside'], /no command given/, /edgeprobe --help/],
  [[long], /there is no command "xxx/, /One of/],
  // Flags
  [['check'], /--vantage is missing/, /inside, dmz, outside/],
  [[...good, '--ruel', 'x'], /check has no flag "--ruel"/, /Did you mean --rule\?/],
  [[...good, '-x'], /check has no flag "-x"/, /check --help/],
  [[...good, '--no-rate'], /check has no flag "--no-rate"/],
  [[...good, '--resolve'], /check has no flag "--resolve"/],
  [[...good, '--__proto__=x'], /check has no flag/],
  [[...good, `--${long}`], /check has no flag "--xxx/],
  [[...good, 'garbage'], /check cannot use the word "garbage"/, /check --help/],
  [[...good, '--', 'garbage'], /check cannot use the word "garbage"/],
  [[...good, '--note'], /--note needs a value/],
  [['check', '--config', '--vantage', 'outside'], /--config needs a value/],
  [[...good, '--place', ''], /--place needs a value/],
  [[...good, '--note='], /--note needs a value/],
  [[...good, '--note', 'a', '--note', 'b'], /--note was given 2 times/, /once/],
  [[...good, '--config', 'good.yaml'], /--config was given 2 times/],
  [[...good, '--vantage', 'inside'], /--vantage was given 2 times/],
  // Vantage, rules, packs
  [['check', '--vantage', 'outsid', '--config', 'good.yaml'], /no vantage "outsid"/, /Did you mean outside\?/],
  [['check', '--vantage', '', '--config', 'good.yaml'], /--vantage needs a value/],
  [['check', '--vantage', 'outside'], /neither --config nor --to/, /config init/],
  [[...good, '--rule', ''], /--rule needs a value/],
  [[...good, '--rule', 'nothing-*'], /--rule "nothing-\*" matches no rule/, /quote a glob/],
  [[...good, '--rule', 'external-stun-udp-3479-in'], /matches no rule/, /mean external-stun-udp-3478-in\?/],
  [
    [...good, '--rule', 'lync2013-edge-public/internal-xmpp'],
    /matches no rule/,
    /public\/internal-xmpp-tcp-23456-in\?/,
  ],
  [[...good, '--rule', 'site-any-av-edge-tcp-8'], /matches no rule/, /mean site-any-av-edge-tcp-9\?/],
  [[...good, '--rule', 'internal-sip-*-in'], /no rule is asked from outside/, /asked from inside: --vantage inside/],
  [[...good, '--rule', '[('], /matches no rule/],
  [
    [...good, '--pack', 'lync2013-edge-publi'],
    /"lync2013-edge-publi"; did you mean "lync2013-edge-public"\?/,
    /rules list/,
  ],
  [[...good, '--pack', '../../etc'], /no such file/],
  // Hosts of the command line
  [['check', '--vantage', 'outside', '--to', 'av-edge=127.0.0.1'], /--to needs --pack as well/, /lync2013-edge-nat/],
  [[...adHoc, 'av-edge'], /--to "av-edge" is not ROLE=HOST/, /--to av-edge=av\.contoso\.com/],
  [[...adHoc, 'av-edge='], /is not ROLE=HOST/],
  [[...adHoc, '=127.0.0.1'], /is not ROLE=HOST/],
  [[...adHoc, 'av-edg=127.0.0.1'], /no role "av-edg"/, /Did you mean av-edge\?/],
  [[...adHoc, 'av-edge=127.0.0.256'], /"127\.0\.0\.256" is neither .*numbers from 0 to 255/],
  [[...adHoc, 'av-edge=127.0.0.1:443'], /without a port/],
  [[...adHoc, 'av-edge=-x'], /"-x" is neither an IP address nor a host name/],
  [[...adHoc, 'av-edge=[::1]'], /without brackets/],
  [[...adHoc, 'av-edge=::g'], /"::g" is neither/],
  [[...adHoc, 'av-edge=2001:db8::1::2'], /not well-formed/],
  [[...adHoc, 'av-edge=https://av.contoso.com'], /without a scheme/],
  [[...adHoc, 'av-edge=10.0.0.0/8'], /one address, not a network/],
  [[...adHoc, `av-edge=${long}`], /neither an IP address nor a host name/],
  [[...adHoc, 'av-edge=\u001b[2Jx'], /neither/],
  // Numbers
  [[...good, '--rate', '-5'], /--rate "-5"/, /whole number from 0 to 100000/],
  [[...good, '--rate', 'fast'], /--rate "fast"/],
  [[...good, '--rate', '1e3'], /--rate "1e3"/],
  [[...good, '--rate', '1.5'], /--rate "1\.5"/],
  [[...good, '--rate', '100001'], /--rate "100001"/],
  [[...good, '--concurrency', '0'], /--concurrency "0"/, /from 1 to 20000/],
  [[...good, '--concurrency', ' 5'], /--concurrency " 5"/],
  // Results
  [[...good, '--format', 'jsno'], /no format "jsno"/, /Did you mean json\?/],
  [[...good, '--output', ''], /--output needs a value/],
  [[...good, '--output', 'json='], /--output "json=" names no file/],
  [[...good, '--output', 'pfd=x.pdf'], /no format "pfd"/],
  [[...good, '--output=-'], /--output writes files/, /--format/],
  [[...good, '--output', 'a.txt', '--output', 'json=./a.txt'], /names "\.\/a\.txt" twice/],
  [[...good, '--output', 'json=nowhere/x.json'], /cannot write "nowhere\/x\.json": its folder does not exist/],
  [[...good, '--output', 'json=good.yaml/x.json'], /cannot write .*its folder is a file/],
  [[...good, '--output', 'folder'], /cannot write "folder": it is a folder/],
  [[...good, '--output', `${'y'.repeat(300)}.json`], /the name is too long/],
  // The other commands
  [['plan', '--vantage', 'outside'], /neither --config nor --to/],
  [['plan', ...good.slice(1), '--output', 'x'], /plan has no flag "--output"/],
  [['plan', ...good.slice(1), '--resolve=maybe'], /--resolve takes no value/],
  [['plan', ...good.slice(1), '--format', 'xml'], /no format "xml"/, /One of: table, json/],
  [['rules'], /rules needs to know what to do/, /list, show, check/],
  [['rules', 'lst'], /no action "lst"/, /Did you mean list\?/],
  [['rules', 'list', 'stun'], /rules list cannot use the word "stun"/, /rules show/],
  [['rules', 'list', '--format', 'xml'], /no format "xml"/],
  [['rules', 'list', '--pack', 'nobody'], /no shipped pack "nobody"/],
  [['rules', 'show'], /rules show needs a rule id/, /rules list/],
  [['rules', 'show', 'external-stun-udp-3478'], /no rule "external-stun-udp-3478"/, /mean external-stun-udp-3478-in\?/],
  [['rules', 'check', '--format', 'json'], /rules check has no formats/],
  [['config'], /config needs to know what to do/, /check, schema, init/],
  [['config', 'chck'], /no action "chck"/, /Did you mean check\?/],
  [['config', 'check'], /config check needs a file/, /config check site\.yaml/],
  [['config', 'check', 'good.yaml', 'more'], /config cannot use the word "more"/],
  [['config', 'init', 'site.yaml'], /config init cannot use the word "site\.yaml"/, /config init > FILE/],
  [['demo', 'x'], /demo cannot use the word "x"/],
  [['demo', '--brek', 'x'], /demo has no flag "--brek"/, /Did you mean --break\?/],
  [['demo', '--break', 'nobody'], /--break "nobody": the demo asks no such rule/, /edgeprobe demo/],
  [['demo', '--break', 'internal-xmpp'], /asks no such rule/, /Did you mean internal-xmpp-tcp-23456-in\?/],
  [['demo', '--format', 'xml'], /no format "xml"/],
];

t.test('every wrong command line is refused with one message and a hint, and sends nothing', async (t) => {
  const cwd = t.testdir({ 'good.yaml': site });
  mkdirSync(`${cwd}/folder`);
  const preload = writeTripwire(cwd);
  t.ok(rows.length > 60);
  const ended = await sideBySide(rows, ([words]) => edgeprobe(words, { cwd, preload }));
  for (const [index, [words, message, hint = /\S/]] of rows.entries()) {
    const one = ended[index];
    const name = words.join(' ').slice(0, 100);
    if (one === undefined) throw new Error('not run');
    isRefusal(t, name, one, message, hint);
    t.ok(one.stderr.length < 2500, `${name}: what was typed is not repeated for pages`);
    t.notMatch(one.stderr, /\x1b/, `${name}: what was typed is escaped`);
  }
});

t.test('the tripwire does see what is sent', async (t) => {
  const cwd = t.testdir({ 'good.yaml': site });
  const preload = writeTripwire(cwd);
  const asked = ['--rule', 'site-*', '--rule', 'external-xmpp-*'];
  const { code, stderr } = await edgeprobe([...good, ...asked], { cwd, preload });
  t.match(stderr, /SENT lookup/);
  t.match(stderr, /SENT connect/);
  t.ok(code === 1 || code === 3, 'the name does not exist, or there is nobody to say so');
});

t.test('no words at all: the short help, on standard error', async (t) => {
  const { code, stdout, stderr } = await edgeprobe([], { cwd: t.testdir() });
  t.match({ code, stdout }, { code: 2, stdout: '' });
  t.match(stderr, /check .*\n[\s\S]*demo .*\n[\s\S]*Exit codes/);
});

t.test('nothing is left behind where an output was tried', async (t) => {
  const cwd = t.testdir({ 'good.yaml': site });
  writeFileSync(`${cwd}/kept.json`, 'kept');
  const output = ['--output', 'kept.json', '--output', 'json=nowhere/x.json'];
  await edgeprobe([...good, ...output], { cwd });
  t.strictSame(readdirSync(cwd).sort(), ['good.yaml', 'kept.json']);
  t.equal(readFileSync(`${cwd}/kept.json`, 'utf8'), 'kept');
});
