import type { Command } from './command.ts';

export const command: Command = {
  name: 'config <action> [file]',
  summary: 'check a site file, print its schema, or write one to begin with',
  configure: (argv) =>
    argv
      .positional('action', { type: 'string', describe: 'check, schema or init' })
      .positional('file', { type: 'string', describe: 'check: the site file' })
      .example('$0 config init > site.yaml', 'a commented site file to fill in')
      .example('$0 config check site.yaml', 'every mistake with line and column'),
  run: async (values) => (await import('./config.ts')).config(values),
};
