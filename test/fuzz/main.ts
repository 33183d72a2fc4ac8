// node dist/js/test/fuzz/main.js [seconds each] [target…]: fuzzes the decoders by hand and prints a table.
import { seeded } from '../wire/hostile.ts';
import { decoderTargets } from './decoders.ts';
import { fuzz } from './engine.ts';
import { foundFor } from './found.ts';
import { readerTargets } from './readers.ts';

const [, , secondsGiven = '30', ...names] = process.argv;
const seconds = Number(secondsGiven);
if (!(seconds > 0)) throw new Error('seconds for each target, more than 0');
const seed = Date.now() >>> 0;
const targets = [...(await decoderTargets()), ...readerTargets()];
const chosen = names.length === 0 ? targets : targets.filter(({ name }) => names.includes(name));

process.stdout.write(`${new Date().toISOString()}, ${seconds} s each, seed ${seed}, Node ${process.version}\n\n`);
process.stdout.write(
  '| target | inputs | corpus | functions | blocks left | slowest, ms | found |\n|---|--:|--:|--:|--:|--:|---|\n',
);
for (const target of chosen) {
  const seeds = [...target.seeds, ...foundFor(target.name).values()];
  const limits = { milliseconds: seconds * 1000, inputs: Number.POSITIVE_INFINITY, random: seeded(seed) };
  const { runs, corpus, functions, blocksLeft, slowest, slowestInput, finding } = fuzz({ ...target, seeds }, limits);
  const row = [
    target.name,
    runs,
    corpus,
    functions,
    blocksLeft,
    Math.round(slowest * 10) / 10,
    finding ? 'yes' : 'nothing',
  ];
  process.stdout.write(`| ${row.join(' | ')} |\n`);
  if (slowest > 100) process.stderr.write(`${target.name}, slowest: ${Buffer.from(slowestInput).toString('hex')}\n`);
  if (finding === null) continue;
  process.exitCode = 1;
  process.stderr.write(`${target.name}: ${String(finding.error)}\n${Buffer.from(finding.bytes).toString('hex')}\n`);
}
