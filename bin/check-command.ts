import type { Command } from './command.ts';
import { planFlags } from './plan-flags.ts';

export const command: Command = {
  name: 'check',
  summary: 'Ask every row that is asked from here, and judge it',
  usage: '--vantage V (--config FILE | --to ROLE=HOST --pack NAME) [flags]',
  words: {},
  flags: {
    ...planFlags,
    format: { describe: 'table, json, junit, tap, markdown, html, csv, nagios or prometheus, on standard output' },
    output: { describe: '[FORMAT=]FILE: write a file (repeatable); without --format nothing is printed' },
    again: { describe: 'RUN.json: carry on that run from here: ask what did not pass, keep what did' },
    'until-pass': { describe: 'DURATION: ask what does not pass again and again, at most so long (30m)' },
    stats: { describe: 'Say what was sent and what it cost this host, on standard error', isSwitch: true },
    far: { describe: 'FILE: the record of a responder, which is judged with (repeatable)' },
    note: { describe: 'TEXT kept in the report: a ticket, a change' },
  },
  examples: [
    ['check --config site.yaml --vantage outside', 'every row that is asked from outside'],
    [
      'check --vantage outside --pack lync2013-edge-public \\\n                  --to av-edge=av.contoso.com',
      'the rows to one host, without a site file',
    ],
    ["check -c site.yaml --vantage inside --rule 'internal-sip-*'", 'some rows'],
    ['check -c site.yaml --vantage dmz --output run.json --format table', 'a file to keep, a table to read'],
    [
      'check -c site.yaml --vantage dmz --again run.json --until-pass 30m',
      'during the change: only what did not pass, until it does',
    ],
  ],
  run: async (values) => (await import('./check.ts')).check(values),
};
