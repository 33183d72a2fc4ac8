import type { Command } from './command.ts';

export const command: Command = {
  name: 'diff',
  summary: 'Say what changed between two runs of one vantage (exit 0 the same, 1 different, 2 an error)',
  usage: 'BEFORE.json AFTER.json [flags]',
  words: { before: 'the earlier report', after: 'the later report' },
  flags: { format: { describe: 'table or json' } },
  examples: [
    ['diff before.json after.json', 'verdicts, endpoints, certificates and findings that changed'],
    ['diff before.json after.json --format json', 'the same as one document'],
  ],
  run: async (values) => (await import('./diff.ts')).diff(values),
};
