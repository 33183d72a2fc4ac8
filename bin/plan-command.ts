import type { Command } from './command.ts';
import { planFlags } from './plan-flags.ts';

export const command: Command = {
  name: 'plan',
  summary: 'Show every question, its packets and its time; send nothing',
  configure: (argv) =>
    planFlags(argv)
      .option('format', { type: 'string', requiresArg: true, describe: 'table or json' })
      .option('resolve', { type: 'boolean', describe: 'Ask the resolver for names (the only packets sent)' })
      .example('$0 plan --config site.yaml --vantage outside', 'what a check would do'),
  run: async (values) => (await import('./plan.ts')).plan(values),
};
