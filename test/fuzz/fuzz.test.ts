import t from 'tap';
import { allSources } from '../sources.ts';
import { seeded, toHex } from '../wire/hostile.ts';
import { decoderTargets } from './decoders.ts';
import { fuzz, type Target } from './engine.ts';
import { foundFor } from './found.ts';
import { readerTargets } from './readers.ts';

t.setTimeout(600_000);

/** A moment for each: the long runs are made by hand (`npm run fuzz`) and recorded in RESULTS.md. */
const limits = () => ({ milliseconds: 700, inputs: 20_000, random: seeded(20_131_120) });

const targets: readonly Target[] = [...(await decoderTargets()), ...readerTargets()];

t.test('what was found once stays repaired', async (t) => {
  for (const target of targets) {
    for (const [name, bytes] of foundFor(target.name)) t.doesNotThrow(() => target.run(bytes), name);
  }
  t.ok(targets.length > 15);
});

for (const target of targets) {
  t.test(`${target.name} keeps its promises`, async (t) => {
    const seeds = [...target.seeds, ...foundFor(target.name).values()];
    const { runs, finding } = fuzz({ ...target, seeds }, limits());
    t.equal(finding === null ? null : `${String(finding.error)} on ${toHex(finding.bytes)}`, null, `${runs} inputs`);
    t.ok(runs > 50);
  });
}

t.test('the engine finds what it is to find, and shortens it', async (t) => {
  const trap: Target = {
    name: 'trap',
    seeds: [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
    dictionary: [Uint8Array.of(0xca, 0xfe)],
    run: (bytes) => {
      if (toHex(bytes).includes('cafe')) throw new Error('trapped');
    },
  };
  const { finding } = fuzz(trap, { ...limits(), milliseconds: 5000 });
  t.match(finding?.error, { message: 'trapped' });
  t.equal(toHex(finding?.bytes ?? new Uint8Array(0)), 'cafe');
});

t.test('no decoder is forgotten', async (t) => {
  const sources = allSources();
  const used = sources
    .filter(({ file }) => file.startsWith('test/fuzz/'))
    .flatMap(({ imports }) => imports.flatMap(({ names }) => names));
  const decoders = sources
    .filter(({ folder }) => folder === 'wire')
    .flatMap(({ file, code }) =>
      [...code.matchAll(/^export const ((?:read|decode|verify|create\w*Reader|create\w*Tap)\w*) =/gm)].map(
        ([, name = '']) => ({ file, name }),
      ),
    );
  t.ok(decoders.length > 20);
  // Parts of readers that are fuzzed as a whole.
  const within = new Set(['readStatusLine', 'readErrorCode', 'readUint32', 'readDnsFrame', 'verifyTurnIntegrity']);
  t.strictSame(
    decoders.filter(({ name }) => !used.includes(name) && !within.has(name)),
    [],
  );
});
