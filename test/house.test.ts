import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { allSources, repository, type Source } from './sources.ts';

const sources = allSources();
/** All but this file, which names what must not be. */
const others = sources.filter(({ file }) => file !== 'test/house.test.ts');
const longest = 300;

const lines = (among: readonly Source[], pattern: RegExp, of: 'text' | 'code' = 'text'): string[] =>
  among.flatMap((source) =>
    source[of]
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${source.file}:${index + 1}: ${line.trim()}`] : [])),
  );

t.test('files are short', async (t) => {
  t.ok(sources.length > 100, 'there are files');
  const long = sources
    .map(({ file, text }) => [file, text.trimEnd().split('\n').length] as const)
    .filter(([, count]) => count > longest);
  t.strictSame(long, [], `no file has more than ${longest} lines`);
});

t.test('nothing is left for later, nothing is left out', async (t) => {
  t.strictSame(lines(others, /\b(?:T(?:ODO)|F(?:IXME)|X(?:XX)|H(?:ACK))\b/), []);
  const tests = others.filter(({ folder }) => folder === 'test');
  t.strictSame(lines(tests, /\.only\(|\bonly:\s*true/), [], 'no test runs alone');
  t.strictSame(lines(others, /@ts-(ignore|nocheck|expect-error)|biome-ignore-all/), [], 'the compiler is not silenced');
});

t.test('every skip goes through needing(), which gives a reason and may be forbidden', async (t) => {
  const tests = others.filter(({ folder, file }) => folder === 'test' && file !== 'test/require.ts');
  t.strictSame(
    lines(tests, /\bt\.(skip|todo)\(|\btodo:|\.test\.(skip|todo)\b|\bskip:\s*(true|!|process|['"`])/, 'code'),
    [],
  );
  t.strictSame(lines(tests, /EDGEPROBE_REQUIRE/, 'code'), [], 'nobody else decides what may be missing');
});

t.test('the repository stands alone', async (t) => {
  const folders = ['.', 'rules', 'examples', 'dashboards', 'docs', 'tools', '.github'].filter((folder) =>
    existsSync(path.join(repository, folder)),
  );
  const prose = folders.flatMap((folder) =>
    readdirSync(path.join(repository, folder))
      .filter((name) => /\.(md|ya?ml|json|mjs|txt)$/.test(name) && name !== 'package-lock.json')
      .map((name) => path.join(folder, name)),
  );
  t.ok(prose.includes('package.json') && prose.length > 5, 'it reads more than code');
  const all = [...others.map(({ file }) => file), ...prose];
  // Spelled in pieces, or this file would name them.
  const outside = new RegExp(['\\.\\./shared\\b', '/work/', '/tmp/team'].join('|'));
  const found = all.flatMap((file) =>
    readFileSync(path.join(repository, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (outside.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  t.strictSame(found, [], 'no path of one machine');
});

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

t.test('every dependency has a line in DESIGN.md that says why it is there', async (t) => {
  const manifest = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as Manifest;
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  t.ok(names.includes('yargs') && names.includes('stun'), 'there are dependencies');
  const design = readFileSync(path.join(repository, 'DESIGN.md'), 'utf8');
  const quoted = new Set([...design.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word));
  t.strictSame(
    names.filter((name) => !quoted.has(name)),
    [],
    'each stands in `backquotes`',
  );
  const pinned = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  t.strictSame(
    pinned.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)).map(([name]) => name),
    [],
    'exact versions',
  );
});
