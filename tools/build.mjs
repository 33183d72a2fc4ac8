// Builds everything: dist/js (compiled sources and tests, what tap runs) and dist/edgeprobe.mjs (the one file people use).
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

// A stale compiled test of a deleted source would keep running, so the folder always starts empty.
rmSync('dist', { recursive: true, force: true });
// The script of the status page runs in a browser: it is checked with the types of one, and writes nothing here.
for (const project of ['.', 'agent/browser']) {
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], { stdio: 'inherit' });
  if (tsc.status !== 0) process.exit(tsc.status ?? 1);
}
cpSync('rules', 'dist/js/rules', { recursive: true, filter: (from) => !from.endsWith('.md') });

// They are read and checked here, once, and not by every command.
const { loadPack } = await import('../dist/js/agent/packs.js');
const packs = Object.fromEntries(
  readdirSync('rules')
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => {
      const text = readFileSync(`rules/${name}`, 'utf8');
      return [name.slice(0, -'.yaml'.length), { text, read: JSON.stringify(loadPack(text, name)) }];
    }),
);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

// It stands within the page, so it is a text to the program, and a file to the tests.
const browser = await build({
  entryPoints: ['agent/browser/status.ts'],
  bundle: true,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  legalComments: 'none',
  charset: 'ascii',
  write: false,
  logLevel: 'warning',
});
const pageScript = browser.outputFiles[0].text.trim();
writeFileSync('dist/js/agent/page-script.txt', pageScript);

const shared = { bundle: true, minify: true, platform: 'node', target: 'node20.19', legalComments: 'none' };
const constants = {
  EDGEPROBE_PACKS: JSON.stringify(packs),
  EDGEPROBE_PAGE_SCRIPT: JSON.stringify(pageScript),
  EDGEPROBE_VERSION: JSON.stringify(version),
};

// Help is ASCII, as a test sees to: its width is its length. The package that yargs measures it with makes a segmenter of
// ICU and tables of emoji at every start of every command, which takes as long as a third of Node's own start.
const asciiWidth = {
  name: 'ascii-width',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, () => ({ path: 'string-width', namespace: 'ascii-width' }));
    onLoad({ filter: /.*/, namespace: 'ascii-width' }, () => ({
      contents: 'export default (text) => text.length;',
    }));
  },
};

// Parsing the whole program takes longer than Node's own start, and no command needs all of it. So it is split where
// commands load what they need, and travels in the one file as texts, which a parser skips; each is compiled when it is
// asked for.
const pieces = await build({
  ...shared,
  entryPoints: { main: 'bin/main.ts' },
  format: 'esm',
  splitting: true,
  outdir: 'pieces',
  chunkNames: '[name]-[hash]',
  // A package in CommonJS that is loaded when needed would have no names here, only a default: see below.
  alias: { '@peculiar/x509': '@peculiar/x509/build/x509.es.js' },
  plugins: [asciiWidth],
  metafile: true,
  write: false,
  logLevel: 'warning',
  define: { ...constants, 'import.meta.url': 'programUrl' },
});
for (const [name, { exports }] of Object.entries(pieces.metafile.outputs)) {
  if (exports.join() === 'default') throw new Error(`${name}: import() of a package in CommonJS; give its ES module`);
}
const texts = {};
for (const { path, text } of pieces.outputFiles) {
  const { code } = await transform(text, {
    format: 'cjs',
    minify: true,
    target: shared.target,
    supported: { 'dynamic-import': false },
    logLevel: 'warning',
  });
  texts[`./${basename(path)}`] = code;
}

const { code: textsAsStatement } = await transform(`const programTexts = ${JSON.stringify(texts)};`, {
  minifySyntax: true,
  minifyWhitespace: true,
  target: shared.target,
  logLevel: 'warning',
});

const asTexts = {
  name: 'program-as-texts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: 'main', namespace: 'program' }));
    onLoad({ filter: /.*/, namespace: 'program' }, () => ({
      contents: `
        import { createRequire } from 'node:module';
        import { Script } from 'node:vm';
        const texts = programTexts;
        const loaded = new Map();
        const outside = createRequire(import.meta.url);
        const load = (name) => {
          if (!Object.hasOwn(texts, name)) return outside(name);
          const known = loaded.get(name);
          if (known) return known.exports;
          const made = { exports: {} };
          loaded.set(name, made);
          const script = new Script('(function (module, exports, require, programUrl) {' + texts[name] + '\\n})', {
            filename: 'edgeprobe-' + name.slice(2, -3) + '.cjs',
          });
          script.runInThisContext()(made, made.exports, load, import.meta.url);
          return made.exports;
        };
        export const { main } = load('./main.js');`,
    }));
  },
};

await build({
  ...shared,
  entryPoints: ['bin/edgeprobe.ts'],
  outfile: 'dist/edgeprobe.mjs',
  format: 'esm',
  logLevel: 'warning',
  define: constants,
  plugins: [asTexts],
  // Beside what asks for them, which is a function to the bundler: V8 would scan them a second time as it is called.
  banner: { js: textsAsStatement },
});
chmodSync('dist/edgeprobe.mjs', 0o755);
