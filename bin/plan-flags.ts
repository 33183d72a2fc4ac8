import type { Flag } from './command.ts';

/** The flags of `check` and `plan` that say what is asked: the same for both, so that a plan is what a check does. */
export const planFlags: Readonly<Record<string, Flag>> = {
  config: { alias: 'c', describe: 'FILE: the site file' },
  vantage: { describe: 'Where this runs: inside, dmz or outside' },
  place: { describe: 'NAME of this place, a subnet or a node (default: the vantage)' },
  pack: { describe: 'NAME or path of a pack of rules (repeatable; default: as in the site file)' },
  rule: { describe: 'GLOB: only rules whose id, or pack/id, matches (repeatable)' },
  to: { describe: 'ROLE=HOST: ask this host in that role; with --pack no site file is needed (repeatable)' },
  rate: { describe: 'N: new connections a second; 0 for no limit (default 500)' },
  strict: { isSwitch: true, describe: 'Ask as well for what must be shut: pack strict' },
  'source-ports': { isSwitch: true, describe: 'Ask as well from the source ports of the A/V Edge: pack derived' },
  concurrency: { describe: 'N: at most so many questions, or ports of a sweep, at a time' },
};
