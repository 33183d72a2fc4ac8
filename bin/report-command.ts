import type { Command } from './command.ts';

export const command: Command = {
  name: 'report',
  summary: 'Merge runs of several vantages, places and nodes into one report',
  usage: 'RUN.json... [flags]',
  words: { 'files..': "reports of 'edgeprobe check --output json=FILE', records of 'respond --record'" },
  flags: {
    format: { describe: 'table, json, junit, tap, markdown, html, csv or nagios, on standard output' },
    output: { describe: '[FORMAT=]FILE: write a file (repeatable); without --format nothing is printed' },
    'max-age': { describe: 'Mark runs that ended this long before the newest (default 4h)' },
    mixed: { describe: 'Allow runs of different sites, site files or packs', isSwitch: true },
    pack: { describe: 'Pack file of your own that the runs used (repeatable)' },
  },
  examples: [
    ['report outside.json dmz.json inside.json', 'the port summary with a column for each place'],
    ['report outside.json dmz.json inside.json --output page.html', 'the page that is signed, for browsers and paper'],
    ['report failed.json again.json', 'a row that was repaired meanwhile: the newer run counts'],
  ],
  run: async (values) => (await import('./report.ts')).report(values),
};
