import type { Command } from './command.ts';

export const command: Command = {
  name: 'findings',
  summary: 'List the diagnoses edgeprobe can make, or show one',
  usage: 'list|show [CODE] [flags]',
  words: { action: 'list or show', what: 'show: the code of a finding' },
  flags: { format: { describe: 'table, json or markdown' } },
  examples: [
    ['findings list', 'every diagnosis with its severity'],
    ['findings show wrong-service', 'what it means, how it is seen, what to do'],
    ['findings list --format json', 'for a program that allow-lists codes'],
  ],
  run: async (values) => (await import('./findings.ts')).findings(values),
};
