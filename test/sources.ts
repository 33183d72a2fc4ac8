import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository; the tests run from dist/js/test. */
export const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** The folders that hold code, and the folder of the build tools. */
const folders = ['bin', 'agent', 'probes', 'wire', 'dashboards', 'test', 'tools'];

/** One import of a file: of which module, and which names (`*` for all, `default`); none for a bare import. */
export interface Import {
  readonly module: string;
  /** The imported file, as `folder/name.ts`, where it is one of ours. */
  readonly file: string | null;
  readonly names: readonly string[];
  /** Erased by the compiler. */
  readonly typeOnly: boolean;
}

export interface Source {
  /** As `folder/name.ts`. */
  readonly file: string;
  readonly folder: string;
  readonly text: string;
  /** The text without comments, which may speak of anything. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{(,])\/\/[^\n]*/g, '$1');

const namesOf = (clause: string): Pick<Import, 'names' | 'typeOnly'> => {
  const typeOnly = /^type\s/.test(clause);
  const bare = clause.replace(/^type\s+/, '');
  const braces = /\{([^}]*)\}/.exec(bare)?.[1] ?? '';
  const listed = braces.split(',').map((one) => one.trim());
  const values = listed
    .filter((one) => one !== '' && !one.startsWith('type '))
    .map((one) => one.split(/\s+as\s+/)[0] ?? '');
  const rest = bare
    .replace(/\{[^}]*\}/, '')
    .replace(/,/g, '')
    .trim();
  const whole = rest === '' ? [] : [rest.startsWith('*') ? '*' : 'default'];
  const names = [...whole, ...values];
  return { names, typeOnly: typeOnly || (names.length === 0 && braces !== '') };
};

const importsOf = (file: string, code: string): Import[] => {
  const make = (module: string, what: Pick<Import, 'names' | 'typeOnly'>): Import => ({
    module,
    file: module.startsWith('.') ? path.posix.join(path.posix.dirname(file), module) : null,
    ...what,
  });
  const statements = code.matchAll(/^\s*(?:import|export)\s+([\w*{}\s,]+?)\s+from\s+'([^']+)'/gm);
  const bare = code.matchAll(/^\s*import\s+'([^']+)'/gm);
  const dynamic = code.matchAll(/(typeof\s+)?\bimport\(\s*'([^']+)'\s*\)/g);
  return [
    ...[...statements].map(([, clause = '', module = '']) => make(module, namesOf(clause))),
    ...[...bare].map(([, module = '']) => make(module, { names: [], typeOnly: false })),
    ...[...dynamic].map(([, type, module = '']) => make(module, { names: ['*'], typeOnly: type !== undefined })),
  ];
};

/** Reads one text as a source: for the tests of the test. */
export const readSource = (file: string, text: string): Source => {
  const code = withoutComments(text);
  return { file, folder: file.split('/')[0] ?? '', text, code, imports: importsOf(file, code) };
};

/** Every source of the repository, sorted. */
export const allSources = (): Source[] =>
  folders
    .flatMap((folder) => {
      const names = readdirSync(path.join(repository, folder), { recursive: true, encoding: 'utf8' });
      return names.filter((name) => /\.(ts|mjs)$/.test(name)).map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
    })
    .sort()
    .map((file) => readSource(file, readFileSync(path.join(repository, file), 'utf8')));
