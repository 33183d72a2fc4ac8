import type { Command } from './command.ts';

export const command: Command = {
  name: 'demo',
  summary: 'Check a stand-in Edge on this machine from all three vantages; needs nothing',
  usage: '[--break RULE] [--serve] [--format F]',
  words: {},
  flags: {
    break: { describe: 'RULE id: withdraw its listener and see the row fail' },
    serve: { describe: 'Keep the stand-in afterwards, and say how to ask it', isSwitch: true },
    format: { describe: 'table or json' },
  },
  examples: [
    ['demo', 'three vantages, every row answered'],
    ['demo --break external-stun-udp-3478-in', 'one row fails, and the table says why'],
    ['demo --serve', 'an Edge to try check and agent on, until Ctrl-C'],
  ],
  run: async (values) => (await import('./demo.ts')).demo(values),
};
