import type { Command } from './command.ts';

export const command: Command = {
  name: 'rules',
  summary: 'List, show or check the rules of packs',
  usage: 'list|show|check [WHAT] [flags]',
  words: { action: 'list, show or check', what: 'show: a rule id or a glob; check: the path of a pack file' },
  flags: {
    pack: { describe: 'NAME or path: only this pack (repeatable; default: the shipped ones)' },
    format: { describe: 'table, json, csv or markdown' },
  },
  examples: [
    ['rules list --pack lync2013-edge-public', 'the rows of one pack'],
    ['rules list --pack strict', 'what --strict asks as well'],
    ['rules show external-stun-udp-3478-in', 'all that is known of a rule'],
    ['rules list --format csv > rules.csv', 'for a spreadsheet'],
    ['rules check ./mine.yaml', 'what is wrong with a pack of your own'],
  ],
  run: async (values) => (await import('./rules.ts')).rules(values),
};
