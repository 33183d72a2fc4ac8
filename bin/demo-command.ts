import type { Command } from './command.ts';

export const command: Command = {
  name: 'demo',
  summary: 'Check a stand-in Edge on this machine from all three vantages; needs nothing',
  configure: (argv) =>
    argv
      .option('break', {
        type: 'string',
        requiresArg: true,
        describe: 'Rule id: withdraw its listener and see the row fail',
      })
      .option('format', { type: 'string', requiresArg: true, describe: 'table or json' })
      .example('$0 demo', 'three vantages, every row answered')
      .example('$0 demo --break external-stun-udp-3478-in', 'one row fails, and the table says why'),
  run: async (values) => (await import('./demo.ts')).demo(values),
};
