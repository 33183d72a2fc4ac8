// Builds everything: dist/js (compiled sources and tests, what tap runs) and dist/edgeprobe.mjs (the one file people use).
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

// A stale compiled test of a deleted source would keep running, so the folder always starts empty.
rmSync('dist', { recursive: true, force: true });
const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], { stdio: 'inherit' });
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
cpSync('rules', 'dist/js/rules', { recursive: true, filter: (from) => !from.endsWith('.md') });

const packs = Object.fromEntries(
  readdirSync('rules')
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => [name.slice(0, -'.yaml'.length), readFileSync(`rules/${name}`, 'utf8')]),
);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

await build({
  entryPoints: ['bin/edgeprobe.ts'],
  outfile: 'dist/edgeprobe.mjs',
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  legalComments: 'none',
  logLevel: 'warning',
  define: { EDGEPROBE_PACKS: JSON.stringify(packs), EDGEPROBE_VERSION: JSON.stringify(version) },
  // Some dependencies are CommonJS and call require() for Node's own modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
});
chmodSync('dist/edgeprobe.mjs', 0o755);
