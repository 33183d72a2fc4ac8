import type { Command } from './command.ts';

export const command: Command = {
  name: 'config',
  summary: 'Check a site file, print its schema, write one to begin with, or cut one down for a vantage',
  usage: 'check FILE | schema | init | slice FILE --vantage V',
  words: { action: 'check, schema, init or slice', file: 'check, slice: the site file' },
  flags: { vantage: { describe: 'slice: for whom: inside, dmz or outside' } },
  examples: [
    ['config init > site.yaml', 'a commented site file to fill in'],
    ['config check site.yaml', 'every mistake with line and column'],
    ['config slice site.yaml --vantage outside > outside.yaml', 'for a host that may not know what is inside'],
    ['config schema > site.schema.json', 'for editors that check while you type'],
  ],
  run: async (values) => (await import('./config.ts')).config(values),
};
