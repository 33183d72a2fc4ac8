import t from 'tap';
import { allSources, type Import, readSource, type Source } from './sources.ts';

/** All but this file, which quotes imports that are none. */
const sources = allSources().filter(({ file }) => file !== 'test/architecture.test.ts');
const shipped = sources.filter(({ folder }) => ['bin', 'agent', 'probes', 'wire', 'dashboards'].includes(folder));
const inFolder = (folder: string): Source[] => sources.filter((source) => source.folder === folder);

/** `file → module` of the imports that a rule forbids. */
const offending = (among: readonly Source[], forbidden: (one: Import, source: Source) => boolean): string[] =>
  among.flatMap((source) =>
    source.imports.filter((one) => forbidden(one, source)).map((one) => `${source.file} → ${one.file ?? one.module}`),
  );

t.test('the reader of imports reads them', async (t) => {
  const { imports, code } = readSource(
    'agent/x.ts',
    `/** import { a } from './comment.ts'; */
import t from 'tap';
import type { A } from './type.ts';
import { type B, c as d } from '../probes/mixed.ts';
import {
  e,
  f,
} from 'node:net';
import * as z from 'zod';
import './bare.ts';
export * from './again.ts';
export { g } from './named.ts';
const h = await import('./dynamic.ts'); // import { no } from './line.ts';
type X = typeof import('./typeof.ts');
const url = 'https://example.com';
`,
  );
  const shown = imports.map(
    ({ module, file, names, typeOnly }) => `${typeOnly ? 'type ' : ''}${file ?? module} ${names}`,
  );
  t.strictSame(shown, [
    'tap default',
    'type agent/type.ts A',
    'probes/mixed.ts c',
    'node:net e,f',
    'zod *',
    'agent/again.ts *',
    'agent/named.ts g',
    'agent/bare.ts ',
    'agent/dynamic.ts *',
    'type agent/typeof.ts *',
  ]);
  t.match(code, /example\.com/, 'a URL is no comment');
  t.ok(sources.length > 100, 'and it finds the sources');
  const known = new Set(sources.map(({ file }) => file));
  t.strictSame(
    offending(sources, ({ file }) => file !== null && /\.ts$/.test(file) && !known.has(file)),
    [],
    'no import of a file it does not know',
  );
  t.strictSame(
    offending(
      sources.filter(({ file }) => file.endsWith('.ts')),
      ({ module }) => module.startsWith('.') && !/\.(ts|json)$/.test(module),
    ).filter((one) => !one.startsWith('test/')),
    [],
    'relative imports end in .ts',
  );
});

/** What a folder may import of others; everything may import of its own. */
const below: Readonly<Record<string, readonly string[]>> = {
  bin: ['agent', 'probes'],
  agent: ['probes'],
  probes: ['wire'],
  wire: [],
  dashboards: ['agent'],
};

t.test('imports point down only, and the agent never sees bytes', async (t) => {
  for (const [folder, allowed] of Object.entries(below)) {
    const found = offending(inFolder(folder), ({ file }) => {
      const to = file?.split('/')[0];
      return to !== undefined && to !== folder && !allowed.includes(to);
    });
    t.strictSame(found, [], `${folder} → ${[folder, ...allowed].join(', ')}`);
  }
});

const inBrowser = (file: string): boolean => file.startsWith('agent/browser/');

t.test('what runs in a browser stands alone', async (t) => {
  const browser = sources.filter(({ file }) => inBrowser(file));
  t.ok(browser.length > 1);
  t.strictSame(
    offending(browser, ({ file }) => file === null || !inBrowser(file)),
    [],
    'it imports nothing but its own',
  );
  t.strictSame(
    offending(
      sources.filter(({ file }) => !inBrowser(file)),
      ({ file }) => file !== null && inBrowser(file),
    ),
    [],
    'and nobody imports it',
  );
});

t.test('no import cycles', async (t) => {
  const byFile = new Map(sources.map((source) => [source.file, source]));
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const since = path.indexOf(file);
    if (since >= 0) {
      cycles.push([...path.slice(since), file].join(' → '));
      return;
    }
    if (finished.has(file)) return;
    // Type imports count: two files that need each other's types are one idea, or a third file is missing.
    for (const one of byFile.get(file)?.imports ?? []) if (one.file !== null) visit(one.file, [...path, file]);
    finished.add(file);
  };
  for (const { file } of shipped) visit(file, []);
  t.strictSame(cycles, []);
});

const registry = sources.find(({ file }) => file === 'probes/index.ts');
const registered = (registry?.imports ?? []).filter((one) => !one.typeOnly).flatMap(({ file }) => file ?? []);

t.test('a probe never imports a probe; what belongs to one is used by it alone', async (t) => {
  t.ok(registered.length >= 4, `the registry lists probes: ${registered.join(' ')}`);
  t.ok(registered.includes('probes/stun.ts'));
  const outsideTests = sources.filter(({ folder }) => folder !== 'test');
  t.strictSame(
    offending(
      outsideTests,
      ({ file }, source) => file !== null && registered.includes(file) && source.file !== 'probes/index.ts',
    ),
    [],
    'a registered probe is imported by the registry alone',
  );
  // What stands under TLS (tls-*) is shared: XMPP and others begin with a handshake too. A range of UDP ports is asked in
  // the words of STUN.
  const names = registered.map((file) => file.replace(/^probes\/|\.ts$/g, '')).filter((name) => name !== 'tls');
  const ownerOf = (file: string): string | undefined =>
    names.find((name) => file.startsWith(`probes/${name}-`) || file === `probes/${name}.ts`) ??
    (/^probes\/sweep/.test(file) ? 'sweep' : undefined);
  const mayUse = (owner: string, user: string | undefined): boolean =>
    owner === user || (owner === 'sweep' && (user === 'tcp' || user === 'udp'));
  const shared = new Set([
    'probes/tcp-channel.ts',
    ...['answer', 'cost', 'exchange', 'facts', 'schedule', 'stream', 'tcp', 'udp'].map(
      (part) => `probes/stun-${part}.ts`,
    ),
  ]);
  t.strictSame(
    offending(outsideTests, ({ file }, source) => {
      if (file === null || shared.has(file) || source.file === 'probes/index.ts') return false;
      const owner = ownerOf(file);
      return owner !== undefined && !mayUse(owner, ownerOf(source.file));
    }),
    [],
    'a part named after a probe is used by that probe alone',
  );
});

/** What of these modules does nothing on the network. */
const harmless = new Set(['isIP', 'isIPv4', 'isIPv6', 'BlockList', 'SocketAddress', 'rootCertificates']);
const networking = /^node:(net|dgram|tls|http|https|http2|dns|dns\/promises|child_process|cluster|worker_threads)$/;

/** The files that open sockets, start processes, or ask the resolver. Another one is a decision, not an accident. */
const socketFiles = [
  'agent/push-put.ts',
  'agent/resolve.ts',
  'agent/serve-listen.ts',
  'bin/respond-shares.ts',
  'probes/channel.ts',
  'probes/listen.ts',
  'probes/reset.ts',
  'probes/sockets.ts',
  'probes/tls-answer.ts',
  'probes/tls-channel.ts',
  'probes/tls-self-test.ts',
  'probes/tls-session.ts',
];

t.test('sockets are opened in few files', async (t) => {
  const found = shipped.filter(({ imports }) =>
    imports.some(
      (one) => networking.test(one.module) && !one.typeOnly && one.names.some((name) => !harmless.has(name)),
    ),
  );
  const files = found.map(({ file }) => file);
  t.strictSame(
    files.filter((file) => !socketFiles.includes(file)),
    [],
  );
  t.ok(files.includes('probes/sockets.ts'), 'and the test sees them');
  // What stands under Node's sockets is not imported, but it opens connections as well.
  const saying = (words: RegExp): string[] => shipped.filter(({ code }) => words.test(code)).map(({ file }) => file);
  t.strictSame(saying(/(tcp|udp)_wrap|process\.binding|_handle\b/), ['probes/handles.ts']);
  t.strictSame(saying(/new (\w+\.)?(TCP|UDP)\(/), ['probes/sockets.ts']);
  const agent = inFolder('agent').flatMap(({ file, imports }) =>
    imports.flatMap(({ module, typeOnly }) => (networking.test(module) && !typeOnly ? [`${file} ${module}`] : [])),
  );
  // The agent's own door, and what pushes, behind the fence.
  t.strictSame(agent.sort(), [
    'agent/address.ts node:net',
    'agent/push-put.ts node:http',
    'agent/push-put.ts node:https',
    'agent/resolve.ts node:dns/promises',
    'agent/serve-listen.ts node:http',
    'agent/serve-listen.ts node:https',
  ]);
  const users = (module: string) =>
    shipped
      .filter(({ imports }) => imports.some((one) => one.module === module && !one.typeOnly))
      .map(({ file }) => file);
  t.strictSame(users('prom-client'), ['agent/metric-registry.ts']);
  t.strictSame(
    offending(
      shipped,
      ({ module }) => module.startsWith('node:') === false && /^(net|dgram|tls|https?|dns|fs|crypto)$/.test(module),
    ),
    [],
    'built-in modules have their prefix',
  );
});

t.test('wire is pure', async (t) => {
  const pure = ['node:crypto', 'node:buffer', 'node:util'];
  t.strictSame(
    offending(inFolder('wire'), ({ module }) => module.startsWith('node:') && !pure.includes(module)),
    [],
  );
  const impure =
    /\b(async|await|setTimeout|setInterval|setImmediate|queueMicrotask|Promise|performance|process)\b|\bnew Date\(\s*\)|Date\.now/;
  t.strictSame(
    inFolder('wire')
      .filter(({ code }) => impure.test(code.replace(/'[^'\n]*'/g, "''")))
      .map(({ file }) => file),
    [],
  );
  const users = (module: string) =>
    shipped.filter(({ imports }) => imports.some((one) => one.module === module)).map(({ file }) => file);
  t.strictSame(users('stun'), ['wire/stun.ts'], 'the stun package behind one file');
});

const lines = (source: Source, pattern: RegExp): string[] =>
  source.code.split('\n').flatMap((line) => (pattern.test(line) ? [`${source.file}: ${line.trim()}`] : []));

t.test('only bin prints or exits', async (t) => {
  const speaking = /\bconsole\.|\bprocess\.(stdout|stderr|exit|exitCode|abort|kill)\b/;
  t.strictSame(
    shipped.filter(({ folder }) => folder !== 'bin').flatMap((source) => lines(source, speaking)),
    [],
  );
  t.ok(
    inFolder('bin').some((source) => lines(source, speaking).length > 0),
    'and it does',
  );
});

t.test('time and randomness come in by the front door', async (t) => {
  const doors = ['probes/world.ts'];
  // The script of the status page lives in its reader's browser, and has the clock there.
  const inside = shipped.filter(({ folder, file }) => folder !== 'bin' && !doors.includes(file) && !inBrowser(file));
  const clock =
    /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bprocess\.hrtime\b|(?<!\.)\bset(Timeout|Interval)\(/;
  t.strictSame(
    inside.flatMap((source) => lines(source, clock)),
    [],
    'clocks and timers',
  );
  const dice = /\bMath\.random\b|\brandom(Bytes|Int|UUID|FillSync)\b|\bgetRandomValues\b/;
  t.strictSame(
    inside.filter(({ file }) => file !== 'probes/certificate.ts').flatMap((source) => lines(source, dice)),
    [],
    'randomness',
  );
  // Keys are made by the system in any case; the serial number of a certificate is a parameter with a default.
  const door = sources.find(({ file }) => file === doors[0]);
  t.ok(door !== undefined && clock.test(door.code) && dice.test(door.code), 'the door is one');
});

t.test('files say in their names what they are about', async (t) => {
  const vague = /(^|[/-])(utils?|types?|helpers?|common|misc|shared|constants|interfaces)\.(ts|mjs)$/;
  t.strictSame(
    sources.map(({ file }) => file).filter((file) => vague.test(file)),
    [],
  );
  const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.(ts|mjs)$/;
  t.strictSame(
    sources.map(({ file }) => file).filter((file) => !kebab.test(file.split('/').at(-1) ?? '')),
    [],
  );
});
