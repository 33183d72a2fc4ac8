import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import * as z from 'zod';
import { FileError } from '../../agent/file-error.ts';
import { largestFile, parseYaml, pathText, readTextFile } from '../../agent/yaml-file.ts';
import { throwsMatching } from '../require.ts';

const schema = z.strictObject({
  site: z.string(),
  packs: z.array(z.string()).default([]),
  transport: z.enum(['tcp', 'udp']).optional(),
  servers: z
    .record(z.string(), z.strictObject({ address: z.string(), port: z.number().int().min(1).optional() }))
    .optional(),
  bind: z.partialRecord(z.enum(['access-edge', 'av-edge']), z.string()).optional(),
  control: z.union([z.string(), z.strictObject({ host: z.string(), port: z.number() })]).optional(),
  even: z
    .number()
    .refine((value) => value % 2 === 0, 'must be even')
    .optional(),
});

const problems = (text: string): string[] => {
  const parsed = parseYaml(text, schema);
  return parsed.ok ? [] : new FileError('f', parsed.problems).message.split('\n');
};

t.test('a good file gives its value and where things stand', async (t) => {
  const parsed = parseYaml('site: contoso\nservers:\n  edge1:\n    address: 10.0.0.1\npacks: [one,\n  two]\n', schema);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  t.equal(parsed.value.site, 'contoso');
  t.same(parsed.locate(['servers', 'edge1', 'address']), { line: 4, column: 14 });
  t.same(parsed.locate(['packs', 1]), { line: 6, column: 3 });
  t.same(parsed.locate(['servers', 'edge1', 'port']), { line: 4, column: 5 }, 'absent: the enclosing map');
  t.same(parsed.locate(['servers', 'edge2', 'address']), { line: 3, column: 3 });
  t.same(parsed.locate([]), { line: 1, column: 1 });
});

t.test('every kind of mistake has its place and says what was expected', async (t) => {
  const table: [string, string, string[]][] = [
    ['unknown key', 'site: a\npaks: []\n', ['f:2:1: paks: unknown key; did you mean "packs"?']],
    [
      'unknown key without a near miss',
      'site: a\nzzzzzz: 1\n',
      ['f:2:1: zzzzzz: unknown key; allowed: site, packs, transport, servers, bind, control, even'],
    ],
    [
      'unknown and missing key deep down',
      'site: a\nservers:\n  edge1:\n    adress: 10.0.0.1\n',
      ['f:4:5: servers.edge1.address: is missing', 'f:4:5: servers.edge1.adress: unknown key; did you mean "address"?'],
    ],
    ['missing key', 'packs: []\n', ['f:1:1: site: is missing']],
    ['wrong type', 'site: 5\n', ['f:1:7: site: expected a text, found 5']],
    ['nothing', 'site:\n', ['f:1:6: site: expected a text, found nothing']],
    ['list for a text', 'site: [a]\n', ['f:1:7: site: expected a text, found a list']],
    [
      'wrong word',
      'site: a\ntransport: tpc\n',
      ['f:2:12: transport: "tpc" is not allowed here: one of tcp, udp; did you mean "tcp"?'],
    ],
    ['wrong item', 'site: a\npacks:\n  - x\n  - {}\n', ['f:4:5: packs[1]: expected a text, found a map']],
    [
      'too small',
      'site: a\nservers: { "my edge": { address: b, port: 0 } }\n',
      ['f:2:43: servers["my edge"].port: Too small: expected number to be >=1'],
    ],
    [
      'unknown key of a record',
      'site: a\nbind:\n  acces-edge: x\n',
      ['f:3:3: bind.acces-edge: unknown key; did you mean "access-edge"?'],
    ],
    ['a rule of the schema', 'site: a\neven: 3\n', ['f:2:7: even: must be even']],
    [
      'a union explains the alternative that fits',
      'site: a\ncontrol: { host: h, prt: 5 }\n',
      ['f:2:10: control.port: is missing', 'f:2:21: control.prt: unknown key; did you mean "port"?'],
    ],
    [
      'a union nothing fits',
      'site: a\ncontrol: 5\n',
      ['f:2:10: control: expected a text, found 5, or expected a map, found 5'],
    ],
    ['not a map', '- a\n', ['f:1:1: expected a map, found a list']],
    [
      'several, in the order of the file',
      'transport: x\nsite: 1\n',
      ['f:1:12: transport: "x" is not allowed here: one of tcp, udp', 'f:2:7: site: expected a text, found 1'],
    ],
  ];
  for (const [name, text, expected] of table) t.same(problems(text), expected, name);
});

t.test('files that are no YAML, or more than YAML', async (t) => {
  const table: [string, string, RegExp][] = [
    ['empty', '', /^f:1:1: the file is empty$/],
    ['only comments', '# nothing\n', /^f:1:1: the file is empty$/],
    ['syntax', 'site: a\npacks: [a\n', /^f:3:1: /],
    ['tab', 'site:\n\tx: 1\n', /^f:2:1: /],
    ['duplicate key', 'site: a\nsite: b\n', /^f:2:1: the key "site" stands here a second time$/],
    ['number and text are the same key', 'site: a\nservers:\n  443: {}\n  "443": {}\n', /^f:4:3: the key "443"/],
    ['two documents', 'site: a\n---\nsite: b\n', /^f:2:1: .*documents/],
    ['unknown tag', 'site: !secret a\n', /^f:1:7: .*tag/],
    ['unknown alias', 'site: *a\n', /^f:1:7: .*alias/i],
    ['map as a key', '{ {a: b}: c }\n', /^f:1:3: a key must be a single word$/],
    ['__proto__', 'site: a\n__proto__: { x: 1 }\n', /^f:2:1: this word cannot be a key$/],
    ['deep', `site: ${'['.repeat(100_000)}`, /^f:\d+:\d+: /],
    ['too large', `site: ${'a'.repeat(largestFile)}`, /^f:1:1: is larger than 1048576 bytes/],
  ];
  for (const [name, text, pattern] of table) t.match(problems(text)[0] ?? 'no problem', pattern, name);
});

t.test('an alias bomb is refused, a plain alias is followed', async (t) => {
  const levels = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`);
  t.match(problems(`a0: &a0 [x]\n${levels.join('\n')}\n`)[0] ?? '', /^f:1:1: cannot be parsed: Excessive alias count/);
  const text = 'site: a\nservers:\n  one: &one { address: x, prt: 1 }\n  two: *one\n';
  t.same(problems(text), [
    'f:3:27: servers.one.prt: unknown key; did you mean "port"?',
    'f:3:27: servers.two.prt: unknown key; did you mean "port"?',
  ]);
});

t.test('a file cannot write to the terminal through its problems', async (t) => {
  const [line] = problems('site: a\n"\\e[2Jx\\u202e": 1\n');
  t.match(line, /^f:2:1: \["\\u\{1b\}\[2Jx\\u\{202e\}"\]: unknown key/);
});

t.test('paths are written as people write them', async (t) => {
  t.equal(pathText([]), '');
  t.equal(pathText(['rules', 3, 'ports']), 'rules[3].ports');
  t.equal(pathText(['servers', 'edge1', 'av-edge', 'ports', '443']), 'servers.edge1.av-edge.ports["443"]');
});

t.test('reading a file', async (t) => {
  const folder = t.testdir({ 'site.yaml': 'site: a\n' });
  t.equal(readTextFile(join(folder, 'site.yaml')), 'site: a\n');
  const missing = await throwsMatching(
    t,
    () => readTextFile(join(folder, 'nope.yaml')),
    /nope\.yaml:1:1: there is no such file$/,
  );
  t.ok(missing instanceof FileError);
  mkdirSync(join(folder, 'folder.yaml'));
  await throwsMatching(t, () => readTextFile(join(folder, 'folder.yaml')), /folder\.yaml:1:1: is not a file$/);
  writeFileSync(join(folder, 'large.yaml'), 'a'.repeat(largestFile + 1));
  await throwsMatching(t, () => readTextFile(join(folder, 'large.yaml')), /large\.yaml:1:1: is larger than/);
});
