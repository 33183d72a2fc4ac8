import type { Argv } from 'yargs';

/** The flags of `check` and `plan` that say what is asked: the same for both, so that a plan is what a check does. */
export const planFlags = (argv: Argv): Argv =>
  argv
    .option('config', { alias: 'c', type: 'string', requiresArg: true, describe: 'Site file (YAML)' })
    .option('vantage', { type: 'string', requiresArg: true, describe: 'Where this runs: inside, dmz or outside' })
    .option('place', { type: 'string', requiresArg: true, describe: 'Name of this place (a subnet, a node)' })
    .option('pack', { type: 'string', requiresArg: true, describe: 'Pack of rules, by name or path (repeatable)' })
    .option('rule', { type: 'string', requiresArg: true, describe: 'Only rules that match this glob (repeatable)' })
    .option('to', { type: 'string', requiresArg: true, describe: 'role=host: ask this host in that role (repeatable)' })
    .option('rate', { type: 'string', requiresArg: true, describe: 'New connections a second, 0 for no limit' })
    .option('concurrency', { type: 'string', requiresArg: true, describe: 'Questions (ports of a sweep) at a time' });
