import type { Command } from './command.ts';

export const command: Command = {
  name: 'respond',
  summary: 'Stand in for the far side: answer what check asks, and prove that it is we who answer',
  usage: '--config FILE --as PART [--allow CIDR]... [--for 2h] [--record FILE] [--cert FILE --key FILE]',
  words: {},
  flags: {
    config: { alias: 'c', describe: 'FILE: the site file, the same as on the asking end' },
    as: { describe: 'PART to play: edge (the Edge roles), far (the far hosts), inside (Front End and Director)' },
    pack: { describe: 'NAME or path of a pack of rules (repeatable; default: as in the site file)' },
    allow: { describe: 'CIDR: serve these sources beside the addresses of the site file (repeatable)' },
    for: { describe: 'DURATION after which it ends by itself, 8h at most (default 2h)' },
    cert: { describe: 'FILE: a certificate (PEM) to show instead of one made for the occasion; with --key' },
    key: { describe: 'FILE: its private key (PEM), not to be read by others' },
    record: { describe: 'FILE: write down as JSON what was heard' },
  },
  examples: [
    ['respond --config site.yaml --as edge', 'before the Edge exists, on a host that holds its addresses'],
    ['respond --config site.yaml --as far --for 30m --record far.json', 'on the host under far, for half an hour'],
  ],
  run: async (values) => (await import('./respond.ts')).respond(values),
};
