import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { repository } from './sources.ts';

const read = (file: string): string => readFileSync(path.join(repository, file), 'utf8');
const text = read('SECURITY.md');

interface Locked {
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, Locked>> };
const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Readonly<Record<string, string>> };

t.test('behind every sentence stands a test that exists', async (t) => {
  const flowing = text.replace(/\s+/g, ' ');
  const named = [...flowing.matchAll(/`(test\/[^`]+\.test\.ts)` "([^"]+)"/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  }));
  t.ok(named.length >= 25);
  for (const { file, title } of named) {
    t.ok(existsSync(path.join(repository, file)) && read(file).includes(title), `${file}: ${title}`);
  }
  const promises = text.split('## What was run')[0]?.split(/\n- /).slice(1) ?? [];
  t.ok(promises.length >= 15);
  for (const promise of promises) t.match(promise, /`test\/[^`]+\.test\.ts` "/, promise.slice(0, 60));
});

const rows = [...text.matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, name = '', licence = '', reason = '']) => ({ name, licence, reason }),
);

t.test('every dependency with its licence and its reason, and no other', async (t) => {
  t.strictSame(rows.map(({ name }) => name).sort(), Object.keys(devDependencies).sort());
  for (const { name, licence, reason } of rows) {
    t.equal(packages[`node_modules/${name}`]?.license, licence, name);
    t.ok(reason.length > 3, `${name}: ${reason}`);
  }
});

/** Where a package finds another, as Node looks for it. */
const found = (from: string, name: string): string | null => {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const key = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (packages[key] !== undefined) return key;
    if (at === '') return null;
  }
};

t.test('what the bundle may hold, and of which licences', async (t) => {
  const bundled = rows.slice(
    0,
    rows.findIndex(({ name }) => name === '@biomejs/biome'),
  );
  const reached = new Set<string>();
  const go = (key: string | null): void => {
    if (key === null || reached.has(key)) return;
    reached.add(key);
    for (const name of Object.keys(packages[key]?.dependencies ?? {})) go(found(key, name));
  };
  for (const { name } of bundled) go(found('', name));
  const [, count] = /: (\d+) packages in all/.exec(text) ?? [];
  t.equal(reached.size, Number(count), 'packages');
  const licences = new Set([...reached].map((key) => packages[key]?.license));
  t.strictSame([...licences].sort(), ['0BSD', 'Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT']);
});
