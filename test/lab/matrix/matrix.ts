import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { shippedPackNames } from '../../../agent/packs.ts';
import type { Report } from '../../../agent/report.ts';
import { labVantages } from '../check-run.ts';
import { mutations } from '../firewall-mutations.ts';
import { keyOf } from './cases.ts';
import { mutatePack } from './mutate-pack.ts';
import type { Result } from './result.ts';
import { summaryText } from './summary.ts';
import { appendTable, keysOf, readTable } from './table.ts';

/**
 * `npm run matrix`: every row of every pack, its packets dropped, refused, answered in vain, cut in half or translated to
 * the wrong host, and asked from its vantage. Needs root and the servers of the lab. It adds lines to its table as it goes,
 * and leaves out what stands there already: stop it at any time and start it again. The summary is written anew each time.
 */
const { values } = parseArgs({
  options: {
    packs: { type: 'string' },
    vantages: { type: 'string' },
    ways: { type: 'string' },
    /** Ranges of a hundred ports, and only the rows beside each. */
    narrow: { type: 'boolean', default: false },
    /** `respond` stands everywhere, and proves itself. */
    responders: { type: 'boolean', default: false },
    table: { type: 'string', default: 'test/lab/matrix/results.csv' },
    summary: { type: 'string' },
  },
});

const chosen = <T extends string>(given: string | undefined, all: readonly T[]): readonly T[] => {
  if (given === undefined) return all;
  const words = given.split(',');
  const wrong = words.find((word) => !all.some((one) => one === word));
  if (wrong !== undefined) throw new Error(`${wrong} is none of ${all.join(', ')}`);
  return all.filter((one) => words.includes(one));
};

const file = values.table;
const summary = values.summary ?? file.replace(/(\.csv)?$/, '.md');
const summarise = (): void => writeFileSync(summary, summaryText(readTable(file)));

/** Reports of what nobody wished for, to be looked at; they stand beside the table and are not kept with it. */
const keepOdd = ([first, ...more]: readonly Result[], report: Report): void => {
  if (first === undefined || [first, ...more].every(({ result, others }) => result !== 'missed' && others === ''))
    return;
  const folder = path.join(path.dirname(file), 'odd');
  mkdirSync(folder, { recursive: true });
  const name = `${keyOf(first.pack, first.row, first.how).replaceAll(' ', '_')}.json`;
  writeFileSync(path.join(folder, name), JSON.stringify(report, null, 2));
};

// The other packs say what must be shut, or read a documented row in another way.
const documented = shippedPackNames().filter((name) => name.startsWith('lync2013-'));

for (const pack of chosen(values.packs, documented)) {
  await mutatePack({
    pack,
    vantages: chosen(values.vantages, labVantages),
    ways: chosen(values.ways, mutations),
    narrow: values.narrow,
    responders: values.responders,
    known: keysOf(readTable(file)),
    told: (results, report) => {
      appendTable(file, results);
      keepOdd(results, report);
    },
    say: (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)}Z ${line}\n`),
  });
  summarise();
}
