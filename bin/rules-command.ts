import type { Command } from './command.ts';

export const command: Command = {
  name: 'rules <action> [what]',
  summary: 'list, show or check the rules of packs',
  configure: (argv) =>
    argv
      .positional('action', { type: 'string', describe: 'list, show or check' })
      .positional('what', { type: 'string', describe: 'show: a rule id (or glob); check: a pack file' })
      .option('pack', { type: 'string', requiresArg: true, describe: 'Only this pack, by name or path (repeatable)' })
      .option('format', { type: 'string', requiresArg: true, describe: 'table, json, csv or markdown' })
      .example('$0 rules list --pack lync2013-edge-public', 'the rows of one pack')
      .example('$0 rules show external-stun-udp-3478-in', 'all that is known of a rule')
      .example('$0 rules check ./mine.yaml', 'errors of a pack of your own'),
  run: async (values) => (await import('./rules.ts')).rules(values),
};
