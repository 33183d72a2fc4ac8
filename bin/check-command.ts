import type { Command } from './command.ts';
import { planFlags } from './plan-flags.ts';

export const command: Command = {
  name: 'check',
  summary: 'Ask every row that is asked from here, and judge it',
  configure: (argv) =>
    planFlags(argv)
      .option('format', { type: 'string', requiresArg: true, describe: 'table or json, on standard output' })
      .option('output', { type: 'string', requiresArg: true, describe: '[format=]file: write a file (repeatable)' })
      .option('note', { type: 'string', requiresArg: true, describe: 'A remark kept in the report (ticket, change)' })
      .example('$0 check --config site.yaml --vantage outside', 'every row asked from outside')
      .example('$0 check --pack lync2013-edge-public --vantage outside --to av-edge=av.contoso.com', 'no site file')
      .example("$0 check -c site.yaml --vantage inside --rule 'internal-sip-*' --format json", 'some rows, as JSON'),
  run: async (values) => (await import('./check.ts')).check(values),
};
