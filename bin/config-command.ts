import type { Command } from './command.ts';

export const command: Command = {
  name: 'config',
  summary: 'Check a site file, print its schema, or write one to begin with',
  usage: 'check FILE | schema | init',
  words: { action: 'check, schema or init', file: 'check: the site file' },
  flags: {},
  examples: [
    ['config init > site.yaml', 'a commented site file to fill in'],
    ['config check site.yaml', 'every mistake with line and column'],
    ['config schema > site.schema.json', 'for editors that check while you type'],
  ],
  run: async (values) => (await import('./config.ts')).config(values),
};
