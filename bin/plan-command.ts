import type { Command } from './command.ts';
import { planFlags } from './plan-flags.ts';

export const command: Command = {
  name: 'plan',
  summary: 'Show every question a check would ask, its packets and its time; send nothing',
  usage: '--vantage V (--config FILE | --to ROLE=HOST --pack NAME) [flags]',
  words: {},
  flags: {
    ...planFlags,
    format: { describe: 'table, json, or csv: one line per flow, for the firewall team' },
    notice: { isSwitch: true, describe: 'The text for the security team: who, where, what, how much, which alarms' },
    note: { describe: 'TEXT for the notice: a contact, a ticket, a time' },
    resolve: { isSwitch: true, describe: 'Ask the resolver for names: the only packets a plan sends' },
  },
  examples: [
    ['plan --config site.yaml --vantage outside', 'what a check with the same flags would do'],
    ['plan -c site.yaml --vantage outside --notice --note CHG4711', 'announce it'],
    ['plan -c site.yaml --vantage outside --format csv', 'what to paste into the change'],
    ['plan --config site.yaml --vantage dmz --resolve', 'with an address for every name'],
  ],
  run: async (values) => (await import('./plan.ts')).plan(values),
};
