import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { agentCost } from './agent-cost.ts';
import { type Section, sectionText } from './goals.ts';
import { growth } from './growth.ts';
import { responder } from './responder.ts';
import { writeResults } from './results.ts';
import { start } from './start.ts';
import { sweepScenes } from './sweep-scenes.ts';
import { sweeps } from './sweeps.ts';

/**
 * `npm run bench`: measures edgeprobe beside others on one machine, in turns, and prints ratios of medians.
 * `--only NAME` one part or scene, `--runs N` turns, `--write` keeps the result in test/bench/RESULTS.md.
 */
const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, runs: { type: 'string' }, write: { type: 'boolean' } },
});
const runs = Number(values.runs ?? 3);
const bundle = fileURLToPath(new URL('../../../edgeprobe.mjs', import.meta.url));

/** A part of the bench: what it needs, and what it does. */
interface Part {
  readonly name: string;
  readonly needs: readonly string[];
  readonly run: () => Promise<Section>;
}

const netNeeds = ['bash', 'ip', 'nft', 'setpriv', 'sysctl', 'timeout'];

const parts: readonly Part[] = [
  ...sweepScenes.map(
    (scene): Part => ({
      name: `sweep-${scene.name}`,
      needs: [...netNeeds, 'nmap', 'masscan', ...(scene.millisecondsEachWay > 0 ? ['gcc'] : [])],
      run: () => sweeps([scene], runs, bundle),
    }),
  ),
  { name: 'udp', needs: netNeeds, run: () => responder(runs, bundle) },
  { name: 'start', needs: ['bash', 'setpriv', 'timeout'], run: () => start(runs, bundle) },
  {
    name: 'agent',
    needs: [...netNeeds, 'prometheus-blackbox-exporter'],
    run: () => agentCost(bundle),
  },
  { name: 'growth', needs: [...netNeeds, 'openssl'], run: () => growth(bundle) },
];

const missing = (needs: readonly string[]): string[] => [
  ...(process.getuid?.() === 0 ? [] : ['root']),
  ...needs.filter((need) => spawnSync('sh', ['-c', 'command -v "$0"', need]).status !== 0),
  ...(existsSync(bundle) ? [] : ['npm run build']),
];

const wanted = parts.filter(({ name }) => !values.only || values.only.some((one) => name.startsWith(one)));
if (wanted.length === 0 || !(runs >= 1)) {
  process.stderr.write(`bench: --only takes the beginning of: ${parts.map(({ name }) => name).join(' ')}\n`);
  process.exit(2);
}
const sections: Section[] = [];
for (const part of wanted) {
  const lacks = missing(part.needs);
  if (lacks.length > 0) {
    process.stderr.write(`bench: ${part.name} is left out: it needs ${lacks.join(', ')}\n`);
    process.exitCode = 1;
    continue;
  }
  const began = performance.now();
  try {
    const section = await part.run();
    sections.push(section);
    process.stdout.write(sectionText(section));
  } catch (error) {
    // The others are measured all the same.
    process.stderr.write(`bench: ${part.name} broke: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
  process.stderr.write(`(${part.name}: ${((performance.now() - began) / 1000).toFixed(0)} s)\n`);
}
if (values.write) writeResults(sections, runs);
// Whatever still stands dies with this process.
process.exit();
