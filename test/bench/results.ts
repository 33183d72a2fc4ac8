import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Section, sectionMarkdown } from './goals.ts';

const file = fileURLToPath(new URL('../../../../test/bench/RESULTS.md', import.meta.url));

/** The machine, as far as it matters to the figures. */
const machine = (): string =>
  `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release().split('.', 2).join('.')}, Node ${process.versions.node}, load ${(loadavg()[0] ?? 0).toFixed(1)}`;

/** Sections of the same title become one. */
const joined = (sections: readonly Section[]): Section[] => {
  const byTitle = new Map<string, Section>();
  for (const section of sections) {
    const known = byTitle.get(section.title);
    const notes = [...new Set([...(known?.notes ?? []), ...section.notes])];
    byTitle.set(section.title, { ...section, lines: [...(known?.lines ?? []), ...section.lines], notes });
  }
  return [...byTitle.values()];
};

/** Writes test/bench/RESULTS.md. */
export const writeResults = (sections: readonly Section[], runs: number): void => {
  const text = [
    '# What was measured',
    `\`npm run bench -- --write\` writes this file. Medians of ${runs} runs, all programs in turns; ${machine()}.`,
    'Ratios count; absolute figures belong to the machine. NOTES.md says what was tried where a goal is missed.',
    ...joined(sections).map(sectionMarkdown),
  ].join('\n\n');
  writeFileSync(file, `${text}\n`);
};
