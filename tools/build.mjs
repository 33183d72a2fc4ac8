// Builds everything: dist/js (compiled sources and tests, what tap runs) and dist/edgeprobe.mjs (the one file people use).
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

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

const packs = Object.fromEntries(
  readdirSync('rules')
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name.slice(0, -'.yaml'.length), readFileSync(`rules/${name}`, 'utf8')]),
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

// Parsing the whole program takes longer than Node's own start, and `--version` or a completion must not wait for it.
// So the program travels in the one file as a text, which a parser skips, and is compiled when a command needs it.
const program = await build({
  ...shared,
  entryPoints: ['bin/main.ts'],
  format: 'cjs',
  write: false,
  logLevel: 'warning',
  define: { ...constants, 'import.meta.url': 'programUrl' },
});

const asText = {
  name: 'program-as-text',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: 'main', namespace: 'program' }));
    onLoad({ filter: /.*/, namespace: 'program' }, () => ({
      contents: `
        import { createRequire } from 'node:module';
        import { constants, Script } from 'node:vm';
        const text = ${JSON.stringify(program.outputFiles[0].text)};
        const script = new Script('(function (module, exports, require, programUrl) {' + text + '\\n})', {
          filename: 'edgeprobe-program.cjs',
          importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
        });
        const made = { exports: {} };
        script.runInThisContext()(made, made.exports, createRequire(import.meta.url), import.meta.url);
        export const main = made.exports.main;`,
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
  plugins: [asText],
});
chmodSync('dist/edgeprobe.mjs', 0o755);
