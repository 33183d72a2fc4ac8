import type { Command } from './command.ts';
import { planFlags } from './plan-flags.ts';

export const command: Command = {
  name: 'plan',
  summary: 'Show every question a check would ask, its packets and its time; send nothing',
  usage: '--vantage V (--config FILE | --to ROLE=HOST --pack NAME) [flags]',
  words: {},
  flags: {
    ...planFlags,
    format: { describe: 'table or json' },
    resolve: { isSwitch: true, describe: 'Ask the resolver for names: the only packets a plan sends' },
  },
  examples: [
    ['plan --config site.yaml --vantage outside', 'what a check with the same flags would do'],
    ['plan --config site.yaml --vantage dmz --resolve', 'with an address for every name'],
  ],
  run: async (values) => (await import('./plan.ts')).plan(values),
};
